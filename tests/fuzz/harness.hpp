// SPDX-License-Identifier: MIT
//
// The fuzz harnesses: each takes any bytes and stops the program when a promise
// about them is broken. Plain functions, so that libFuzzer (entry.cpp) and an
// ordinary test (replay.test.cpp) run the same code. Seeds are made by the
// program from real exchanges and follow the formats by themselves.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "horde/assert.hpp"

namespace horde::fuzz {

struct harness {
  std::string_view name;
  void (*run)(std::string_view input);
  std::vector<std::string> (*seeds)();
};

/// All there are.
std::span<const harness> harnesses();

/// Null: there is none of this name.
const harness* find_harness(std::string_view name);

// Pure decoders, chosen by the first byte: canonical, and read back the same.
void run_decoders(std::string_view input);
std::vector<std::string> decoder_seeds();

// The first bytes on a connection: handshakes and the guard of BASP frames.
void run_door(std::string_view input);
std::vector<std::string> door_seeds();

// What comes in beside a link: taken once, and only from its peer.
void run_datagrams(std::string_view input);
std::vector<std::string> datagram_seeds();

// What servers answer that are asked where nodes are: never more than it says,
// only addresses, and always an end.
void run_lookups(std::string_view input);
std::vector<std::string> lookup_seeds();
// What comes to a gossip port, and answers of DNS servers.
void run_gossip(std::string_view input);
std::vector<std::string> gossip_seeds();

// Stateful: a script of what happens to one machine with honest and lying
// peers.
void run_cluster(std::string_view input);
std::vector<std::string> cluster_seeds();
void run_replica(std::string_view input);
std::vector<std::string> replica_seeds();
void run_registry(std::string_view input);
std::vector<std::string> registry_seeds();
void run_locks(std::string_view input);
std::vector<std::string> lock_seeds();
void run_scheduler(std::string_view input);
std::vector<std::string> scheduler_seeds();

} // namespace horde::fuzz
