// SPDX-License-Identifier: MIT

#include "horde/actors/caf_compat.hpp"

#include <bit>
#include <cstring>

#include "horde/actors/type_ids.hpp"
#include "horde/codec.hpp"

#if HORDE_CAF1
#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>
#include <caf/byte_buffer.hpp>
#else
#include <caf/deserializer.hpp>
#include <caf/detail/dynamic_message_data.hpp>
#include <caf/serializer.hpp>
#endif

namespace horde {

// -- errors ------------------------------------------------------------------

#if HORDE_CAF1

bool from_string(std::string_view text, errc& x) {
  for (std::uint8_t i = 0; i <= static_cast<std::uint8_t>(errc::unknown_horde);
       ++i)
    if (to_string(static_cast<errc>(i)) == text)
      return from_integer(i, x);
  return false;
}

bool from_integer(std::uint8_t number, errc& x) {
  if (number > static_cast<std::uint8_t>(errc::unknown_horde))
    return false;
  x = static_cast<errc>(number);
  return true;
}

namespace {
bool is_ours(const caf::error& x) {
  return x.category() == caf::type_id_v<errc>;
}
} // namespace

#else

namespace {
bool is_ours(const caf::error& x) {
  return x.category() == caf::make_error(errc::refused).category();
}
} // namespace

#endif

errc code_of(const caf::error& x) {
  return x && is_ours(x) ? static_cast<errc>(x.code()) : errc::none;
}

std::string render(const caf::error& x) {
  if (!x)
    return "no error";
  auto code = code_of(x);
  if (code == errc::none)
    return to_string(x);
  std::string result{to_string(code)};
  if (x.context().size() > 0 && x.context().match_element<std::string>(0))
    result += ": " + x.context().get_as<std::string>(0);
  return result;
}

bool is_clean_exit(const caf::error& reason) {
  return !reason || reason == caf::exit_reason::normal
         || reason == caf::exit_reason::user_shutdown;
}

// -- values ------------------------------------------------------------------

namespace {

failure unknown_type(const std::string& name) {
  return {errc::unknown_type,
          "the type " + name + " is not registered on this node"};
}

failure malformed_value() {
  return {errc::unknown_type, "the bytes are no message of this CAF line"};
}

} // namespace

#if HORDE_CAF1

outcome<std::string> encode_value(caf::actor_system& sys,
                                  const caf::message& x) {
  std::string result;
  writer out{result};
  out.varint(x.size());
  for (std::size_t i = 0; i < x.size(); ++i)
    out.bytes(caf::query_type_name(x.type_at(i)));
  caf::byte_buffer buf;
  caf::binary_serializer sink{sys, buf};
  if (!sink.apply(x))
    return failure{errc::unknown_type,
                   "the message " + to_string(x) + " cannot be serialised"};
  out.raw({reinterpret_cast<const char*>(buf.data()), buf.size()});
  return result;
}

outcome<caf::message> decode_value(caf::actor_system& sys,
                                   const std::string& bytes) {
  reader in{bytes};
  auto n = in.count();
  for (std::size_t i = 0; i < n && !in.failed(); ++i) {
    std::string name{in.bytes()};
    if (!in.failed() && caf::query_type_id(name) == caf::invalid_type_id)
      return unknown_type(name);
  }
  if (in.failed())
    return malformed_value();
  auto rest = std::string_view{bytes}.substr(bytes.size() - in.remaining());
  caf::binary_deserializer source{
    sys, caf::const_byte_span{reinterpret_cast<const std::byte*>(rest.data()),
                              rest.size()}};
  caf::message result;
  if (!source.apply(result))
    return malformed_value();
  return result;
}

#else

namespace {

template <class T>
using bits_of =
  std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;

/// CAF 0.17's own serialiser hangs on infinity and mangles NaN; this one writes
/// the bits of floating point numbers.
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
    out_.fixed64(std::bit_cast<bits_of<T>>(x));
    return caf::none;
  }
  template <class T>
  caf::error wide(const T& xs) {
    out_.varint(xs.size());
    for (auto x : xs)
      out_.varint(static_cast<std::uint64_t>(x));
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
    x = std::bit_cast<T>(static_cast<bits_of<T>>(in_.fixed64()));
    return result();
  }
  template <class T>
  caf::error wide(T& xs) {
    xs.clear();
    for (auto n = in_.count(); n > 0 && !in_.failed(); --n)
      xs.push_back(static_cast<typename T::value_type>(in_.varint()));
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
      return failure{errc::unknown_type,
                     "the message " + to_string(x) + " cannot be serialised"};
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
      return malformed_value();
    elements->append(std::move(value));
  }
  if (in.failed() || in.remaining() != 0)
    return malformed_value();
  return caf::message{caf::detail::message_data::cow_ptr{std::move(elements)}};
}

#endif

} // namespace horde
