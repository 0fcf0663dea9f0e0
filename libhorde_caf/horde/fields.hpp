// SPDX-License-Identifier: MIT
//
// Lets a struct list its fields once: names and references. From this one list
// come the binary codec (`codec.hpp`), CAF's `inspect` and the JSON output of
// the tools, so that a new field is added in one place.

#pragma once

#include <concepts>
#include <tuple>
#include <type_traits>

namespace horde {

/// A named reference to one field.
template <class T>
struct field_ref {
  const char* name;
  T& value;
};

template <class T>
constexpr field_ref<T> field(const char* name, T& value) {
  return {name, value};
}

/// The name of a struct and all its fields, in wire order.
template <class... Ts>
struct record {
  const char* name;
  std::tuple<field_ref<Ts>...> fields;
};

template <class... Ts>
constexpr record<Ts...> make_record(const char* name, field_ref<Ts>... xs) {
  return {name, {xs...}};
}

/// A struct with a static member template `fields(x)` that returns a `record`.
template <class T>
concept has_fields = requires(T& x) {
  std::remove_const_t<T>::fields(x);
};

/// Calls `f(name, reference)` for each field, in wire order.
template <class T, class F>
constexpr void for_each_field(T& x, F f) {
  std::apply([&](auto... refs) { (f(refs.name, refs.value), ...); },
             std::remove_const_t<T>::fields(x).fields);
}

} // namespace horde
