// SPDX-License-Identifier: MIT
//
// The list of all fuzz harnesses.

#include <algorithm>

#include "fuzz/harness.hpp"

namespace horde::fuzz {

namespace {

constexpr harness all[] = {
  {"decoders", run_decoders, decoder_seeds},
  {"datagrams", run_datagrams, datagram_seeds},
  {"door", run_door, door_seeds},
  {"gossip", run_gossip, gossip_seeds},
  {"cluster", run_cluster, cluster_seeds},
  {"replica", run_replica, replica_seeds},
  {"registry", run_registry, registry_seeds},
  {"locks", run_locks, lock_seeds},
  {"lookups", run_lookups, lookup_seeds},
  {"scheduler", run_scheduler, scheduler_seeds},
};

} // namespace

std::span<const harness> harnesses() {
  return all;
}

const harness* find_harness(std::string_view name) {
  auto i = std::ranges::find(all, name, &harness::name);
  return i == std::end(all) ? nullptr : i;
}

} // namespace horde::fuzz
