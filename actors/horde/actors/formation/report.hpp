// SPDX-License-Identifier: MIT
//
// What is told of topologies: to those who ask for the node's status, and to
// those who subscribe.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "horde/endpoint.hpp"
#include "horde/errc.hpp"
#include "horde/fields.hpp"
#include "horde/time.hpp"

namespace horde {

enum class formation_change : std::uint8_t {
  lookup_ok,
  lookup_failed,
  found,          ///< an address that the topology did not name before
  gone,           ///< one that it names no more
  connected,      ///< a dial of an address that it names led to a node
  connect_failed, ///< or not
};

constexpr const char* to_string(formation_change x) {
  switch (x) {
  case formation_change::lookup_ok: return "lookup_ok";
  case formation_change::lookup_failed: return "lookup_failed";
  case formation_change::found: return "found";
  case formation_change::gone: return "gone";
  case formation_change::connected: return "connected";
  case formation_change::connect_failed: return "connect_failed";
  }
  return "???";
}

/// Something happened with a topology. Events of one topology come in order.
struct formation_event {
  formation_change what{};
  std::string topology;
  endpoint at;        ///< which address; empty for lookups
  errc code{};        ///< of failures
  std::string reason; ///< of failures, a sentence
  duration took{};    ///< of lookups and dials
  wall_time when{};

  friend bool operator==(const formation_event&,
                         const formation_event&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::formation_event", field("what", x.what),
                       field("topology", x.topology), field("at", x.at),
                       field("code", x.code), field("reason", x.reason),
                       field("took", x.took), field("when", x.when));
  }
};

/// Something that a strategy counts besides, such as packets it refused.
struct formation_counter {
  std::string name;
  std::uint64_t value = 0;

  friend bool operator==(const formation_counter&,
                         const formation_counter&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::formation_counter", field("name", x.name),
                       field("value", x.value));
  }
};

/// How a topology does. Counters are since the node's start.
struct formation_status {
  std::string topology;
  std::string kind;
  bool prune = false;
  std::uint64_t lookups_ok = 0;
  std::uint64_t lookups_empty = 0; ///< of these: named nobody
  std::uint64_t lookups_failed = 0;
  std::string last_error;          ///< of the last failure, also if it is over
  wall_time last_ok{};             ///< the epoch: never
  wall_time next_lookup{};         ///< the epoch: one is going on
  std::vector<endpoint> addresses; ///< without our own
  std::uint64_t left_out = 0;      ///< addresses beyond the limit
  std::uint64_t connects_ok = 0;   ///< dials of its addresses that led to nodes
  std::uint64_t connects_failed = 0;
  /// Of the failed: who answered is no node of our cluster, or may not be.
  std::uint64_t strangers = 0;
  std::vector<formation_counter> counters; ///< of the strategy

  template <class Self>
  static auto fields(Self& x) {
    return make_record(
      "horde::formation_status", field("topology", x.topology),
      field("kind", x.kind), field("prune", x.prune),
      field("lookups_ok", x.lookups_ok),
      field("lookups_empty", x.lookups_empty),
      field("lookups_failed", x.lookups_failed),
      field("last_error", x.last_error), field("last_ok", x.last_ok),
      field("next_lookup", x.next_lookup), field("addresses", x.addresses),
      field("left_out", x.left_out), field("connects_ok", x.connects_ok),
      field("connects_failed", x.connects_failed),
      field("strangers", x.strangers), field("counters", x.counters));
  }
};

} // namespace horde
