// SPDX-License-Identifier: MIT
//
// What the shared map holds for a registered name. The owner is the replica
// that wrote it, the claim stamp is the stamp of its version. The process runs
// on the owner's node.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "horde/crdt/dot.hpp"
#include "horde/crdt/hybrid_clock.hpp"
#include "horde/fields.hpp"

namespace horde::naming {

/// One claim among those for the same name.
struct claim_id {
  replica_id owner{};
  crdt::stamp since{};

  friend bool operator==(const claim_id&, const claim_id&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::naming::claim_id", field("owner", x.owner),
                       field("since", x.since));
  }
};

/// Both are copies of one supervised child.
inline bool are_copies(const std::string& child, const std::string& other) {
  return !child.empty() && child == other;
}

struct name_entry {
  std::uint64_t actor = 0;
  std::string value; ///< opaque bytes of the user
  /// Claims that a conflict function gave up in favour of this one.
  std::vector<claim_id> beaten{};
  /// Which supervised child the process is; empty: none. Copies of one child
  /// are never rivals: its supervisor stops all but one.
  std::string child{};

  friend bool operator==(const name_entry&, const name_entry&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::naming::name_entry", field("actor", x.actor),
                       field("value", x.value), field("beaten", x.beaten),
                       field("child", x.child));
  }
};

} // namespace horde::naming
