// SPDX-License-Identifier: MIT
//
// Who decides about a child that nobody has: one member on which all agree that
// see the same members alive, whatever the strategy. It is the owner of the key
// on a ring without weights. With equal weights and no constraints `uniform`
// chooses the same one, so that who decides starts the child itself.

#pragma once

#include "horde/membership/member.hpp"
#include "horde/placement/hash_ring.hpp"

namespace horde::placement {

class arbiter {
public:
  void prepare(const std::vector<member_info>& members);

  /// Null if nobody is alive. Valid until the next `prepare`.
  const member_id* of(std::string_view key) const { return ring_.choose(key); }

private:
  hash_ring ring_;
};

} // namespace horde::placement
