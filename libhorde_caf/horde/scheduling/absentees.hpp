// SPDX-License-Identifier: MIT
//
// Members that are known from the map alone: from a store, or from one who has
// it from a store. No node tells that theirs are down, for none of this life
// ever met them. Who is not met within a limit, and not reached by those that
// we talk to, is absent.

#pragma once

#include <map>
#include <vector>

#include "horde/membership/roster.hpp"
#include "horde/time.hpp"

namespace horde::scheduling {

class absentees {
public:
  /// The nodes of those that are absent for `limit` now, each told once. To be
  /// called again and again.
  std::vector<node_id> check(const membership::roster& members,
                             const sync::replica& map, duration limit,
                             instant now);

private:
  std::map<replica_id, instant> since_;
};

} // namespace horde::scheduling
