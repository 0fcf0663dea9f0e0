// SPDX-License-Identifier: MIT
//
// One name and who has it: what lookups give. Knows no CAF, as the read view.

#pragma once

#include <string>

#include "horde/fields.hpp"
#include "horde/member_id.hpp"
#include "horde/pid.hpp"

namespace horde {

/// Who has a name. `value` is what it was registered with, as bytes; see
/// `registry::value_of`.
struct registration {
  std::string name;
  horde::pid who;
  member_id member;
  bool suspect = false; ///< the node of the owner is suspect
  std::string value;
  friend bool operator==(const registration&, const registration&) = default;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::registration", field("name", x.name),
                       field("who", x.who), field("member", x.member),
                       field("suspect", x.suspect), field("value", x.value));
  }
};

} // namespace horde
