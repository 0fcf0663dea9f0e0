// SPDX-License-Identifier: MIT
//
// One replica between two honest neighbours on a line that lies: what it hears
// is late, repeated, damaged, forged or from strangers. It may be told wrong
// things, but it must refuse nonsense whole, keep its own writes unless a peer
// says that they are gone or that it was forgotten, say only what it can stand
// for, and any honest replica must still be able to become equal to it.

#include <deque>
#include <map>
#include <set>

#include "fuzz/harness.hpp"
#include "fuzz/script.hpp"
#include "horde/sync/replica.hpp"
#include "support/map_writes.hpp"
#include "support/replica_bench.hpp"

namespace horde::fuzz {

namespace {

using namespace std::chrono_literals;
using sim::packet;

constexpr std::size_t subject = 0;
constexpr std::size_t most_mail = 256;

sync::config small() {
  sync::config result;
  result.max_group_bytes = 512;
  result.max_group_keys = 4;
  result.max_asked_nodes = 8;
  result.max_probes = 2;
  result.max_log_records = 16;
  return result;
}

replica_id id_of(std::size_t i) {
  return replica_id{i + 1};
}

enum op : std::uint8_t {
  op_put,
  op_erase,
  op_pass_time,
  op_run,
  op_deliver,
  op_deliver_again,
  op_damaged,
  op_raw,
  op_made,
  op_link,
  op_forget,
  ops,
};

class world {
public:
  explicit world(script in) : in_(in) {
    for (std::size_t i = 0; i < 3; ++i) {
      all_.emplace_back(id_of(i), small(), i);
      places_[id_of(i)] = i;
    }
    for (std::size_t i = 1; i < 3; ++i)
      link(i);
  }

  void run() {
    while (!in_.is_over())
      step(static_cast<op>(in_.below(ops)));
  }

  /// An honest replica that never heard a lie meets the subject.
  void meet_somebody_honest();

private:
  void step(op x);
  void put(std::size_t i);
  void link(std::size_t i);
  void begun_anew(std::size_t i);
  void pass_time(duration x);
  void receive(std::size_t i, replica_id from, std::string_view bytes);
  void receive_as_subject(replica_id from, std::string_view bytes);
  void deliver(packet x);
  void deliver_all();
  void finish(std::size_t i);
  void check_step(const sync::step& x);

  std::string key() { return "key " + std::to_string(in_.below(12)); }
  sync::side any_side();
  sync::message made();
  std::set<std::uint64_t> own_dots() const;
  std::uint64_t made_by_subject() const {
    return all_[subject].map().seen().latest(all_[subject].id());
  }
  /// The present id of one of the three, or of somebody else.
  replica_id id_now(std::size_t i) const {
    return i < all_.size() ? all_[i].id() : id_of(i);
  }

