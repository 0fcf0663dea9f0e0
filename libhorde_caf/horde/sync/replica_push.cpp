// SPDX-License-Identifier: MIT
//
// How a replica tells its neighbours what it wrote, and what they told it to
// pass on: one group to each is on its way.

#include <algorithm>

#include "horde/sync/replica.hpp"

namespace horde::sync {

void replica::offer(replica_id to, link& x, moment now) {
  if (!x.is_met || x.flight || (x.position >= sequence() && x.relayed.empty()))
    return;
  if (now.at < x.push_at && gathers(x))
    return;
  x.flight = x.relayed.empty()
               ? log_.group_after(x.position, map_, cfg_)
               : log_.group_after(x.position, map_, cfg_, x.relayed, ++groups_);
  x.flight_timer.emplace(cfg_, now.at);
  // Groups of a few writes cost more than what is in them.
  constexpr std::uint64_t few = 8;
  if (x.flight->upto - x.flight->previous >= few)
    x.push_at = now.at + cfg_.gather_for;
  ++stats_.pushes_sent;
  post(to, x.flight->bytes);
}

bool replica::gathers(const link& x) const {
  return x.is_met && !x.flight && x.position < sequence() && x.relayed.empty()
         && sequence() - x.position < cfg_.gathered_keys;
}

bool replica::has_short_log() const {
  return log_.is_whole() && log_.size() <= 64;
}

void replica::trim_log() {
  if (links_.empty() && has_short_log())
    return;
  auto least = sequence();
  for (const auto& [who, x] : links_)
    if (x.is_met)
      least = std::min(least, x.position);
  log_.trim(least);
}

void replica::on(replica_id from, ack&& x, moment now) {
  auto l = find(from);
  if (!l)
    return;
  l->acked = std::max(l->acked, x.have);
  if (!l->flight || l->flight->upto != x.upto || l->flight->number != x.number)
    return; // late or twice
  l->position = x.upto;
  auto was_stuck = is_stuck(*l);
  l->flight.reset();
  l->flight_timer.reset();
  trim_log();
  if (was_stuck)
    update_mesh(now);
}

} // namespace horde::sync
