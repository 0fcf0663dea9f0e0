// SPDX-License-Identifier: MIT

#include "horde/naming/lock_electorate.hpp"

#include <algorithm>
#include <iterator>

#include "horde/codec.hpp"
#include "horde/hash.hpp"

namespace horde::naming {

std::optional<failure> validate(const lock_config& cfg) {
  using namespace std::chrono_literals;
  if (cfg.max_lease < 1s || cfg.max_lease > 1h)
    return failure{errc::bad_option, "max_lease takes 1 s to 1 h"};
  return std::nullopt;
}

lock_electorate::lock_electorate(const lock_config& cfg, member_id self,
                                 replica_id id, instant now)
    : cfg_(cfg), self_(std::move(self)), id_(id), born_(now) {
  // nop
}

// -- events ------------------------------------------------------------------

bool lock_electorate::set_members(members list,
                                  const std::vector<lock_peer>& reachable,
                                  instant now) {
  std::ranges::sort(list);
  auto is_other = list != list_;
  list_ = std::move(list);
  names_.clear();
  voters_.clear();
  for (const auto& x : reachable) {
    names_.emplace(x.replica, x.who);
    stopped_.erase(x.who);
    if (lists(list_, x.who))
      voters_.insert(x.replica);
    auto told = reports_.find(x.who);
    if (told != reports_.end() && told->second.replica != x.replica)
      reports_.erase(told); // it was restarted
  }
  if (lists_us())
    voters_.insert(id_);
  if (!is_other)
    return false;
  hash_ = hash64(to_bytes(list_));
  if (lists_.empty())
    remember(false); // others may have begun with it, too
  standing_ = lock_standing::none;
  settled_at_ = never;
  reports_.clear();
  ++round_; // what was said before says nothing of this list
  next_inquiry_ = needed_until_ < now ? never : now;
  // Names that are in no list any more are of no use.
  std::erase_if(stopped_, [&](const member_id& who) {
    return !lists(list_, who)
           && std::ranges::none_of(
             lists_, [&](const auto& x) { return lists(x.list, who); });
  });
  return true;
}

void lock_electorate::stopped(const lock_peer& x) {
  for (const auto& [replica, who] : names_)
    if (who == x.who && replica != x.replica)
      return; // and runs again
  stopped_.insert(x.who);
}

void lock_electorate::begin_anew(replica_id id, instant now) {
  voters_.erase(id_);
  id_ = id;
  if (lists_us())
    voters_.insert(id_);
  born_ = now;
  lists_.clear();
  remember(false);
  standing_ = lock_standing::none;
  settled_at_ = never;
  reports_.clear();
  ++round_;
  next_inquiry_ = now;
}

void lock_electorate::needed(instant now) {
  if (standing_ == lock_standing::informed)
    return;
  if (needed_until_ < now || next_inquiry_ == never)
    next_inquiry_ = now;
  needed_until_ = now + cfg_.keep_asks;
  review(now); // alone we hear of nobody
}

bool lock_electorate::is_awaited(replica_id from, const lock::report& x) const {
  return names_.contains(from) && x.list == hash_ && x.round == round_
         && x.lists.size() <= cfg_.max_lists
         && standing_ != lock_standing::informed;
}

void lock_electorate::receive(replica_id from, const lock::report& x,
                              instant now) {
  auto& told = reports_[names_.at(from)];
  told = {from, x.aged, x.lists};
  for (auto& known : told.lists)
    std::ranges::sort(known.list);
  review(now);
}

std::vector<std::pair<replica_id, lock::inquiry>>
lock_electorate::take_inquiries(random_engine& rng, instant now) {
  std::vector<std::pair<replica_id, lock::inquiry>> result;
  if (standing_ == lock_standing::informed || next_inquiry_ > now)
    return result;
  if (needed_until_ < now) { // nobody waits any more
    next_inquiry_ = never;
    return result;
  }
  next_inquiry_ = now + jitter(rng, cfg_.retry_after, 25);
  for (const auto& [replica, who] : names_)
    if (!reports_.contains(who))
      result.emplace_back(replica, lock::inquiry{hash_, round_, is_aged(now)});
  return result;
}

instant lock_electorate::wake_at() const {
  if (standing_ == lock_standing::informed)
    return never;
  auto result = next_inquiry_;
  if (settled_at_ != never)
    result = std::min(result, settled_at_ + at_least(cfg_, cfg_.max_lease));
  return result;
}

lock::report lock_electorate::answer(replica_id from, const lock::inquiry& x,
                                     instant now) {
  if (!x.aged)
    newcomers_.insert_or_assign(
      name_of(from), newcomer{from, now + at_least(cfg_, cfg_.max_lease)});
  remember(standing_ == lock_standing::informed);
  return {x.list, x.round, is_aged(now), lists_, 0, {}, {}};
}

std::uint64_t lock_electorate::name_of(replica_id who) const {
  if (who == id_)
    return lock_name(self_);
  auto known = names_.find(who);
  return known != names_.end() ? lock_name(known->second) : 0;
}

std::vector<lock::life> lock_electorate::told_of_late(instant now) {
  std::erase_if(newcomers_,
                [&](const auto& x) { return x.second.until <= now; });
  std::vector<lock::life> result;
  for (const auto& [name, x] : newcomers_)
    result.push_back({name, x.replica});
  return result;
}

// -- judging -----------------------------------------------------------------

bool lock_electorate::lists(const members& list, const member_id& who) {
  return std::ranges::binary_search(list, who);
}

bool lock_electorate::is_aged(instant now) const {
  return now - born_ >= at_least(cfg_, cfg_.max_lease);
}

/// From now on we have a part in our present list.
void lock_electorate::remember(bool informed) {
  auto known = std::ranges::find_if(
    lists_, [&](const auto& x) { return !x.is_union && x.list == list_; });
  if (known != lists_.end())
    known->informed |= informed;
  else
    lists_.push_back({list_, informed});
  if (lists_.size() > cfg_.max_lists)
    forget_oldest();
}

/// Two lists become one that asks for more than both. Who has stopped is in the
/// way of nobody.
void lock_electorate::forget_oldest() {
  members all;
  std::ranges::set_union(lists_[0].list, lists_[1].list,
                         std::back_inserter(all));
  std::erase_if(all,
                [&](const member_id& who) { return stopped_.contains(who); });
  lists_.erase(lists_.begin());
  lists_.front() = {std::move(all), false, true};
}

void lock_electorate::review(instant now) {
  if (standing_ == lock_standing::none) {
    if (!is_settled())
      return;
    standing_ = lock_standing::settled;
    settled_at_ = now;
    remember(false);
  }
  if (standing_ == lock_standing::informed
      || (!is_told_of_leases(now)
          && now - settled_at_ < at_least(cfg_, cfg_.max_lease)))
    return;
  leaps_ += has_heard_enough(now) ? 0 : 1;
  standing_ = lock_standing::informed;
  lists_ = {{list_, true}}; // those before are over
  reports_.clear();
}

std::vector<const lock::known_list*> lock_electorate::former_lists() const {
  std::vector<const lock::known_list*> result;
  auto is_same = [](const lock::known_list& x, const lock::known_list& y) {
    return x.list == y.list && x.is_union == y.is_union;
  };
  auto add = [&](const std::vector<lock::known_list>& xs) {
    for (const auto& x : xs)
      if ((x.is_union || x.list != list_)
          && std::ranges::none_of(result,
                                  [&](auto* y) { return is_same(x, *y); }))
        result.push_back(&x);
  };
  add(lists_);
  for (const auto& [who, x] : reports_)
    add(x.lists);
  return result;
}

/// Of so many nothing is granted without one of the others.
std::size_t lock_electorate::needed_of(const lock::known_list& x) {
  return x.is_union ? x.list.size() : majority_of(x.list.size());
}

bool lock_electorate::is_settled() const {
  auto reports = [&](const member_id& who) {
    return who == self_ || reports_.contains(who);
  };
  auto here = static_cast<std::size_t>(std::ranges::count_if(list_, reports));
  if (here < majority_of(list_.size()))
    return false;
  return std::ranges::all_of(former_lists(), [&](auto* former) {
    auto left = std::ranges::count_if(former->list, [&](const member_id& who) {
      return reports(who) || stopped_.contains(who);
    });
    return static_cast<std::size_t>(left) >= needed_of(*former);
  });
}

bool lock_electorate::is_told_of_leases(instant now) const {
  auto is_told = [&](const lock::known_list& list) {
    auto x = witnesses_of(list.list, now);
    auto size = list.list.size();
    return x.present == size
           || (!list.is_union && x.knowing > size - majority_of(size));
  };
  return is_told({list_}) && std::ranges::all_of(former_lists(), [&](auto* x) {
           return is_told(*x);
         });
}

bool lock_electorate::has_heard_enough(instant now) const {
  auto has_heard = [&](const lock::known_list& list) {
    auto size = list.list.size();
    return !list.is_union
           && witnesses_of(list.list, now).voters > size - majority_of(size);
  };
  return has_heard({list_})
         && std::ranges::all_of(former_lists(),
                                [&](auto* x) { return has_heard(*x); });
}

lock_electorate::witnesses lock_electorate::witnesses_of(const members& list,
                                                         instant now) const {
  auto voted = [&](const std::vector<lock::known_list>& xs) {
    return std::ranges::any_of(
      xs, [&](const auto& x) { return x.informed && x.list == list; });
  };
  witnesses result;
  for (const auto& who : list) {
    auto told = reports_.find(who);
    if (who == self_) {
      ++result.present;
      result.voters += voted(lists_) ? 1 : 0;
      result.knowing += is_aged(now) || voted(lists_) ? 1 : 0;
    } else if (told != reports_.end()) {
      ++result.present;
      result.voters += voted(told->second.lists) ? 1 : 0;
      result.knowing += told->second.aged || voted(told->second.lists) ? 1 : 0;
    }
  }
  return result;
}

} // namespace horde::naming
