// SPDX-License-Identifier: MIT
//
// User messages as data, with CAF 1.x.

#include "horde/actors/caf_compat.hpp"

#if HORDE_CAF1

#include <caf/deserializer.hpp>
#include <caf/serializer.hpp>
#include <caf/span.hpp>

#include "horde/actors/caf_compat_values.hpp"
#include "horde/actors/type_ids.hpp"

namespace horde {

using namespace values;

namespace {

/// CAF 1.x saves and loads a message as an object with the fields `types`, a
/// list of numbers that each program chooses for itself, and `values`. This
/// tells when a number is meant as a type.
class type_watch {
public:
  void object(caf::type_id_t type) {
    in_message_ = type == caf::type_id_v<caf::message>;
  }
  void field(std::string_view name) {
    in_types_ = in_message_ && name == "types";
    in_message_ = false;
  }
  void end_field() { in_types_ = false; }
  bool in_types() const { return in_types_; }

private:
  bool in_message_ = false; ///< its fields come next
  bool in_types_ = false;
};

class value_sink : public caf::serializer {
public:
  value_sink(caf::actor_system& sys, std::string& buf)
      : caf::serializer(sys), out_(buf) {}

  bool begin_object(caf::type_id_t type, std::string_view) override {
    types_.object(type);
    return true;
  }
  bool end_object() override { return true; }
  bool begin_field(std::string_view name) override {
    types_.field(name);
    return true;
  }
  bool begin_field(std::string_view name, bool present) override {
    types_.field(name);
    return number(present);
  }
  bool begin_field(std::string_view name, caf::span<const caf::type_id_t>,
                   std::size_t index) override {
    types_.field(name);
    return number(index);
  }
  bool begin_field(std::string_view name, bool present,
                   caf::span<const caf::type_id_t>,
                   std::size_t index) override {
    types_.field(name);
    return number(present) && (!present || number(index));
  }
  bool end_field() override {
    types_.end_field();
    return true;
  }
  bool begin_tuple(std::size_t) override { return true; }
  bool end_tuple() override { return true; }
  bool begin_sequence(std::size_t n) override { return number(n); }
  bool end_sequence() override { return true; }

  bool value(std::byte x) override { return number(x); }
  bool value(bool x) override { return number(x); }
  bool value(std::int8_t x) override { return number(x); }
  bool value(std::uint8_t x) override { return number(x); }
  bool value(std::int16_t x) override { return number(x); }
  bool value(std::uint16_t x) override {
    if (!types_.in_types())
      return number(x);
    out_.bytes(caf::query_type_name(x));
    return true;
  }
  bool value(std::int32_t x) override { return number(x); }
  bool value(std::uint32_t x) override { return number(x); }
  bool value(std::int64_t x) override { return number(x); }
  bool value(std::uint64_t x) override { return number(x); }
  bool value(float x) override { return real(x); }
  bool value(double x) override { return real(x); }
  bool value(long double) override { return false; } // does not travel
  bool value(std::string_view x) override {
    out_.bytes(x);
    return true;
  }
  bool value(const std::u16string& x) override { return wide(x); }
  bool value(const std::u32string& x) override { return wide(x); }
  bool value(caf::span<const std::byte> x) override {
    out_.raw({reinterpret_cast<const char*>(x.data()), x.size()});
    return true;
  }

private:
  template <class T>
  bool number(T x) {
    encode(out_, x);
    return true;
  }
  template <class T>
  bool real(T x) {
    put_real(out_, x);
    return true;
  }
  template <class T>
  bool wide(const T& xs) {
    put_wide(out_, xs);
    return true;
  }

  writer out_;
  type_watch types_;
};

class value_source : public caf::deserializer {
public:
  value_source(caf::actor_system& sys, reader& in)
      : caf::deserializer(sys), in_(in) {}

  /// The type that this node does not know, if that is what went wrong.
  const std::string& unknown() const { return unknown_; }

  bool fetch_next_object_type(caf::type_id_t&) override { return false; }
  bool begin_object(caf::type_id_t type, std::string_view) override {
    types_.object(type);
    return true;
  }
  bool end_object() override { return true; }
  bool begin_field(std::string_view name) override {
    types_.field(name);
    return true;
  }
  bool begin_field(std::string_view name, bool& present) override {
    types_.field(name);
    return number(present);
  }
  bool begin_field(std::string_view name, caf::span<const caf::type_id_t> types,
                   std::size_t& index) override {
    types_.field(name);
    return number(index) && index < types.size();
  }
  bool begin_field(std::string_view name, bool& present,
                   caf::span<const caf::type_id_t> types,
                   std::size_t& index) override {
    types_.field(name);
    return number(present)
           && (!present || (number(index) && index < types.size()));
  }
  bool end_field() override {
    types_.end_field();
    return true;
  }
  bool begin_tuple(std::size_t) override { return true; }
  bool end_tuple() override { return true; }
  bool begin_sequence(std::size_t& n) override {
    n = in_.count();
    return !in_.failed();
  }
  bool end_sequence() override { return true; }

  bool value(std::byte& x) override { return number(x); }
  bool value(bool& x) override { return number(x); }
  bool value(std::int8_t& x) override { return number(x); }
  bool value(std::uint8_t& x) override { return number(x); }
  bool value(std::int16_t& x) override { return number(x); }
  bool value(std::uint16_t& x) override {
    return types_.in_types() ? type(x) : number(x);
  }
  bool value(std::int32_t& x) override { return number(x); }
  bool value(std::uint32_t& x) override { return number(x); }
  bool value(std::int64_t& x) override { return number(x); }
  bool value(std::uint64_t& x) override { return number(x); }
  bool value(float& x) override { return real(x); }
  bool value(double& x) override { return real(x); }
  bool value(long double&) override { return false; }
  bool value(std::string& x) override { return number(x); }
  bool value(std::u16string& x) override { return wide(x); }
  bool value(std::u32string& x) override { return wide(x); }
  bool value(caf::span<std::byte> xs) override {
    for (auto& x : xs)
      x = static_cast<std::byte>(in_.byte());
    return !in_.failed();
  }

private:
  bool type(caf::type_id_t& x) {
    std::string name{in_.bytes()};
    if (in_.failed())
      return false;
    x = caf::query_type_id(name);
    if (x == caf::invalid_type_id)
      unknown_ = std::move(name);
    return x != caf::invalid_type_id;
  }
  template <class T>
  bool number(T& x) {
    decode(in_, x);
    return !in_.failed();
  }
  template <class T>
  bool real(T& x) {
    take_real(in_, x);
    return !in_.failed();
  }
  template <class T>
  bool wide(T& xs) {
    take_wide(in_, xs);
    return !in_.failed();
  }

  reader& in_;
  type_watch types_;
  std::string unknown_;
};

} // namespace

outcome<std::string> encode_value(caf::actor_system& sys,
                                  const caf::message& x) {
  std::string result;
  value_sink sink{sys, result};
  if (!x.save(sink))
    return cannot_save(to_string(x));
  return result;
}

outcome<caf::message> decode_value(caf::actor_system& sys,
                                   const std::string& bytes) {
  reader in{bytes};
  value_source source{sys, in};
  caf::message result;
  auto ok = result.load(source);
  if (!source.unknown().empty())
    return unknown_type(source.unknown());
  if (!ok || in.failed() || in.remaining() != 0)
    return malformed();
  return result;
}

} // namespace horde

#endif
