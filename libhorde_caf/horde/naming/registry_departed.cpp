// SPDX-License-Identifier: MIT
//
// Housekeeping of a registry for members that departed.

#include <algorithm>

#include "horde/naming/registry.hpp"

namespace horde::naming {

using membership::is_kind;
using membership::record_kind;

bool registry::is_departed(replica_id owner) const {
  return roster_.is_departed(replica_, owner) || forgotten_.contains(owner);
}

bool registry::erase_departed(std::string_view key, moment now) {
  std::vector<crdt::dot> gone;
  for (const auto& x : replica_.versions(key)) {
    auto owner = x.id.who;
    if (visible_.contains(owner))
      continue;
    if (is_departed(owner)) {
      // Who was only removed may be met again, and is to be known then.
      if (is_kind(key, record_kind::name) || roster_.is_gone_for_good(owner))
        gone.push_back(x.id);
    } else if (!roster_.is_known(owner)) {
      strangers_.emplace(owner, now.at + cfg_.keep_strangers);
    }
  }
  if (!is_janitor_ || gone.empty())
    return false;
  replica_.erase(key, gone);
  return true;
}

void registry::review_janitor() {
  std::set<replica_id> departed;
  for (auto owner : roster_.departed())
    if (roster_.is_departed(replica_, owner))
      departed.insert(owner);
  auto was_janitor = std::exchange(is_janitor_, roster_.is_janitor());
  if (!is_janitor_) {
    sweep_at_.reset();
    forgotten_.clear();
  } else if (!was_janitor || departed_ != departed) {
    sweep_at_ = 0;
  }
  departed_ = std::move(departed);
}

void registry::review_strangers(moment now) {
  // Names may arrive before we learn whose they are, or that he is gone. Or we
  // never learn it. Then to erase them costs nothing: if he lives after all, he
  // asserts them again.
  std::erase_if(strangers_, [&](const auto& x) {
    auto [owner, until] = x;
    if (roster_.is_known(owner))
      return true;
    if (until > now.at && !is_departed(owner))
      return false;
    if (is_janitor_) {
      forgotten_.insert(owner);
      sweep_at_ = 0;
    }
    return true;
  });
}

void registry::sweep(moment now) {
  if (!sweep_at_)
    return;
  std::vector<std::string> keys;
  auto last = *sweep_at_;
  std::size_t visited = 0;
  auto next = std::optional<std::uint64_t>{};
  replica_.map().visit_from(
    last, [&](std::uint64_t hash, std::string_view key, auto versions) {
      if (visited >= cfg_.max_erased_a_step && hash != last) {
        next = hash;
        return false;
      }
      ++visited;
      last = hash;
      auto is_hidden = [this](const crdt::version_view& x) {
        return !visible_.contains(x.id.who);
      };
      auto is_ours =
        is_kind(key, record_kind::name) || is_kind(key, record_kind::self);
      if (is_ours && std::ranges::any_of(versions, is_hidden))
        keys.emplace_back(key);
      return true;
    });
  sweep_at_ = next;
  for (const auto& key : keys)
    erase_departed(key, now);
  if (!sweep_at_)
    forgotten_.clear();
}

} // namespace horde::naming
