// SPDX-License-Identifier: MIT
//
// The limits and times of replication. Every message, queue and wait has one.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "horde/crdt/digest_tree.hpp"
#include "horde/time.hpp"

namespace horde::sync {

/// Which of several concurrent versions of a key is shown: the one with the
/// latest or the earliest stamp; if equal, the one with the largest or the
/// smallest dot.
enum class conflict_policy : std::uint8_t { last_wins, first_wins };

struct config {
  std::size_t max_group_bytes = 256 * 1024; ///< one push or state message
  std::size_t max_group_keys = 1024;        ///< keys in one push or state
  std::size_t max_asked_nodes = 4096;       ///< of the digest tree in one probe
  /// Fewer are not worth a probe of their own while others can go with them.
  std::size_t worth_asking_nodes = 64;
  std::size_t max_probes = 8; ///< on their way to one neighbour
  /// Beyond, a laggard reconciles, which costs a multiple of a push. A record
  /// takes 32 bytes, as long as somebody lags behind it.
  std::size_t max_log_records = 1 << 20;
  std::size_t max_relayed_keys = 65536; ///< to one neighbour; then the same
  /// Larger input is refused. All versions of one key travel in one message,
  /// however small a group is: their sum must fit, or nothing behind that key
  /// is ever replicated.
  std::size_t max_message_bytes = 4 * 1024 * 1024;
  /// Who writes without a pause gathers writes for so long before it tells a
  /// neighbour the next group, but no more than that many keys.
  duration gather_for = std::chrono::microseconds{500};
  std::size_t gathered_keys = 64;
  duration retransmit_after = std::chrono::milliseconds{200};
  duration retransmit_at_most = std::chrono::seconds{5};
  duration reconcile_every = std::chrono::seconds{10}; ///< insurance, jittered
  /// What a store did not take is tried again, less and less often.
  duration store_retry_after = std::chrono::milliseconds{200};
  duration store_retry_at_most = std::chrono::seconds{30};
  /// A store that lacks more keys than that is written anew as a whole.
  std::size_t max_unkept_keys = 65536;
  duration drift_limit = std::chrono::hours{1};
  /// Nobody that lived no longer is forgotten, but by a wrong clock. As long as
  /// departed replicas are remembered.
  duration young_for = std::chrono::hours{1};
  conflict_policy conflicts = conflict_policy::last_wins; ///< equal on all
  std::uint64_t digest_key = 0; ///< equal on all replicas of a cluster
  /// See `crdt::digest_tree`. Each replica may have its own.
  std::uint64_t digest_grain = crdt::digest_tree::usual_grain;
  std::string cluster; ///< its name, which a store tells whom it belongs to
};

/// For replicas whose departed are remembered for so long: insurance comes
/// often enough to notice that one slept meanwhile.
inline config remembering(config x, duration forget_after) {
  x.young_for = forget_after;
  x.reconcile_every = std::min(x.reconcile_every, forget_after / 2);
  return x;
}

/// What one version of a key may take with its key, so that as many concurrent
/// ones as there may ever be fit into one message.
inline std::size_t longest_value(const config& cfg) {
  return cfg.max_message_bytes / 16;
}

} // namespace horde::sync
