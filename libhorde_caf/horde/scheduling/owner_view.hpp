// SPDX-License-Identifier: MIT
//
// Where the member is that a `placed` record names: here, there, gone for good,
// or not (yet) known. The roster knows the listed members; this adds those that
// were taken off the list while they are alive and still drain.

#pragma once

#include <cstdint>
#include <map>
#include <set>

#include "horde/membership/roster.hpp"
#include "horde/scheduling/records.hpp"

namespace horde::scheduling {

enum class location : std::uint8_t { here, there, gone, unknown };

class owner_view {
public:
  void node_changed(const node_id& who, node_state state);
  void peer_up(replica_id replica);
  void peer_down(replica_id replica, bool stopped);

  location locate(const placed_record& x, const membership::roster& members,
                  replica_id self) const;

private:
  std::map<incarnation, node_state> nodes_;
  std::set<replica_id> stopped_;
};

} // namespace horde::scheduling
