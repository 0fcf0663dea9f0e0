// SPDX-License-Identifier: MIT

#include "horde/membership/pulse.hpp"

#include <algorithm>

namespace horde::membership {

namespace {

/// So many beats without a word about them: they seem to get lost.
constexpr std::uint64_t most_unconfirmed = 2;

} // namespace

pulse::pulse(const cluster_config& cfg, instant now)
    : cfg_(cfg), last_heard_(now), last_sign_(now), last_datagram_(now),
      gap_mean_(cfg.heartbeat_interval),
      due_(cfg.heartbeat_interval > duration::zero() ? now : never) {}

// -- what we hear ------------------------------------------------------------

void pulse::heard(const beat& x, bool by_datagram, instant now) {
  heard_link(now);
  measure(x, now);
  confirmed_ = std::max(confirmed_, std::min(x.heard, sent_));
  if (!by_datagram || x.number <= newest_)
    return;
  newest_ = x.number;
  newest_at_ = now;
  auto gap = std::min(now - last_datagram_, cfg_.down_after);
  last_datagram_ = now;
  auto off = gap > gap_mean_ ? gap - gap_mean_ : gap_mean_ - gap;
  gap_mean_ += (gap - gap_mean_) / 8;
  gap_deviation_ += (off - gap_deviation_) / 4;
}

void pulse::measure(const beat& x, instant now) {
  auto is_news = x.heard > confirmed_ && x.heard <= sent_;
  if (!is_news || sent_ - x.heard >= sent_at_.size() || x.held < duration{})
    return;
  auto taken = now - sent_at_[x.heard % sent_at_.size()];
  if (x.held > taken)
    return;
  auto sample = taken - x.held;
  round_trip_ =
    round_trip_ ? *round_trip_ + (sample - *round_trip_) / 8 : sample;
}

void pulse::heard_link(instant at) {
  last_heard_ = std::max(last_heard_, at);
  last_sign_ = std::max(last_sign_, at);
}

void pulse::forgive(duration late, instant now) {
  last_heard_ = std::min(last_heard_ + late, now);
  last_datagram_ = std::min(last_datagram_ + late, now);
}

duration pulse::usual_gap() const {
  return gap_mean_ + 4 * gap_deviation_;
}

duration pulse::suspect_after() const {
  if (cfg_.heartbeat_interval == duration::zero())
    return never - last_heard_;
  return std::clamp(usual_gap(), cfg_.suspect_after, cfg_.down_after);
}

duration pulse::down_after() const {
  return std::clamp(2 * usual_gap(), cfg_.down_after, 2 * cfg_.down_after);
}

// -- what we say -------------------------------------------------------------

beat pulse::next(instant now) {
  auto since = now.time_since_epoch();
  due_ = now + (cfg_.heartbeat_interval - since % cfg_.heartbeat_interval);
  sent_at_[++sent_ % sent_at_.size()] = now;
  return {sent_, newest_, newest_ > 0 ? now - newest_at_ : duration{}};
}

bool pulse::is_over_link() const {
  return sent_ - confirmed_ > most_unconfirmed;
}

} // namespace horde::membership
