// SPDX-License-Identifier: MIT
//
// Where a child may run, whatever the strategy: labels that its node must have
// or must not have, and a group whose children go to different members. Part of
// a child's spec; empty by default, and one byte on the wire then.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "horde/codec.hpp"
#include "horde/fields.hpp"

namespace horde {

struct constraints {
  std::vector<std::string> needs{};  ///< labels that the node must have
  std::vector<std::string> avoids{}; ///< labels that it must not have
  /// Children of one group go to different members as long as there are enough,
  /// then evenly.
  std::string group{};
  /// Rather than beside another child of its group it does not run.
  bool strict = false;

  bool empty() const {
    return needs.empty() && avoids.empty() && group.empty();
  }

  friend bool operator==(const constraints&, const constraints&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::constraints", field("needs", x.needs),
                       field("avoids", x.avoids), field("group", x.group),
                       field("strict", x.strict));
  }
};

/// One byte says what there is; the rest follows.
void encode(writer& out, const constraints& x);
void decode(reader& in, constraints& x);

/// How many bytes its texts have.
std::size_t size_of(const constraints& x);

/// What is wrong with them; names the field, which is part of `name`.
std::optional<std::string> problem_of(std::string_view name,
                                      const constraints& x);

} // namespace horde
