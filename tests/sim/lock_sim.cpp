// SPDX-License-Identifier: MIT

#include "sim/lock_sim.hpp"

#include <algorithm>

#include "horde/hash.hpp"
#include "horde/overload.hpp"

namespace horde::sim {

using namespace std::chrono_literals;
using naming::lock_standing;
using naming::lock_ticket;

namespace {

constexpr int acts = 150;
constexpr std::int64_t million = 1'000'000;

} // namespace

lock_sim::lock_sim(std::uint64_t seed) : lock_sim(seed, random_engine{seed}) {}

lock_sim::lock_sim(std::uint64_t seed, random_engine rng)
    : seed_(seed), rng_(rng), kind_(static_cast<kind>(seed % 3)) {
  auto pick = [&](std::initializer_list<std::size_t> xs) {
    return std::data(xs)[below(rng_, xs.size())];
  };
  cfg_.max_lease = std::chrono::seconds{pick({2, 4, 8})};
  loss_percent_ = static_cast<unsigned>(pick({0, 5, 25}));
  twice_percent_ = static_cast<unsigned>(pick({0, 20}));
  slowest_ = std::chrono::milliseconds{pick({2, 40, 400})};
  clocks_differ_ = one_in(2);
  now_ = instant{1h};
  places_.resize(pick({1, 2, 3, 3, 4, 5, 5, 6, 7}));
  version first;
  for (std::size_t i = 0; i < places_.size(); ++i)
    if (kind_ == kind::restarts || i < 3 || one_in(2))
      first.list.push_back(i);
  for (auto& x : places_) {
    x.members = first;
    x.drift = static_cast<std::int64_t>(below(rng_, 18'001)) - 9'000;
    x.offset = up_to(1h);
    x.wall_offset = clocks_differ_ ? up_to(2h) - 1h : duration{0};
  }
  for (std::size_t i = 0; i < places_.size(); ++i)
    start(i);
}

// -- what happens ------------------------------------------------------------

std::string lock_sim::run() {
  for (int i = 0; i < acts && problem_.empty(); ++i) {
    run_for(up_to(one_in(12) ? 4s : 250ms));
    random_act();
  }
  heal();
  run_for(2 * cfg_.max_lease);
  ask_for_all();
  // All are given back at once, and no lease is lost: some round trips each.
  run_for(2 * cfg_.max_lease + places_.size() * 2 * 1s);
  for (const auto& [ticket, x] : wishes_)
    if (!x.is_granted)
      fail("n" + std::to_string(x.who) + " waits for " + x.key + " for ever");
  run_for(2 * cfg_.max_lease + 5s);
  check_end();
  return problem_;
}

void lock_sim::random_act() {
  auto dice = below(rng_, 100);
  auto who = random_place();
  if (dice < 55) {
    ask(who, random_key(), up_to(15s));
  } else if (dice < 72) {
    change_the_network();
  } else if (dice < 80) {
    places_[who].paused_until = now_ + up_to(2 * cfg_.max_lease);
  } else if (dice < 92) {
    if (places_[who].locks == nullptr)
      start(who);
    else if (may_crash(who))
      crash(who);
  } else if (may_change_the_list() && places_[who].locks != nullptr) {
    std::vector<std::size_t> list;
    for (std::size_t i = 0; i < places_.size(); ++i)
      if (!one_in(3))
        list.push_back(i);
    if (!list.empty())
      change_the_list(who, std::move(list));
  }
}

void lock_sim::ask(std::size_t who, const std::string& key, duration limit) {
  if (places_[who].locks == nullptr)
    return;
  auto ticket = lock_ticket{++tickets_};
  wishes_[ticket] = {who, key, false};
  auto lease = 500ms + up_to(cfg_.max_lease - 500ms);
  on(who, [&](naming::cluster_locks& x, moment now) {
    x.ask(ticket, key, lease, limit, now);
  });
}

void lock_sim::change_the_network() {
  auto a = random_place();
  auto b = random_place();
  switch (below(rng_, 5)) {
  case 0: cuts_.insert({a, b}); break;
  case 1:
    cuts_.insert({a, b});
    cuts_.insert({b, a});
    break;
  case 2: { // in two sides
    std::set<std::size_t> side;
    for (std::size_t i = 0; i < places_.size(); ++i)
      if (one_in(2))
        side.insert(i);
    for (std::size_t i = 0; i < places_.size(); ++i)
      for (std::size_t j = 0; j < places_.size(); ++j)
        if (side.contains(i) != side.contains(j))
          cuts_.insert({i, j});
    break;
  }
  default: cuts_.clear(); break;
  }
}

void lock_sim::change_the_list(std::size_t who, std::vector<std::size_t> list) {
  ++list_changes_;
  auto& mine = places_[who].members;
  mine = {mine.number + 1, who, std::move(list)};
  look_around(who);
}

void lock_sim::crash(std::size_t who) {
  places_[who].locks.reset();
  std::erase_if(wishes_, [&](const auto& x) { return x.second.who == who; });
  if (one_in(2))
    start(who); // at once
}

void lock_sim::start(std::size_t who) {
  auto& x = places_[who];
  restarts_ += x.id != replica_id{} ? 1 : 0;
  x.id = replica_id{++lives_};
  x.born = now_;
  x.leaps = 0;
  x.locks = std::make_unique<naming::cluster_locks>(cfg_, member(who), x.id,
                                                    rng_(), local(who));
  look_around(who);
  agenda_.put(now_ + up_to(500ms), look{who});
}

bool lock_sim::may_crash(std::size_t) const {
  switch (kind_) {
  case kind::restarts: return true;
  case kind::lists: return false;
  case kind::both_with_care: return all_know_enough();
  }
  return false;
}

bool lock_sim::may_change_the_list() const {
  switch (kind_) {
  case kind::restarts: return false;
  case kind::lists: return true;
  case kind::both_with_care: return all_know_enough();
  }
  return false;
}

/// All go by one list, and know what was promised under it.
bool lock_sim::all_know_enough() const {
  return std::ranges::all_of(places_, [&](const place& x) {
    return x.locks != nullptr && x.members == places_.front().members
           && x.locks->standing() == lock_standing::informed;
  });
}

void lock_sim::heal() {
  is_calm_ = true;
  loss_percent_ = 0;
  slowest_ = 20ms;
  cuts_.clear();
  for (std::size_t i = 0; i < places_.size(); ++i) {
    places_[i].paused_until = now_;
    if (places_[i].locks == nullptr)
      start(i);
  }
  for (const auto& [ticket, x] : wishes_)
    if (x.is_granted)
      agenda_.put(now_, give_back{x.who, ticket});
  std::vector<std::size_t> all;
  std::uint64_t newest = 0;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    all.push_back(i);
    newest = std::max(newest, places_[i].members.number);
  }
  places_[0].members.number = newest;
  if (kind_ != kind::restarts)
    change_the_list(0, all);
}

void lock_sim::ask_for_all() {
  for (std::size_t i = 0; i < places_.size(); ++i)
    for (const auto* key : {"key 0", "key 1"})
      ask(i, key, 1h);
}

// -- the world ---------------------------------------------------------------

moment lock_sim::local(std::size_t who) const {
  const auto& x = places_[who];
  auto at = now_.time_since_epoch();
  return {instant{at + at / million * x.drift + x.offset},
          wall_time{at + x.wall_offset}};
}

instant lock_sim::true_time(std::size_t who, instant at) const {
  const auto& x = places_[who];
  auto elapsed = at.time_since_epoch() - x.offset;
  // A little late, as timers are.
  return instant{elapsed - elapsed / (million + x.drift) * x.drift + 1us};
}

void lock_sim::run_for(duration d) {
  auto end = now_ + d;
  while (problem_.empty() && !agenda_.empty() && agenda_.next() <= end) {
    now_ = std::max(now_, agenda_.next());
    perform(agenda_.take());
  }
  now_ = std::max(now_, end);
}

template <class F>
void lock_sim::on(std::size_t who, F event) {
  auto& x = places_[who];
  if (x.locks == nullptr)
    return;
  event(*x.locks, local(who));
  auto effects = x.locks->finish(local(who));
  auto leaps = x.locks->electorate().leaps();
  if (std::exchange(x.leaps, leaps) < leaps && clocks_differ_ && grants_ > 0)
    tokens_may_fall_ = true;
  perform(who, std::move(effects));
  after_step(who);
}

void lock_sim::perform(thing x) {
  auto who = std::visit(overload{[](const packet& y) { return y.to; },
                                 [](const auto& y) { return y.who; }},
                        x);
  if (places_[who].paused_until > now_) {
    agenda_.put(places_[who].paused_until, std::move(x));
    return;
  }
  std::visit(
    overload{
      [&](const packet& y) {
        if (places_[who].id != y.life)
          return;
        trace_ = hash64(y.bytes, trace_ ^ y.to);
        on(who, [&](auto& locks, moment now) {
          locks.receive(y.from, y.bytes, now);
        });
      },
      [&](const wake& y) {
        if (places_[who].wakes == y.number)
          on(who, [](auto& locks, moment now) { locks.tick(now); });
      },
      [&](const look&) {
        look_around(who);
        agenda_.put(now_ + 50ms + up_to(is_calm_ ? 100ms : 1s), look{who});
      },
      [&](const give_back& y) {
        on(who, [&](auto& locks, moment now) { locks.release(y.ticket, now); });
        wishes_.erase(y.ticket);
      },
    },
    x);
}

void lock_sim::perform(std::size_t who, naming::lock::effects effects) {
  for (auto& effect : effects)
    std::visit(
      overload{
        [&](naming::lock::send& x) { send(who, x.to, std::move(x.bytes)); },
        [&](const naming::lock::grant& x) {
          ++grants_;
          trace_ = hash64(x.key, trace_ ^ x.token);
          auto& last = tokens_[x.key];
          if (x.token <= last && !tokens_may_fall_)
            fail("the token of " + x.key + " went from " + std::to_string(last)
                 + " to " + std::to_string(x.token));
          last = std::max(last, x.token);
          wishes_[x.ticket].is_granted = true;
          if (is_calm_ || !one_in(4)) // else until it is lost
            agenda_.put(now_ + up_to(is_calm_ ? 50ms : 3s),
                        give_back{who, x.ticket});
        },
        [&](const naming::lock::lose& x) {
          ++losses_;
          wishes_.erase(x.ticket);
        },
        [&](const naming::lock::fail& x) { wishes_.erase(x.ticket); },
      },
      effect);
}

void lock_sim::after_step(std::size_t who) {
  auto& x = places_[who];
  auto at = x.locks->wake_at();
  ++x.wakes;
  if (at != never)
    agenda_.put(std::max(now_, true_time(who, at)), wake{who, x.wakes});
  check_holders();
}

void lock_sim::send(std::size_t from, replica_id to, std::string bytes) {
  auto target = std::ranges::find(places_, to, &place::id);
  if (target == places_.end())
    return; // of an earlier life
  auto i = static_cast<std::size_t>(target - places_.begin());
  auto copies = below(rng_, 100) < twice_percent_ ? 2 : 1;
  for (; copies > 0; --copies)
    if (!is_cut(from, i) && below(rng_, 100) >= loss_percent_)
      agenda_.put(now_ + 100us + up_to(slowest_),
                  packet{i, places_[from].id, to, bytes});
}

/// What a member's node and the shared map tell it.
void lock_sim::look_around(std::size_t who) {
  auto& here = places_[who];
  if (here.locks == nullptr)
    return;
  std::vector<naming::lock_peer> reachable;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const auto& x = places_[i];
    if (i == who || x.locks == nullptr || is_cut(i, who) || is_cut(who, i))
      continue;
    here.members = std::max(here.members, x.members);
    reachable.push_back({member(i), x.id});
  }
  members list;
  for (auto i : here.members.list)
    list.push_back(member(i));
  on(who,
     [&](auto& locks, moment now) { locks.set_members(list, reachable, now); });
}

// -- what must be true -------------------------------------------------------

void lock_sim::fail(const std::string& what) {
  if (problem_.empty())
    problem_ = what;
}

void lock_sim::check_holders() {
  std::map<std::string, std::size_t> holders;
  for (const auto& [ticket, x] : wishes_) {
    const auto& locks = places_[x.who].locks;
    if (!x.is_granted || !locks->is_held(ticket, local(x.who).at))
      continue;
    auto [at, is_first] = holders.emplace(x.key, x.who);
    if (!is_first)
      fail("n" + std::to_string(at->second) + " and n" + std::to_string(x.who)
           + " have " + x.key + " at the same time");
  }
}

void lock_sim::check_end() {
  for (const auto& x : places_) {
    if (x.locks->voter().keys() != 0 || x.locks->voter().requesters() != 0)
      fail("a voter remembers keys that nobody has or wants");
    if (x.locks->requests().size() != 0)
      fail("a request is left");
    if (x.locks->electorate().remembered_lists() > cfg_.max_lists)
      fail("too many lists are remembered");
    if (x.locks->wake_at() != never)
      fail("something goes on though nobody wants a lock");
  }
}

} // namespace horde::sim
