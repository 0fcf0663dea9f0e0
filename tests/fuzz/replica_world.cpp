// SPDX-License-Identifier: MIT

#include "fuzz/replica_world.hpp"

#include <algorithm>
#include <utility>

namespace horde::fuzz {

using namespace std::chrono_literals;
using sim::packet;

namespace {

constexpr std::size_t most_mail = 256;
constexpr std::size_t most_probes = 16; ///< kept of one neighbour

} // namespace

sync::config replica_world::limits() {
  sync::config result;
  result.max_group_bytes = 512;
  result.max_group_keys = 4;
  result.max_asked_nodes = 8;
  result.max_probes = 2;
  result.max_log_records = 16;
  result.max_relayed_keys = 16;
  result.digest_grain = 64;
  return result;
}

replica_world::replica_world(script in) : in_(in) {
  for (std::size_t i = 0; i < 3; ++i) {
    all_.emplace_back(id_of(i), limits(), i);
    places_[id_of(i)] = i;
  }
  for (std::size_t i = 1; i < 3; ++i)
    link(i);
}

// -- what happens ------------------------------------------------------------

void replica_world::step(op x) {
  switch (x) {
  case op_put: return put(in_.below(3));
  case op_erase: {
    auto i = in_.below(3);
    all_[i].erase(key());
    return finish(i);
  }
  case op_pass_time: return pass_time(in_.byte() * 50ms);
  case op_run: return deliver_all();
  case op_deliver:
  case op_deliver_again:
  case op_damaged: {
    if (mail_.empty())
      return;
    auto at =
      mail_.begin() + static_cast<std::ptrdiff_t>(in_.byte() % mail_.size());
    auto mail = *at;
    if (x == op_deliver)
      mail_.erase(at);
    if (x != op_damaged)
      return deliver(mail);
    auto from = id_now(in_.below(4));
    return receive(subject, from, damaged(in_, *mail.bytes));
  }
  case op_raw: {
    auto from = id_now(in_.below(4));
    return receive(subject, from, in_.bytes());
  }
  case op_made: {
    auto from = id_now(in_.below(4));
    return receive(subject, from, encode_message(made(from)));
  }
  case op_link: {
    auto who = id_now(1 + in_.below(3)); // once in three times a stranger
    if (in_.flag())
      all_[subject].neighbour_up(who, now_);
    else
      all_[subject].neighbour_down(who, now_);
    events_ += 2;
    return finish(subject);
  }
  case op_forget: {
    auto i = in_.below(3);
    all_[i].forget(id_now(in_.below(4)), now_);
    events_ += i == subject ? 2 : 0;
    return finish(i);
  }
  case ops: return;
  }
}

/// The subject and its neighbour `i`.
void replica_world::link(std::size_t i) {
  all_[subject].neighbour_up(all_[i].id(), now_);
  all_[i].neighbour_up(all_[subject].id(), now_);
  events_ += 2;
  finish(i);
  finish(subject);
}

void replica_world::begun_anew(std::size_t i) {
  auto id = all_[i].id();
  HORDE_ASSERT(places_.emplace(id, i).second);
  if (i != subject)
    return link(i);
  for (std::size_t other = 1; other < 3; ++other)
    link(other);
}

void replica_world::put(std::size_t i) {
  auto& x = all_[i];
  auto where = key();
  x.put(where, std::string{in_.bytes()}, x.stamp_at(now_));
  if (i == subject) {
    HORDE_ASSERT(x.versions(where).size() == 1);
    HORDE_ASSERT(made_by_subject() == ++writes_);
  }
  finish(i);
}

void replica_world::pass_time(duration x) {
  now_.at += x;
  now_.wall += x;
  for (std::size_t i = 0; i < all_.size(); ++i) {
    auto own = own_dots();
    all_[i].tick(now_);
    HORDE_ASSERT(own_dots() == own);
    finish(i); // sends what was gathered until now
    HORDE_ASSERT(all_[i].wake_at() > now_.at);
  }
}

// -- messages ----------------------------------------------------------------

std::set<std::uint64_t> replica_world::own_dots() const {
  std::set<std::uint64_t> result;
  all_[subject].map().for_each([&](std::string_view, auto versions) {
    for (const auto& x : versions)
      if (x.id.who == all_[subject].id())
        result.insert(x.id.counter);
  });
  return result;
}

void replica_world::receive_as_subject(replica_id from,
                                       std::string_view bytes) {
  auto& x = all_[subject];
  auto refused = x.stats().refused_messages;
  auto digest = x.map().digest();
  auto seen = x.map().seen();
  auto own = own_dots();
  auto sequence = x.sequence();
  auto id = x.id();
  auto message = sync::decode_message(bytes);
  x.receive(from, bytes, now_);
  ++events_;
  if (x.id() != id) { // it was told that it is forgotten
    writes_ = 0;
    return;
  }
  refused = x.stats().refused_messages - refused;
  auto is_nonsense = !message || from == id;
  HORDE_ASSERT(refused <= 1);
  HORDE_ASSERT(!is_nonsense || refused == 1);
  if (refused == 1)
    HORDE_ASSERT(x.map().digest() == digest && x.map().seen() == seen);
  if (auto told = message ? std::get_if<sync::differs>(&*message) : nullptr;
      told && told->round == asked_[from].begin.round)
    asked_[from].forgettings = told->forgettings;
  if (auto told = message ? std::get_if<sync::report>(&*message) : nullptr) {
    auto& asked = asked_[from];
    std::erase_if(asked.probes,
                  [&](const auto& q) { return q.part == told->part; });
    asked.is_told_of_forgotten |= !told->forgotten.empty();
    if (asked.is_told_of_forgotten && x.map().digest() != digest
        && x.map().seen().horizon() > seen.horizon())
      ++forgetting_rounds_;
  }
  // Nobody else makes our writes, and nobody makes us write.
  HORDE_ASSERT(made_by_subject() == writes_);
  HORDE_ASSERT(x.sequence() == sequence);
  // Only these say that something is gone.
  auto removes = message
                 && (std::holds_alternative<sync::push>(*message)
                     || std::holds_alternative<sync::report>(*message));
  auto left = own_dots();
  HORDE_ASSERT(removes ? std::ranges::includes(own, left) : left == own);
}

void replica_world::receive(std::size_t i, replica_id from,
                            std::string_view bytes) {
  if (i == subject)
    receive_as_subject(from, bytes);
  else
    all_[i].receive(from, bytes, now_);
  // Several messages may come before a step of the subject.
  if (i != subject || in_.below(4) != 1)
    finish(i);
}

void replica_world::deliver(packet x) {
  if (auto i = places_.find(x.to); i != places_.end())
    receive(i->second, x.from, *x.bytes);
}

void replica_world::deliver_all() {
  for (auto n = 0; n < 200 && !mail_.empty(); ++n) {
    auto next = mail_.front();
    mail_.pop_front();
    deliver(next);
  }
}

void replica_world::finish(std::size_t i) {
  auto step = all_[i].finish(now_);
  if (i == subject)
    check_step(step);
  for (auto& x : step.sends)
    mail_.push_back({all_[i].id(), x.to, x.bytes});
  if (step.renewed)
    begun_anew(i);
  while (mail_.size() > most_mail)
    mail_.pop_front();
}

void replica_world::check_step(const sync::step& x) {
  const auto& self = all_[subject];
  // An event asks every neighbour a bounded number of things.
  auto links = self.neighbours().size() + 1;
  HORDE_ASSERT(x.sends.size()
               <= (events_ + 2) * links * (limits().max_probes + 3));
  events_ = 0;
  for (const auto& send : x.sends) {
    HORDE_ASSERT(send.to != self.id());
    HORDE_ASSERT(send.bytes->size() <= limits().max_message_bytes);
    auto message = sync::decode_message(*send.bytes);
    HORDE_ASSERT(message);
    note_question(send.to, *message);
  }
  HORDE_ASSERT(self.stats().log_records <= limits().max_log_records);
  // Views are built from `changed` alone.
  std::set<std::string> changed{x.changed.begin(), x.changed.end()};
  HORDE_ASSERT(changed.size() == x.changed.size());
  auto before = std::exchange(shown_, contents_of(self.map()));
  for (const auto& [key, versions] : shown_) {
    auto known = before.find(key);
    auto is_same = known != before.end() && known->second == versions;
    HORDE_ASSERT(is_same || changed.contains(key));
  }
  for (const auto& [key, versions] : before)
    HORDE_ASSERT(shown_.contains(key) || changed.contains(key));
}

void replica_world::note_question(replica_id to, const sync::message& x) {
  auto& all = asked_[to];
  if (auto begins = std::get_if<sync::compare>(&x))
    all = {*begins, {}, 0, false};
  if (auto asks = std::get_if<sync::probe>(&x))
    all.probes.push_back(*asks);
  if (all.probes.size() > most_probes)
    all.probes.pop_front();
}

// -- afterwards --------------------------------------------------------------

namespace {

/// Who of the two begins anew meets the other again, after `again`.
template <class F>
void exchange_all(sync::replica& a, sync::replica& b, moment now, F again) {
  for (auto busy = true; busy;) {
    busy = false;
    for (auto [from, to] : {std::pair{&a, &b}, std::pair{&b, &a}}) {
      auto step = from->finish(now);
      for (const auto& x : step.sends) {
        if (x.to == to->id())
          to->receive(from->id(), *x.bytes, now);
        busy = true;
      }
      if (!step.renewed)
        continue;
      for (auto former : to->neighbours())
        to->neighbour_down(former, now);
      again(*from);
      from->neighbour_up(to->id(), now);
      to->neighbour_up(from->id(), now);
      busy = true;
    }
  }
}

bool are_equal(const sync::replica& a, const sync::replica& b) {
  return contents_of(a.map()) == contents_of(b.map())
         && a.map().digest() == b.map().digest()
         && a.map().seen() == b.map().seen();
}

/// What a map holds determines its digest.
void check_digest(const sync::replica& x) {
  crdt::aw_lww_map again{replica_world::limits().digest_key};
  for (const auto& [key, versions] : contents_of(x.map()))
    join(again, {key, versions, {}});
  HORDE_ASSERT(again.digest() == x.map().digest());
}

} // namespace

void replica_world::meet_somebody_honest() {
  auto& self = all_[subject];
  for (auto who : self.neighbours())
    self.neighbour_down(who, now_);
  self.finish(now_);
  check_digest(self);
  // Nobody spoke of this one before.
  auto fresh = std::uint64_t{1000};
  while (self.map().seen().latest(replica_id{fresh}) != 0)
    ++fresh;
  // A seed of its own, or an id that it takes may be one that another one took.
  sync::replica honest{replica_id{fresh}, limits(), all_.size()};
  auto begin = [&](sync::replica& x) {
    if (&x == &honest)
      x.put("its own", "from before", x.stamp_at(now_));
  };
  begin(honest);
  honest.neighbour_up(self.id(), now_);
  self.neighbour_up(honest.id(), now_);
  for (auto n = 0; n < 100 && !(are_equal(self, honest) && self.idle()); ++n) {
    exchange_all(self, honest, now_, begin);
    now_.at += 1s;
    now_.wall += 1s;
    self.tick(now_);
    honest.tick(now_);
  }
  exchange_all(self, honest, now_, begin);
  HORDE_ASSERT(are_equal(self, honest));
  HORDE_ASSERT(self.winner("its own").has_value());
  honest.put("key 0", "new", honest.stamp_at(now_));
  self.put("key 1", "new", self.stamp_at(now_));
  exchange_all(self, honest, now_, begin);
  HORDE_ASSERT(are_equal(self, honest));
  HORDE_ASSERT(self.winner("key 0")->value == "new");
  HORDE_ASSERT(honest.winner("key 1")->value == "new");
}

} // namespace horde::fuzz