  script in_;
  moment now_{instant{1h}, wall_time{1000h}};
  std::deque<sync::replica> all_;
  std::deque<packet> mail_;
  std::size_t events_ = 0;   ///< of the subject since its last step
  crdt::contents shown_;     ///< of the subject after its last step
  std::uint64_t writes_ = 0; ///< of the subject
  std::map<replica_id, std::size_t> places_; ///< of all ids ever
};

// -- what happens ------------------------------------------------------------

void world::step(op x) {
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
    return receive(subject, from, encode_message(made()));
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
void world::link(std::size_t i) {
  all_[subject].neighbour_up(all_[i].id(), now_);
  all_[i].neighbour_up(all_[subject].id(), now_);
  events_ += 2;
  finish(i);
  finish(subject);
}

void world::begun_anew(std::size_t i) {
  auto id = all_[i].id();
  HORDE_ASSERT(places_.emplace(id, i).second);
  if (i != subject)
    return link(i);
  for (std::size_t other = 1; other < 3; ++other)
    link(other);
}

void world::put(std::size_t i) {
  auto& x = all_[i];
  auto where = key();
  x.put(where, std::string{in_.bytes()}, x.stamp_at(now_));
  if (i == subject) {
    HORDE_ASSERT(x.versions(where).size() == 1);
    HORDE_ASSERT(made_by_subject() == ++writes_);
  }
  finish(i);
}

void world::pass_time(duration x) {
  now_.at += x;
  now_.wall += x;
  for (std::size_t i = 0; i < all_.size(); ++i) {
    auto own = own_dots();
    all_[i].tick(now_);
    HORDE_ASSERT(own_dots() == own);
    HORDE_ASSERT(all_[i].wake_at() > now_.at);
    finish(i);
  }
}

sync::side world::any_side() {
  return {in_.below(5), id_now(in_.below(4))};
}

/// Well formed, with any numbers.
sync::message world::made() {
  hash128 digest{in_.number(), in_.number()};
  switch (in_.below(11)) {
  case 8: return sync::hail{};
  case 9: {
    sync::stance result{in_.number(),
                        {id_now(in_.below(4)), 0, {}, {}, any_side(), false},
                        in_.below(2) * 1s};
    result.where.horizon = static_cast<era>(in_.below(4));
    for (auto* ids : {&result.where.known, &result.where.alive})
      for (const auto& [id, place] : places_)
        if (in_.flag())
          ids->push_back(id);
    return result;
  }
  case 10: {
    sync::judgement result{in_.below(64),
                           static_cast<era>(in_.below(4)),
                           {},
                           any_side(),
                           in_.below(8) == 0,
                           {}};
    for (const auto& [id, place] : places_)
      if (in_.below(4) == 0)
        result.forgets.push_back(id);
    return result;
  }
  case 0: return sync::ack{in_.number(), in_.number(), in_.number()};
  case 1: return sync::compare{in_.number(), in_.number(), digest, {}};
  case 2: { // the context of the subject
    const auto& map = all_[subject].map();
    return sync::compare{
      in_.number(), in_.number(), map.seen().digest(map.hash_key()), {}};
  }
  case 3: return sync::equal{in_.number(), in_.number()};
  case 4: return sync::noted{in_.number()};
  case 5: {
    sync::notice result{in_.number(), {}, in_.flag(), in_.flag()};
    for (std::size_t i = 0; i < 5; ++i)
      if (in_.flag())
        result.reached.push_back(id_of(i));
    return result;
  }
  case 6: {
    sync::push result{0, in_.number(), crdt::causal_context{}, {}, {}, 0};
    result.cleared->add({id_of(in_.below(3)), in_.below(4) + 1});
    return result;
  }
  default: {
    sync::differs result;
    result.round = in_.number();
    result.sequence = in_.number();
    for (auto n = in_.below(8); n > 0; --n) {
      auto who = id_of(in_.below(5));
      result.seen.add({who, in_.number()});
    }
    if (in_.flag()) {
      auto& child = result.root.different.emplace_back();
      for (auto& x : child.children)
        x = in_.number();
    }
    return result;
  }
  }
}

// -- messages ----------------------------------------------------------------

std::set<std::uint64_t> world::own_dots() const {
  std::set<std::uint64_t> result;
  all_[subject].map().for_each([&](std::string_view, auto versions) {
    for (const auto& x : versions)
      if (x.id.who == all_[subject].id())
        result.insert(x.id.counter);
  });
  return result;
}

void world::receive_as_subject(replica_id from, std::string_view bytes) {
  auto& x = all_[subject];
  auto refused = x.stats().refused_messages;
  auto digest = x.map().digest();
  auto seen = x.map().seen();
  auto own = own_dots();
  auto sequence = x.sequence();
  auto id = x.id();
  x.receive(from, bytes, now_);
  ++events_;
  if (x.id() != id) { // it was told that it is forgotten
    writes_ = 0;
    return;
  }
  refused = x.stats().refused_messages - refused;
  auto message = sync::decode_message(bytes);
  auto is_nonsense = !message || from == id;
  HORDE_ASSERT(refused <= 1);
  HORDE_ASSERT(!is_nonsense || refused == 1);
  if (refused == 1)
    HORDE_ASSERT(x.map().digest() == digest && x.map().seen() == seen);
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

void world::receive(std::size_t i, replica_id from, std::string_view bytes) {
  if (i == subject)
    receive_as_subject(from, bytes);
  else
    all_[i].receive(from, bytes, now_);
  // Several messages may come before a step of the subject.
  if (i != subject || in_.below(4) != 1)
    finish(i);
}

void world::deliver(packet x) {
  if (auto i = places_.find(x.to); i != places_.end())
    receive(i->second, x.from, *x.bytes);
}

void world::deliver_all() {
  for (auto n = 0; n < 200 && !mail_.empty(); ++n) {
    auto next = mail_.front();
    mail_.pop_front();
    deliver(next);
  }
}

void world::finish(std::size_t i) {
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

void world::check_step(const sync::step& x) {
  const auto& self = all_[subject];
  // An event asks every neighbour a bounded number of things.
  auto links = self.neighbours().size() + 1;
  HORDE_ASSERT(x.sends.size()
               <= (events_ + 2) * links * (small().max_probes + 3));
  events_ = 0;
  for (const auto& send : x.sends) {
    HORDE_ASSERT(send.to != self.id());
    HORDE_ASSERT(send.bytes->size() <= small().max_message_bytes);
    HORDE_ASSERT(sync::decode_message(*send.bytes));
  }
  HORDE_ASSERT(self.stats().log_records <= small().max_log_records);
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

// -- afterwards --------------------------------------------------------------

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
  crdt::aw_lww_map again{small().digest_key};
  for (const auto& [key, versions] : contents_of(x.map()))
    join(again, {key, versions, {}});
  HORDE_ASSERT(again.digest() == x.map().digest());
}

void world::meet_somebody_honest() {
  auto& self = all_[subject];
  for (auto who : self.neighbours())
    self.neighbour_down(who, now_);
  self.finish(now_);
  check_digest(self);
  // Nobody spoke of this one before.
  auto fresh = std::uint64_t{1000};
  while (self.map().seen().latest(replica_id{fresh}) != 0)
    ++fresh;
  sync::replica honest{replica_id{fresh}, small(), 1};
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

// -- seeds -------------------------------------------------------------------

/// The messages of a real exchange, as if each came once more.
std::string heard_again() {
  sim::replica_bench bench{3, small()};
  script_writer out;
  for (int i = 0; i < 8; ++i)
    bench.put(1, "key " + std::to_string(i), "v");
  for (std::size_t i : {1, 2}) {
    bench.up(0, i);
    bench.up(i, 0);
  }
  bench.put(2, "key 3", "concurrent");
  while (!bench.mail.empty()) {
    auto x = bench.take();
    if (x.to == id_of(subject) && x.bytes->size() < 4096)
      out.byte(op_raw)
        .byte(static_cast<std::size_t>(x.from) - 1)
        .bytes(*x.bytes)
        .byte(0);
    bench.deliver(x);
  }
  return out.take();
}

/// Writes everywhere, with the mail delivered in between or not.
std::string writes(random_engine& rng, std::size_t n) {
  script_writer out;
  for (std::size_t i = 0; i < n; ++i) {
    out.byte(op_put).byte(below(rng, 3)).byte(below(rng, 12)).bytes("value");
    if (below(rng, 3) == 0)
      out.byte(op_erase).byte(below(rng, 3)).byte(below(rng, 12));
    if (below(rng, 2) == 0)
      out.byte(below(rng, 2) == 0 ? op_damaged : op_deliver).noise(rng, 6);
    if (below(rng, 4) == 0)
      out.byte(op_pass_time).byte(below(rng, 256));
    if (below(rng, 6) == 0)
      out.byte(op_link).noise(rng, 2);
  }
  return out.take();
}

} // namespace

void run_replica(std::string_view input) {
  world x{script{input}};
  x.run();
  x.meet_somebody_honest();
}

std::vector<std::string> replica_seeds() {
  random_engine rng{1};
  std::vector<std::string> result{heard_again()};
  for (std::size_t i = 1; i <= 24; ++i) {
    result.push_back(writes(rng, 4 * i));
    result.push_back(script_writer{}.noise(rng, 32 * i).take());
  }
  return result;
}

} // namespace horde::fuzz
