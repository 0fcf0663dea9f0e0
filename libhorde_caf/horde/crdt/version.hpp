// SPDX-License-Identifier: MIT
//
// The contents of the shared map: one version of a key's value, and the order of
// versions that all replicas agree on.

#pragma once

#include <string>
#include <string_view>
#include <tuple>

#include "horde/crdt/dot.hpp"
#include "horde/crdt/hybrid_clock.hpp"
#include "horde/fields.hpp"

namespace horde::crdt {

struct version {
  dot id;
  stamp when{};
  std::string value;

  friend bool operator==(const version&, const version&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::crdt::version", field("id", x.id),
                       field("when", x.when), field("value", x.value));
  }
};

/// A version as the map shows it. The value is valid until the next write.
struct version_view {
  dot id;
  stamp when{};
  std::string_view value;

  version_view() = default;
  version_view(dot d, stamp s, std::string_view v) : id(d), when(s), value(v) {}
  version_view(const version& x) : id(x.id), when(x.when), value(x.value) {}

  operator version() const { return {id, when, std::string{value}}; }

  friend bool operator==(const version_view&, const version_view&) = default;
};

/// Later stamp, then larger replica id, then larger counter: a total order, so
/// that everybody picks the same winner.
inline bool later(const version_view& a, const version_view& b) {
  return std::tie(a.when, a.id) > std::tie(b.when, b.id);
}

} // namespace horde::crdt
