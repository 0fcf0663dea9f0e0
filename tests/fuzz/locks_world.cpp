// SPDX-License-Identifier: MIT

#include "fuzz/locks_world.hpp"

#include <algorithm>

#include "fuzz/locks_made.hpp"
#include "horde/assert.hpp"
#include "horde/overload.hpp"

namespace horde::fuzz {

using namespace std::chrono_literals;
using naming::cluster_locks;
using naming::lock_ticket;

namespace {

naming::lock_config small() {
  naming::lock_config result;
  result.max_lease = 2s;
  result.max_locks = 4;
  result.max_key_bytes = 16;
  result.max_lists = 4;
  result.max_told_bytes = 256;
  result.max_message_bytes = 1024;
  return result;
}

member_id member(std::size_t i) {
  return {"h", "n" + std::to_string(i)};
}

} // namespace

locks_world::locks_world(script in)
    : in_(in), kind_(static_cast<kind>(in_.below(3))), cfg_(small()),
      places_(crowd) {
  for (std::size_t i = 0; i < crowd; ++i) {
    places_[i].members.list = {0, 1, 2};
    for (std::size_t j = 0; j < crowd; ++j)
      if (j != i)
        places_[i].reach.insert(j);
    start(i);
  }
  for (std::size_t i = 0; i < crowd; ++i)
    look(i); // now all have ids
}

void locks_world::run() {
  while (!in_.is_over())
    step(static_cast<op>(in_.below(ops)));
  calm_down();
}

// -- what happens ------------------------------------------------------------

void locks_world::step(op x) {
  switch (x) {
  case op_ask:
  case op_ask_too: return ask(in_.below(crowd));
  case op_release: {
    auto i = in_.below(crowd);
    auto& wishes = places_[i].wishes;
    auto n = in_.byte();
    if (wishes.empty())
      return release(i, lock_ticket{n}); // of somebody else, or of nobody
    auto at =
      std::next(wishes.begin(), static_cast<std::ptrdiff_t>(n % wishes.size()));
    return release(i, at->first);
  }
  case op_pass_time: {
    auto d = in_.byte() * 10ms;
    return pass(d, in_.below(2 * crowd));
  }
  case op_run: return deliver_all();
  case op_deliver:
  case op_repeat:
  case op_lose: return some_mail(x);
  case op_look: return look(in_.below(crowd));
  case op_link:
  case op_unlink: {
    auto i = in_.below(crowd);
    auto other = (i + 1 + in_.below(crowd - 1)) % crowd;
    if (x == op_link)
      places_[i].reach.insert(other);
    else
      places_[i].reach.erase(other);
    return look(i);
  }
  case op_restart:
    if (kind_ != kind::lists)
      start(in_.below(crowd));
    return;
  case op_begin_anew:
    if (kind_ != kind::lists)
      begin_anew(in_.below(crowd));
    return;
  case op_list:
    if (kind_ != kind::restarts) {
      auto i = in_.below(crowd);
      auto bits = 1 + in_.below((1U << crowd) - 1);
      std::set<std::size_t> list;
      for (std::size_t j = 0; j < crowd; ++j)
        if ((bits >> j & 1) != 0)
          list.insert(j);
      change_list(i, std::move(list));
    }
    return;
  case op_stopped:
  case op_damaged:
  case op_raw:
  case op_made:
  case op_made_too:
    if (kind_ == kind::lies)
      lie(x);
    return;
  case ops: return;
  }
}

/// To the first member.
void locks_world::lie(op x) {
  auto& victim = *places_[0].locks;
  auto from = some_sender();
  auto say = [&](std::string_view bytes) {
    on(0, [&](moment now) { victim.receive(from, bytes, now); });
  };
  if (x == op_stopped) {
    on(0, [&](moment now) {
      victim.stopped({member(in_.below(crowd)), from}, now);
    });
  } else if (x == op_raw) {
    say(in_.bytes());
  } else if (x == op_damaged) {
    if (mail_.empty())
      return;
    auto at = static_cast<std::ptrdiff_t>(in_.byte() % mail_.size());
    say(damaged(in_, mail_[static_cast<std::size_t>(at)].bytes));
  } else {
    lock_liar liar{in_, victim, now_};
    auto bytes = naming::encode_lock_message(liar.message());
    in_ = liar.rest();
    say(bytes);
  }
}

void locks_world::some_mail(op x) {
  if (mail_.empty())
    return;
  auto at =
    mail_.begin() + static_cast<std::ptrdiff_t>(in_.byte() % mail_.size());
  auto mail = *at;
  if (x != op_repeat)
    mail_.erase(at);
  if (x != op_lose)
    deliver(mail);
}

void locks_world::deliver(const letter& x) {
  for (std::size_t i = 0; i < crowd; ++i)
    if (places_[i].id == x.to)
      return on(i, [&](moment now) {
        places_[i].locks->receive(x.from, x.bytes, now);
      });
}

void locks_world::deliver_all() {
  auto at_most = 1000;
  while (!mail_.empty() && at_most-- > 0) {
    auto next = std::move(mail_.front());
    mail_.pop_front();
    deliver(next);
  }
  HORDE_ASSERT(mail_.empty() || kind_ == kind::lies); // they talk to an end
  mail_.clear();
}

void locks_world::ask(std::size_t i) {
  auto ticket = lock_ticket{++tickets_};
  auto key = is_calm_ ? std::string{"last"} : some_key();
  auto lease = is_calm_ ? cfg_.max_lease : in_.byte() * 10ms;
  auto limit = is_calm_ ? duration{1h} : in_.byte() * 50ms;
  places_[i].wishes.emplace(ticket, wish{key});
  on(i, [&](moment now) {
    places_[i].locks->ask(ticket, key, lease, limit, now);
  });
}

void locks_world::release(std::size_t i, lock_ticket ticket) {
  places_[i].wishes.erase(ticket);
  on(i, [&](moment now) { places_[i].locks->release(ticket, now); });
}

/// What its node and the shared map tell it.
void locks_world::look(std::size_t i) {
  auto& here = places_[i];
  std::vector<naming::lock_peer> reachable;
  for (auto j : here.reach) {
    if (!places_[j].locks)
      continue; // not yet
    here.members = std::max(here.members, places_[j].members);
    reachable.push_back({member(j), places_[j].id});
  }
  members list;
  for (auto j : here.members.list)
    list.push_back(member(j));
  on(i, [&](moment now) { here.locks->set_members(list, reachable, now); });
}

void locks_world::change_list(std::size_t i, std::set<std::size_t> list) {
  auto& mine = places_[i].members;
  mine = {mine.number + 1, i, std::move(list)};
  look(i);
}

/// For the first time, or as after a crash.
void locks_world::start(std::size_t i) {
  pass(10ms, i); // clocks go on, by more than tokens do
  auto& x = places_[i];
  x.wishes.clear();
  x.id = replica_id{++lives_};
  x.locks =
    std::make_unique<cluster_locks>(cfg_, member(i), x.id, lives_, now_);
  look(i);
}

void locks_world::begin_anew(std::size_t i) {
  pass(10ms, i);
  auto& x = places_[i];
  x.id = replica_id{++lives_};
  on(i, [&](moment now) { x.locks->begin_anew(x.id, now); });
  HORDE_ASSERT(x.wishes.empty());
  look(i);
}

void locks_world::pass(duration x, std::size_t asleep) {
  now_.at += x;
  now_.wall += x;
  for (std::size_t i = 0; i < crowd; ++i) {
    auto ticks = 0;
    while (i != asleep && places_[i].locks
           && places_[i].locks->wake_at() <= now_.at) {
      on(i, [&](moment now) { places_[i].locks->tick(now); });
      HORDE_ASSERT(++ticks < 1000); // or time would stand still
    }
  }
}

// -- what is done ------------------------------------------------------------

template <class F>
void locks_world::on(std::size_t i, F event) {
  auto& here = places_[i];
  event(now_);
  auto effects = here.locks->finish(now_);
  HORDE_ASSERT(effects.size() < 1000);
  for (const auto& x : effects)
    perform(i, x);
  check(here);
  check_holders();
}

void locks_world::perform(std::size_t i, const naming::lock::effect& x) {
  auto& here = places_[i];
  std::visit(overload{
               [&](const naming::lock::send& e) {
                 HORDE_ASSERT(e.to != here.id);
                 HORDE_ASSERT(e.bytes.size() <= cfg_.max_message_bytes);
                 HORDE_ASSERT(naming::decode_lock_message(e.bytes));
                 mail_.push_back({here.id, e.to, e.bytes});
               },
               [&](const naming::lock::grant& e) { granted(i, e); },
               [&](const naming::lock::lose& e) {
                 const auto& wish = here.wishes.at(e.ticket);
                 HORDE_ASSERT(wish.key == e.key && wish.token == e.token);
                 here.wishes.erase(e.ticket);
               },
               [&](const naming::lock::fail& e) {
                 HORDE_ASSERT(here.wishes.at(e.ticket).token == 0);
                 HORDE_ASSERT(e.why.code != errc::none && !e.why.what.empty());
                 here.wishes.erase(e.ticket);
               },
             },
             x);
}

void locks_world::granted(std::size_t i, const naming::lock::grant& x) {
  auto& wish = places_[i].wishes.at(x.ticket);
  HORDE_ASSERT(wish.key == x.key && wish.token == 0 && x.token != 0);
  wish.token = x.token;
  auto& last = tokens_[x.key];
  HORDE_ASSERT(kind_ == kind::lies || x.token > last);
  last = x.token;
  last_grants_ += x.key == "last" ? 1 : 0;
}

void locks_world::check(const place& x) const {
  HORDE_ASSERT(x.locks->requests().size() == x.wishes.size());
  HORDE_ASSERT(x.locks->electorate().remembered_lists() <= cfg_.max_lists);
  for (const auto& [ticket, wish] : x.wishes)
    HORDE_ASSERT(wish.token != 0 || !x.locks->is_held(ticket, now_.at));
}

void locks_world::check_holders() const {
  std::set<std::string> held;
  for (const auto& x : places_)
    for (const auto& [ticket, wish] : x.wishes)
      if (x.locks->is_held(ticket, now_.at))
        HORDE_ASSERT(held.insert(wish.key).second || kind_ == kind::lies);
}

// -- the end -----------------------------------------------------------------

/// No lies and no losses any more: who asks gets it.
void locks_world::calm_down() {
  is_calm_ = true;
  mail_.clear();
  std::uint64_t newest = 0;
  for (std::size_t i = 0; i < crowd; ++i) {
    for (std::size_t j = 0; j < crowd; ++j)
      if (j != i)
        places_[i].reach.insert(j);
    newest = std::max(newest, places_[i].members.number);
  }
  places_[0].members.number = newest;
  change_list(0, {0, 1, 2});
  for (std::size_t i = 0; i < crowd; ++i)
    look(i);
  run_for(8s); // longer than any lease, told on or not
  for (std::size_t i = 0; i < crowd; ++i)
    ask(i);
  run_for(8s);
  check_nothing_is_left();
}

/// What is granted is given back.
void locks_world::run_for(duration x) {
  for (auto end = now_.at + x; now_.at < end;) {
    pass(200ms);
    deliver_all();
    for (std::size_t i = 0; i < crowd; ++i) {
      auto wishes = places_[i].wishes;
      for (const auto& [ticket, wish] : wishes)
        if (wish.token != 0)
          release(i, ticket);
    }
    deliver_all();
  }
}

void locks_world::check_nothing_is_left() const {
  for (const auto& x : places_) {
    HORDE_ASSERT(x.wishes.empty());
    HORDE_ASSERT(x.locks->voter().keys() == 0);
    HORDE_ASSERT(x.locks->voter().requesters() == 0);
    HORDE_ASSERT(x.locks->wake_at() == never);
  }
  HORDE_ASSERT(last_grants_ == crowd);
}

} // namespace horde::fuzz
