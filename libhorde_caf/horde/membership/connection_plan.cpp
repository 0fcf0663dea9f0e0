// SPDX-License-Identifier: MIT

#include "horde/membership/connection_plan.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace horde::membership {

connection_plan::connection_plan(endpoint self_at, const cluster_config& cfg,
                                 std::uint64_t seed)
    : cfg_(cfg), rng_(seed) {
  own_.insert(std::move(self_at));
}

// -- what is wanted ----------------------------------------------------------

bool connection_plan::remember(const endpoint& to, instant now) {
  if (own_.contains(to) || is_remembered(to))
    return false;
  if (remembered_ >= cfg_.max_endpoints && !make_room())
    return false;
  auto [j, is_new] = targets_.try_emplace(to);
  j->second.is_remembered = true;
  ++remembered_;
  if (is_new)
    wake(j->second, now);
  return true;
}

bool connection_plan::is_remembered(const endpoint& to) const {
  auto i = targets_.find(to);
  return i != targets_.end() && i->second.is_remembered;
}

std::string connection_plan::withdraw(const endpoint& to) {
  if (!is_remembered(to))
    return {};
  auto i = targets_.find(to);
  auto who = i->second.who;
  --remembered_;
  i->second.is_remembered = false;
  if (!i->second.is_sought) {
    close(i->second);
    targets_.erase(i);
  }
  return who;
}

bool connection_plan::make_room() {
  auto worst = targets_.end();
  for (auto i = targets_.begin(); i != targets_.end(); ++i) {
    const auto& x = i->second;
    if (!x.is_remembered || x.rests || x.failures == 0)
      continue;
    if (worst == targets_.end() || worst->second.failures < x.failures)
      worst = i;
  }
  if (worst == targets_.end())
    return false;
  --remembered_;
  if (worst->second.is_sought) { // its node is missing there: dialled on
    worst->second.is_remembered = false;
    return true;
  }
  close(worst->second);
  targets_.erase(worst);
  return true;
}

void connection_plan::seek(const std::string& who, const endpoint& at,
                           instant first_dial) {
  for (auto i = targets_.begin(); i != targets_.end();) {
    auto& x = i->second;
    if (x.who != who || i->first == at) {
      ++i;
    } else if (x.is_remembered) {
      wake(x, first_dial);
      ++i;
    } else { // it moved
      i = rest(i, who);
    }
  }
  if (own_.contains(at))
    return;
  auto& x = targets_[at];
  x.who = who;
  x.is_sought = true;
  wake(x, first_dial);
}

void connection_plan::wake(target& x, instant first_dial) {
  x.rests = false;
  x.is_slow = false;
  x.failures = 0;
  if (!x.is_open)
    x.due = first_dial;
}

bool connection_plan::hurry(const std::string& who, instant now) {
  auto result = false;
  for (auto& [at, x] : targets_)
    if (x.due > now && !x.rests && !x.is_open && x.who == who) {
      x.due = now;
      result = true;
    }
  return result;
}

void connection_plan::reached(const std::string& who, const endpoint& at,
                              const std::optional<endpoint>& dialled) {
  for (auto i = targets_.begin(); i != targets_.end();) {
    auto is_there =
      i->second.who == who || i->first == at || i->first == dialled;
    i = is_there ? rest(i, who) : std::next(i);
  }
}

connection_plan::targets::iterator
connection_plan::rest(targets::iterator i, const std::string& who) {
  auto& x = i->second;
  close(x);
  if (!x.is_remembered)
    return targets_.erase(i);
  x.rests = true;
  x.is_sought = false;
  x.who = who;
  x.failures = 0;
  return std::next(i);
}

void connection_plan::left(const std::string& who, instant now) {
  for (auto i = targets_.begin(); i != targets_.end();) {
    auto& x = i->second;
    if (x.who != who) {
      ++i;
    } else if (!x.is_remembered) {
      i = rest(i, who);
    } else {
      x.rests = false;
      x.is_sought = false;
      x.is_slow = true;
      if (!x.is_open)
        fail(x, now); // nobody to be found there for now
      ++i;
    }
  }
}

void connection_plan::forget(const std::string& who, instant now) {
  for (auto i = targets_.begin(); i != targets_.end();) {
    auto& x = i->second;
    if (x.who == who && !x.is_remembered) {
      i = rest(i, who);
      continue;
    }
    if (x.who == who) {
      x.who.clear();
      x.is_sought = false;
      if (x.rests)
        wake(x, now);
    }
    ++i;
  }
}

// -- how dials end -----------------------------------------------------------

bool connection_plan::failed(const endpoint& to, instant now) {
  auto i = targets_.find(to);
  if (i == targets_.end() || !i->second.is_open)
    return false;
  fail(i->second, now);
  return true;
}

void connection_plan::found_self(const endpoint& to) {
  if (auto i = targets_.find(to); i != targets_.end()) {
    close(i->second);
    remembered_ -= i->second.is_remembered ? 1 : 0;
    targets_.erase(i);
  }
  if (own_.size() < cfg_.max_endpoints)
    own_.insert(to);
}

void connection_plan::found(const endpoint& to, const std::string& who,
                            bool is_linked, instant now) {
  auto i = targets_.find(to);
  if (i == targets_.end())
    return;
  if (is_linked) {
    rest(i, who);
    return;
  }
  if (!i->second.is_open)
    return;
  i->second.who = who;
  fail(i->second, now);
}

void connection_plan::close(target& x) {
  if (x.is_open)
    --open_;
  x.is_open = false;
}

void connection_plan::fail(target& x, instant now) {
  close(x);
  x.failures += x.failures < 1000 ? 1 : 0; // enough for every order and wait
  auto wait = x.is_slow ? jitter(rng_, cfg_.redial_at_most, cfg_.jitter_percent)
                        : delay(x.failures);
  x.due = now + std::max(wait, duration{1});
}

duration connection_plan::delay(unsigned failures) {
  return backoff_delay(
    {cfg_.redial_first, cfg_.redial_at_most, cfg_.jitter_percent}, failures,
    rng_);
}

// -- time --------------------------------------------------------------------

std::vector<endpoint> connection_plan::start_due(instant now) {
  std::vector<std::tuple<unsigned, instant, endpoint>> due;
  for (auto& [at, x] : targets_) {
    if (x.is_open && x.due <= now)
      fail(x, now);
    if (!x.rests && !x.is_open && x.due <= now)
      due.emplace_back(x.failures, x.due, at);
  }
  std::sort(due.begin(), due.end());
  std::vector<endpoint> result;
  for (const auto& [failures, since, at] : due) {
    if (open_ >= cfg_.max_dials)
      break;
    auto& x = targets_[at];
    x.is_open = true;
    x.due = now + std::max(cfg_.dial_timeout, duration{1});
    ++open_;
    result.push_back(at);
  }
  return result;
}

instant connection_plan::wake_at() const {
  auto result = never;
  auto is_full = open_ >= cfg_.max_dials;
  for (const auto& [at, x] : targets_)
    if (x.is_open || (!x.rests && !is_full))
      result = std::min(result, x.due);
  return result;
}

} // namespace horde::membership
