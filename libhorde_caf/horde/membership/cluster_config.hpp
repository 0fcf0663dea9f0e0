// SPDX-License-Identifier: MIT
//
// The times and limits of `cluster_view` and its parts. Each node
// judges by its own: where they differ, the longest heartbeat interval should
// be at most half of the shortest `suspect_after`.

#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

#include "horde/errc.hpp"
#include "horde/time.hpp"

namespace horde::membership {

struct cluster_config {
  /// A beat to each peer so often. 0: none, and silence is not noticed.
  duration heartbeat_interval = std::chrono::milliseconds{250};
  /// A peer that is silent for so long is suspect; later if its beats usually
  /// come unevenly.
  duration suspect_after = std::chrono::seconds{1};
  /// A node that nobody has heard of for so long is down; up to twice as long
  /// if its beats usually come unevenly.
  duration down_after = std::chrono::milliseconds{2750};
  duration redial_first = std::chrono::milliseconds{100};
  duration redial_at_most = std::chrono::seconds{5};
  duration dial_timeout =
    std::chrono::seconds{5}; ///< an unanswered dial is lost
  unsigned max_dials = 32;   ///< open connection attempts at a time
  unsigned jitter_percent = 20;

  /// Endpoints given to `connect`. When full, the one that failed most often
  /// makes room, so that a formation whose addresses change stays useful.
  std::size_t max_endpoints = 1024;
  /// Names known at a time. When full, the one that is down or left for longest
  /// makes room; if all are there, a further node is refused.
  std::size_t max_nodes = 4096;
  std::size_t max_news = 256; ///< nodes in one `tell_peer`
  /// So many peers are told of a node that others are known to introduce. With
  /// one peer more, or less, all are.
  std::size_t rumour_fanout = 4;
  /// After news that only some were told, we compare what we know with so many
  /// random peers: the first so long after the news, the next after twice that.
  unsigned comparisons = 3;
  duration compare_after = std::chrono::milliseconds{500};
  /// Links to one node that may break early in a row before redials back off.
  unsigned free_redials = 3;
  duration forget_down_after = std::chrono::hours{24};
  duration forget_left_after = std::chrono::hours{1};
};

/// What cannot work, with the values and what they take: `bad_option`.
std::optional<failure> validate(const cluster_config& cfg);

} // namespace horde::membership
