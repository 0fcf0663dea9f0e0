// SPDX-License-Identifier: MIT
//
// A child that would move, or is to: part of a plan.

#pragma once

#include <string>

#include "horde/fields.hpp"
#include "horde/member_id.hpp"

namespace horde::scheduling {

struct planned_move {
  std::string id;
  member_id from;
  member_id to;        ///< empty if nobody may run it
  std::string problem; ///< then: why

  friend bool operator==(const planned_move&, const planned_move&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::scheduling::planned_move", field("id", x.id),
                       field("from", x.from), field("to", x.to),
                       field("problem", x.problem));
  }
};

} // namespace horde::scheduling
