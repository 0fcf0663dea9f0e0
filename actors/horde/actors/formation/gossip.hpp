// SPDX-License-Identifier: MIT
//
// Strategy `gossip`: nodes of one network find each other by UDP multicast or
// broadcast. Each sends beacons, encrypted and proven with the cluster's
// secret; who is heard is suggested.

#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "horde/actors/formation/strategy.hpp"
#include "horde/errc.hpp"
#include "horde/time.hpp"

namespace horde::formation {

class settings_reader;

/// What libcluster calls `Cluster.Strategy.Gossip`. All nodes of a cluster have
/// the same addresses, port and way of sending.
struct gossip_settings {
  /// Groups that beacons are sent to, at most one IPv4 and one IPv6 address.
  std::vector<std::string> multicast_addr{"233.252.1.32", "ff12::b344"};
  std::uint16_t port = 45892; ///< UDP
  /// How many routers a beacon may pass, less one. libcluster: `multicast_ttl`.
  unsigned ttl = 1;
  /// Names or addresses of the interfaces to use; empty: all that are up.
  /// libcluster: `if_addr`, `multicast_if`.
  std::vector<std::string> interfaces{};
  /// To the broadcast address of each IPv4 network, and not to the groups.
  /// libcluster: `broadcast_only`.
  bool broadcast = false;
  /// The longest time between two beacons of a node, 100 ms to 1 h. Each pause
  /// is random, from a fifth of it on. Who is silent for five times as long is
  /// not suggested any more.
  duration heartbeat = std::chrono::seconds{5};
};

/// Nodes that have a secret are found wherever beacons reach. Without a secret
/// a node must listen on loopback, and only those of this machine are found.
/// The strategy fails with `bad_option` for settings that cannot work.
topology gossip_topology(std::string name, gossip_settings settings = {});

/// Keys: `multicast_addr`, `port`, `ttl`, `interface`, `broadcast`,
/// `heartbeat`.
outcome<topology> read_gossip(const std::string& name, settings_reader& from);

} // namespace horde::formation
