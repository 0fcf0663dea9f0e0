// SPDX-License-Identifier: MIT

#include "horde/formation/beacon_book.hpp"

#include <algorithm>

#include "horde/assert.hpp"
#include "horde/sort_unique.hpp"

namespace horde::formation {

namespace {

constexpr std::size_t max_places = 4;

} // namespace

bool beacon_book::may_be_new(const beacon_head& x) const {
  auto i = streams_.find(x.stream);
  return i == streams_.end() || i->second.came.is_new(x.number);
}

hearing beacon_book::hear(const beacon_head& head, wall_time sent,
                          const endpoint& at, way by, moment now) {
  HORDE_ASSERT(may_be_new(head));
  auto skew = now.wall > sent ? now.wall - sent : sent - now.wall;
  if (skew > cfg_.max_skew)
    return hearing::off_time;
  auto& x = open(head.stream, now.at);
  x.came.note(head.number);
  x.heard = now.at;
  auto same = [&](const place& p) { return p.at == at; };
  auto i = std::find_if(x.places.begin(), x.places.end(), same);
  if (i != x.places.end()) {
    i->heard = now.at;
    return hearing::taken;
  }
  if (x.places.size() == max_places) {
    auto older = [](const place& a, const place& b) {
      return a.heard < b.heard;
    };
    x.places.erase(std::min_element(x.places.begin(), x.places.end(), older));
  }
  x.places.push_back({at, by, now.at});
  return hearing::taken;
}

beacon_book::sender& beacon_book::open(const stream_id& who, instant now) {
  auto i = streams_.find(who);
  if (i != streams_.end())
    return i->second;
  forget_old(now);
  return streams_[who];
}

/// What was heard was sent `max_skew` after its time of arrival at most, and
/// counts for `max_skew` more.
void beacon_book::forget_old(instant now) {
  auto kept = std::max(2 * cfg_.max_skew, cfg_.forget_after);
  std::erase_if(streams_,
                [&](const auto& x) { return now - x.second.heard > kept; });
  if (streams_.size() < cfg_.max_streams)
    return;
  auto quieter = [](const auto& a, const auto& b) {
    return a.second.heard < b.second.heard;
  };
  streams_.erase(std::min_element(streams_.begin(), streams_.end(), quieter));
}

/// In the order of arrival among equals, so that it does not change to and fro.
const beacon_book::place* beacon_book::best(const sender& x,
                                            instant now) const {
  const place* result = nullptr;
  for (const auto& p : x.places)
    if (now - p.heard <= cfg_.forget_after
        && (result == nullptr || p.by < result->by))
      result = &p;
  return result;
}

std::vector<endpoint> beacon_book::nodes(instant now) const {
  std::vector<endpoint> result;
  for (const auto& [id, x] : streams_)
    if (const auto* p = best(x, now))
      result.push_back(p->at);
  sort_unique(result);
  return result;
}

} // namespace horde::formation
