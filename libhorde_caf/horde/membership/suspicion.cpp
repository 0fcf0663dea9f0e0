// SPDX-License-Identifier: MIT

#include "horde/membership/suspicion.hpp"

#include <algorithm>

namespace horde::membership {

suspicion::suspicion(duration down_after, instant last_heard, instant now)
    : down_after_(std::max(down_after, duration{2})), last_heard_(last_heard),
      ask_again_(now + down_after_ / 2) {}

bool suspicion::report(const std::string& peer, bool reaches,
                       std::optional<instant> heard_at, instant now) {
  auto was_held = is_held();
  auto& x = answers_[peer];
  set(x, reaches);
  x.at = now;
  if (reaches)
    lapse_at_ = std::min(lapse_at_, now + down_after_);
  if (heard_at)
    heard(std::min(*heard_at, now));
  return ended_if(was_held, heard_at ? last_heard_ : now);
}

void suspicion::set(answer& x, std::optional<bool> reaches) {
  holders_ -= x.reaches == true ? 1 : 0;
  deniers_ -= x.reaches == false ? 1 : 0;
  x.reaches = reaches;
  holders_ += x.reaches == true ? 1 : 0;
  deniers_ += x.reaches == false ? 1 : 0;
}

void suspicion::heard(instant at) {
  last_heard_ = std::max(last_heard_, at);
}

void suspicion::forgive(duration late, instant now) {
  last_heard_ = std::min(last_heard_ + late, now);
  for (auto& [peer, x] : answers_)
    x.at = std::min(x.at + late, now);
}

bool suspicion::dismiss(const std::string& peer, instant now) {
  auto i = answers_.find(peer);
  if (i == answers_.end())
    return false;
  auto was_held = is_held();
  set(i->second, std::nullopt);
  answers_.erase(i);
  return ended_if(was_held, now);
}

bool suspicion::expire(instant now) {
  if (now < lapse_at_)
    return false;
  auto was_held = is_held();
  lapse_at_ = never;
  for (auto& [peer, x] : answers_) {
    if (x.reaches == true && x.at + down_after_ <= now)
      set(x, std::nullopt);
    if (x.reaches == true)
      lapse_at_ = std::min(lapse_at_, x.at + down_after_);
  }
  return ended_if(was_held, now);
}

bool suspicion::ended_if(bool was_held, instant heard_at) {
  if (!was_held || is_held())
    return false;
  last_heard_ = heard_at;
  refused_ = false;
  asks_later_ = false;
  return true;
}

std::optional<std::string_view>
suspicion::verdict(const std::vector<node_id>& peers, instant now) const {
  if (is_held())
    return std::nullopt;
  if (last_heard_ + down_after_ <= now)
    return "unreachable";
  auto denies = [this](const node_id& x) { return said(x.name) == false; };
  if (refused_ && deniers_ >= peers.size()
      && std::all_of(peers.begin(), peers.end(), denies))
    return "connection refused";
  return std::nullopt;
}

std::vector<node_id> suspicion::to_ask(const std::vector<node_id>& peers,
                                       instant now) {
  auto again = ask_again_ <= now;
  if (again)
    ask_again_ = now + down_after_ / 2;
  std::vector<node_id> result;
  if (!again && (is_held() || all_are_asked_ || asks_later_))
    return result; // nobody else's answer matters now
  all_are_asked_ = true;
  for (const auto& peer : peers) {
    auto is_new = answers_.try_emplace(peer.name).second;
    if (is_new || again)
      result.push_back(peer);
  }
  return result;
}

std::optional<bool> suspicion::said(const std::string& peer) const {
  auto i = answers_.find(peer);
  return i == answers_.end() ? std::nullopt : i->second.reaches;
}

instant suspicion::wake_at() const {
  return std::min(is_held() ? lapse_at_ : last_heard_ + down_after_,
                  ask_again_);
}

} // namespace horde::membership
