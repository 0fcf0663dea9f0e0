// SPDX-License-Identifier: MIT
//
// What one replica has done and has, in numbers.

#pragma once

#include <algorithm>
#include <cstdint>

#include "horde/fields.hpp"

namespace horde::sync {

/// Counters since the start and lengths now, for people who watch.
struct statistics {
  std::uint64_t keys = 0;
  std::uint64_t contended_keys = 0; ///< keys with more than one version
  std::uint64_t log_records = 0;
  std::uint64_t pushes_sent = 0;
  std::uint64_t pushes_received = 0;
  std::uint64_t retransmissions = 0;
  std::uint64_t reconciliations = 0;  ///< finished ones that found a difference
  std::uint64_t refused_messages = 0; ///< malformed, oversized or absurd
  std::uint64_t renewals = 0; ///< how often it was forgotten and began anew
  std::uint64_t known_replicas = 0; ///< that are not forgotten, with itself
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;

  friend bool operator==(const statistics&, const statistics&) = default;

  /// The sums, but of the largest of those that say how many others it knows.
  statistics& operator+=(const statistics& x) {
    keys += x.keys;
    contended_keys += x.contended_keys;
    log_records += x.log_records;
    pushes_sent += x.pushes_sent;
    pushes_received += x.pushes_received;
    retransmissions += x.retransmissions;
    reconciliations += x.reconciliations;
    refused_messages += x.refused_messages;
    renewals += x.renewals;
    known_replicas = std::max(known_replicas, x.known_replicas);
    bytes_sent += x.bytes_sent;
    bytes_received += x.bytes_received;
    return *this;
  }

  template <class Self>
  static auto fields(Self& x) {
    return make_record(
      "horde::sync::statistics", field("keys", x.keys),
      field("contended_keys", x.contended_keys),
      field("log_records", x.log_records), field("pushes_sent", x.pushes_sent),
      field("pushes_received", x.pushes_received),
      field("retransmissions", x.retransmissions),
      field("reconciliations", x.reconciliations),
      field("refused_messages", x.refused_messages),
      field("renewals", x.renewals), field("known_replicas", x.known_replicas),
      field("bytes_sent", x.bytes_sent),
      field("bytes_received", x.bytes_received));
  }
};

} // namespace horde::sync
