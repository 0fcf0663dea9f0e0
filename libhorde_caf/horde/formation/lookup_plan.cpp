// SPDX-License-Identifier: MIT

#include "horde/formation/lookup_plan.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace horde::formation {

lookup_plan::lookup_plan(endpoint self_at, const lookup_config& cfg,
                         std::uint64_t seed)
    : self_at_(std::move(self_at)), cfg_(cfg), rng_(seed) {}

lookup_plan::change lookup_plan::ended(const lookup_result& x, moment now) {
  change result;
  auto wait = duration{};
  if (auto* answer = std::get_if<lookup>(&x)) {
    failures_ = 0;
    ++count_.succeeded;
    count_.last_success = now.wall;
    wait = wait_after(answer->valid_for);
    result = take(*answer);
  } else {
    ++failures_;
    ++count_.failed;
    count_.last_error = std::get<failure>(x).what;
    wait = wait_after_failure();
  }
  earliest_ = now.at + cfg_.least_gap;
  due_ = std::max(now.at + wait, earliest_);
  return result;
}

lookup_plan::change lookup_plan::take(const lookup& x) {
  std::set<endpoint> named;
  for (const auto& at : x.nodes) {
    if (at == self_at_)
      continue;
    if (named.size() < cfg_.max_addresses || named.contains(at))
      named.insert(at);
    else
      ++count_.left_out;
  }
  change result;
  if (x.nodes.empty()) { // not even us: more likely wrong than true
    ++count_.empty;
    return result;
  }
  std::ranges::set_difference(named, addresses_,
                              std::back_inserter(result.found));
  std::ranges::set_difference(addresses_, named,
                              std::back_inserter(result.gone));
  addresses_ = std::move(named);
  return result;
}

duration lookup_plan::wait_after(const std::optional<duration>& valid_for) {
  auto most = cfg_.interval * cfg_.max_ttl_intervals;
  auto wait = std::clamp(valid_for.value_or(cfg_.interval), cfg_.interval,
                         std::max(most, cfg_.interval));
  return jitter(rng_, wait, cfg_.jitter_percent);
}

duration lookup_plan::wait_after_failure() {
  auto wait = cfg_.interval / 4;
  auto most = cfg_.interval * cfg_.max_failure_intervals;
  for (auto i = 1U; i < failures_ && wait < most; ++i)
    wait += std::max(wait, duration{1});
  return jitter(rng_, std::min(wait, most), cfg_.jitter_percent);
}

} // namespace horde::formation
