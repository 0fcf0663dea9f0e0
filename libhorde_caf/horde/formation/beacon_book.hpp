// SPDX-License-Identifier: MIT
//
// Who was heard, when, and where. In: proven beacons with the address they came
// from. Out: one address for each sender that is still heard. Keeps a beacon
// that was recorded from counting again: by its number as long as its stream is
// remembered, and by its time of day for ever. A stream is remembered until all
// that was heard of it is too old by time.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "horde/endpoint.hpp"
#include "horde/formation/beacon.hpp"
#include "horde/replay_window.hpp"
#include "horde/time.hpp"

namespace horde::formation {

struct beacon_book_config {
  /// A sender that is silent for so long is not named any more.
  duration forget_after = std::chrono::seconds{25};
  /// How far a sender's clock may be from ours.
  duration max_skew = std::chrono::minutes{5};
  /// When there are more, the one that is silent for longest makes room.
  std::size_t max_streams = 4096;
};

/// Of the addresses of one sender the best is named.
enum class way : std::uint8_t { told, ipv4, ipv6, loopback };

enum class hearing : std::uint8_t {
  taken,
  repeated, ///< came before, or is too old to know
  off_time, ///< our clocks differ by too much, or it was recorded
};

class beacon_book {
public:
  explicit beacon_book(beacon_book_config cfg = {}) : cfg_(cfg) {}

  /// False: a packet that came before. Cheap, so that it is asked first.
  bool may_be_new(const beacon_head& x) const;

  /// A beacon that somebody proved, at the address to reach its sender by.
  /// Requires: `may_be_new(head)`.
  hearing hear(const beacon_head& head, wall_time sent, const endpoint& at,
               way by, moment now);

  /// The best address of each sender that is heard, each once, sorted.
  std::vector<endpoint> nodes(instant now) const;

  std::size_t streams() const { return streams_.size(); }

private:
  struct place {
    endpoint at;
    way by;
    instant heard;
  };
  struct sender {
    replay_window came;
    instant heard;
    std::vector<place> places; ///< at most four
  };

  const place* best(const sender& x, instant now) const;
  sender& open(const stream_id& who, instant now);
  void forget_old(instant now);

  beacon_book_config cfg_;
  std::map<stream_id, sender> streams_;
};

} // namespace horde::formation
