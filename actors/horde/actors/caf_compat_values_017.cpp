// SPDX-License-Identifier: MIT
//
// User messages as data, with CAF 0.17.

#include "horde/actors/caf_compat.hpp"

#if !HORDE_CAF1

#include <caf/deserializer.hpp>
#include <caf/detail/dynamic_message_data.hpp>
#include <caf/serializer.hpp>

#include "horde/actors/caf_compat_values.hpp"
#include "horde/actors/type_ids.hpp"

namespace horde {

using namespace values;

namespace {

class value_sink : public caf::serializer {
public:
  value_sink(caf::actor_system& sys, std::string& buf)
      : caf::serializer(sys), out_(buf) {}

  caf::error begin_object(std::uint16_t& nr, std::string& name) override {
    out_.varint(nr);
    if (nr == 0)
      out_.bytes(name);
    return caf::none;
  }
  caf::error end_object() override { return caf::none; }
  caf::error begin_sequence(std::size_t& n) override {
    out_.varint(n);
    return caf::none;
  }
  caf::error end_sequence() override { return caf::none; }
  caf::error apply_raw(std::size_t n, void* data) override {
    out_.raw({static_cast<const char*>(data), n});
    return caf::none;
  }

protected:
  caf::error apply_impl(std::int8_t& x) override { return number(x); }
  caf::error apply_impl(std::uint8_t& x) override { return number(x); }
  caf::error apply_impl(std::int16_t& x) override { return number(x); }
  caf::error apply_impl(std::uint16_t& x) override { return number(x); }
  caf::error apply_impl(std::int32_t& x) override { return number(x); }
  caf::error apply_impl(std::uint32_t& x) override { return number(x); }
  caf::error apply_impl(std::int64_t& x) override { return number(x); }
  caf::error apply_impl(std::uint64_t& x) override { return number(x); }
  caf::error apply_impl(float& x) override { return real(x); }
  caf::error apply_impl(double& x) override { return real(x); }
  caf::error apply_impl(long double&) override {
    return caf::make_error(errc::unknown_type, "long double does not travel");
  }
  caf::error apply_impl(std::string& x) override {
    out_.bytes(x);
    return caf::none;
  }
  caf::error apply_impl(std::u16string& x) override { return wide(x); }
  caf::error apply_impl(std::u32string& x) override { return wide(x); }

private:
  template <class T>
  caf::error number(T x) {
    encode(out_, x);
    return caf::none;
  }
  template <class T>
  caf::error real(T x) {
    put_real(out_, x);
    return caf::none;
  }
  template <class T>
  caf::error wide(const T& xs) {
    put_wide(out_, xs);
    return caf::none;
  }

  writer out_;
};

class value_source : public caf::deserializer {
public:
  value_source(caf::actor_system& sys, reader& in)
      : caf::deserializer(sys), in_(in) {}

  caf::error begin_object(std::uint16_t& nr, std::string& name) override {
    decode(in_, nr);
    if (nr == 0)
      name = in_.bytes();
    return result();
  }
  caf::error end_object() override { return caf::none; }
  caf::error begin_sequence(std::size_t& n) override {
    n = in_.count();
    return result();
  }
  caf::error end_sequence() override { return caf::none; }
  caf::error apply_raw(std::size_t n, void* data) override {
    for (auto out = static_cast<std::uint8_t*>(data); n > 0 && !in_.failed();
         --n)
      *out++ = in_.byte();
    return result();
  }

protected:
  caf::error apply_impl(std::int8_t& x) override { return number(x); }
  caf::error apply_impl(std::uint8_t& x) override { return number(x); }
  caf::error apply_impl(std::int16_t& x) override { return number(x); }
  caf::error apply_impl(std::uint16_t& x) override { return number(x); }
  caf::error apply_impl(std::int32_t& x) override { return number(x); }
  caf::error apply_impl(std::uint32_t& x) override { return number(x); }
  caf::error apply_impl(std::int64_t& x) override { return number(x); }
  caf::error apply_impl(std::uint64_t& x) override { return number(x); }
  caf::error apply_impl(float& x) override { return real(x); }
  caf::error apply_impl(double& x) override { return real(x); }
  caf::error apply_impl(long double&) override {
    return caf::make_error(errc::unknown_type, "long double does not travel");
  }
  caf::error apply_impl(std::string& x) override { return number(x); }
  caf::error apply_impl(std::u16string& x) override { return wide(x); }
  caf::error apply_impl(std::u32string& x) override { return wide(x); }

private:
  caf::error result() {
    return in_.failed() ? caf::error{caf::sec::end_of_stream} : caf::error{};
  }
  template <class T>
  caf::error number(T& x) {
    decode(in_, x);
    return result();
  }
  template <class T>
  caf::error real(T& x) {
    take_real(in_, x);
    return result();
  }
  template <class T>
  caf::error wide(T& xs) {
    take_wide(in_, xs);
    return result();
  }

  reader& in_;
};

} // namespace

outcome<std::string> encode_value(caf::actor_system& sys,
                                  const caf::message& x) {
  std::string result;
  writer out{result};
  out.varint(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto& name = sys.types().portable_name(x.type(i));
    if (name == sys.types().default_type_name())
      return unknown_type(x.type(i).second ? x.type(i).second->name() : "?");
    out.bytes(name);
  }
  value_sink sink{sys, result};
  for (std::size_t i = 0; i < x.size(); ++i)
    if (auto err = x.cvals()->save(i, sink))
      return cannot_save(to_string(x));
  return result;
}

outcome<caf::message> decode_value(caf::actor_system& sys,
                                   const std::string& bytes) {
  reader in{bytes};
  auto n = in.count();
  auto elements = caf::make_counted<caf::detail::dynamic_message_data>();
  std::vector<caf::type_erased_value_ptr> values;
  for (std::size_t i = 0; i < n && !in.failed(); ++i) {
    std::string name{in.bytes()};
    if (in.failed())
      break;
    auto value = sys.types().make_value(name);
    if (!value)
      return unknown_type(name);
    values.push_back(std::move(value));
  }
  value_source source{sys, in};
  for (auto& value : values) {
    if (auto err = value->load(source))
      return malformed();
    elements->append(std::move(value));
  }
  if (in.failed() || in.remaining() != 0)
    return malformed();
  return caf::message{caf::detail::message_data::cow_ptr{std::move(elements)}};
}

} // namespace horde

#endif
