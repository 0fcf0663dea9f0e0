// SPDX-License-Identifier: MIT

#include "horde/sync/replica.hpp"

#include <algorithm>
#include <utility>

#include "horde/overload.hpp"
#include "horde/sync/answers.hpp"

namespace horde::sync {

namespace {

constexpr unsigned jitter_percent = 20;

/// After that many unanswered repetitions of one request a round is given up,
/// and a new one starts later.
constexpr unsigned most_repetitions = 8;

/// True if `f` says so of a dot that the message speaks for.
template <class F>
bool any_dot(const crdt::key_delta& x, F f) {
  return std::ranges::any_of(x.versions, f, &crdt::version::id)
         || std::ranges::any_of(x.gone, f);
}

template <class F>
bool any_dot(const push& x, F f) {
  return std::ranges::any_of(
    x.news, [&](const auto& delta) { return any_dot(delta, f); });
}

template <class F>
bool any_dot(const hash_state& x, F f) {
  return std::ranges::any_of(x.gone, f)
         || std::ranges::any_of(
           x.keys, [&](const auto& delta) { return any_dot(delta, f); });
}

template <class F>
bool any_dot(const report& x, F f) {
  return std::ranges::any_of(x.answers, [&](const answer& a) {
    auto list = std::get_if<list_answer>(&a);
    return list && std::ranges::any_of(list->hashes, [&](const auto& here) {
             return any_dot(here, f);
           });
  });
}

} // namespace

replica::replica(replica_id self, config cfg, std::uint64_t seed)
    : self_(self), cfg_(cfg), rng_(seed), map_(cfg.digest_key),
      clock_(cfg.drift_limit) {}

// -- local writes ------------------------------------------------------------

std::uint64_t replica::put(std::string_view key, std::string value,
                           crdt::stamp when, std::span<const crdt::dot> keep) {
  spoken_.clear();
  auto id = map_.next(self_);
  map_.put(key, {id, when, std::move(value)}, keep, spoken_);
  spoken_.push_back(id);
  return note_write(key);
}

std::uint64_t replica::erase(std::string_view key,
                             std::span<const crdt::dot> dots) {
  spoken_.clear();
  map_.erase(key, dots, spoken_);
  return spoken_.empty() ? sequence() : note_write(key);
}

std::uint64_t replica::erase(std::string_view key) {
  std::vector<crdt::dot> all;
  for (const auto& v : map_.versions(key))
    all.push_back(v.id);
  return erase(key, all);
}

std::uint64_t replica::note_write(std::string_view key) {
  pending_.changed.emplace_back(key);
  auto result = log_.append(key, spoken_, cfg_.max_log_records);
  if (links_.empty())
    trim_log();
  return result;
}

// -- neighbours --------------------------------------------------------------

void replica::neighbour_up(replica_id who, moment now) {
  if (who == self_ || links_.contains(who))
    return;
  auto& x = links_[who];
  // What we wrote before, it fetches by reconciliation.
  x.position = sequence();
  catch_up(who, x, now);
}

void replica::neighbour_down(replica_id who, moment now) {
  if (links_.erase(who) == 0)
    return;
  trim_log();
  for (auto& [id, x] : links_) {
    // A round that runs may have begun before the last news of `who` arrived.
    if (x.round)
      x.again = true;
    else
      catch_up(id, x, now);
  }
}

replica::link* replica::find(replica_id who) {
  auto i = links_.find(who);
  return i == links_.end() ? nullptr : &i->second;
}

// -- input from peers --------------------------------------------------------

void replica::receive(replica_id from, std::string_view bytes, moment now) {
  stats_.bytes_received += bytes.size();
  if (from == self_ || bytes.size() > cfg_.max_message_bytes)
    return refuse();
  auto x = decode_message(bytes);
  if (!x || is_absurd(*x))
    return refuse();
  std::visit([&](auto& body) { on(from, std::move(body), now); }, *x);
}

bool replica::is_absurd(const message& x) const {
  // Nobody can know of a write of ours that we did not make. To believe it
  // would make us use its dot for something else.
  auto made = map_.seen().latest(self_);
  auto is_forged = [&](crdt::dot d) {
    return d.who == self_ && d.counter > made;
  };
  return std::visit(
    overload{
      [&](const ack& p) { return std::max(p.upto, p.have) > sequence(); },
      [&](const differs& p) { return p.seen.latest(self_) > made; },
      [&](const push& p) { return any_dot(p, is_forged); },
      [&](const report& p) { return any_dot(p, is_forged); },
      [](const auto&) { return false; },
    },
    x);
}

void replica::apply(crdt::key_delta&& news, const exchange* source,
                    moment now) {
  for (const auto& v : news.versions)
    clock_.observe(v.when, now.wall);
  std::vector<exchange*> rounds; // nearly always none
  for (auto& [who, x] : links_)
    if (x.round && &*x.round != source)
      rounds.push_back(&*x.round);
  auto hash = rounds.empty() ? 0 : map_.hash_of(news.key);
  for (const auto* x : rounds)
    drop_late(*x, hash, news);
  for (auto* x : rounds)
    for (const auto& v : news.versions)
      if (!map_.seen().contains(v.id))
        x->took_in(hash, v.id);
  if (map_.join(news))
    pending_.changed.push_back(std::move(news.key));
}

void replica::drop_late(const exchange& round, std::uint64_t hash,
                        crdt::key_delta& news) const {
  // A neighbour that we are catching up from has dropped versions before we
  // heard of them. Taking them in now would undo what its round settled.
  std::erase_if(news.versions, [&](const crdt::version& v) {
    if (map_.seen().contains(v.id) || !round.knows_dropped(hash, v.id))
      return false;
    news.gone.push_back(v.id);
    return true;
  });
}

void replica::on(replica_id from, push&& x, moment now) {
  ++stats_.pushes_received;
  for (auto& news : x.news)
    apply(std::move(news), nullptr, now);
  auto l = find(from);
  if (!l) {
    // We keep nothing about strangers. They may go on, but learn nothing.
    post(from, ack{x.upto, 0});
    return;
  }
  l->heard.applied(x.previous, x.upto);
  post(from, ack{x.upto, l->heard.have()});
  if (l->heard.has_gap())
    catch_up(from, *l, now);
}

void replica::on(replica_id from, ack&& x, moment) {
  auto l = find(from);
  if (!l)
    return;
  l->acked = std::max(l->acked, x.have);
  if (!l->flight || l->flight->upto != x.upto)
    return; // late or twice
  l->position = x.upto;
  l->flight.reset();
  l->flight_timer.reset();
  trim_log();
}

void replica::on(replica_id from, compare&& x, moment now) {
  post(from, answer_to(x, map_, sequence()));
  auto l = find(from);
  if (!l)
    return;
  // It wrote more than we heard of. Most likely that is on its way.
  l->heard.announced(x.sequence);
  if (l->heard.is_behind())
    l->check_at = std::min(l->check_at, now.at + cfg_.retransmit_after);
}

void replica::on(replica_id from, probe&& x, moment) {
  post(from, answer_to(x, map_, cfg_));
}

void replica::on(replica_id from, equal&& x, moment now) {
  if (auto l = find(from); l && l->round)
    go_on(from, *l, l->round->receive(x), now);
}

void replica::on(replica_id from, differs&& x, moment now) {
  if (auto l = find(from); l && l->round)
    go_on(from, *l, l->round->receive(std::move(x), map_), now);
}

void replica::on(replica_id from, report&& x, moment now) {
  if (auto l = find(from); l && l->round)
    go_on(from, *l, l->round->receive(std::move(x), map_), now);
}

// -- push --------------------------------------------------------------------

void replica::offer(replica_id to, link& x, moment now) {
  if (x.flight || x.position >= sequence())
    return;
  x.flight = log_.group_after(x.position, map_, cfg_);
  x.flight_timer.emplace(cfg_, now.at);
  ++stats_.pushes_sent;
  post(to, x.flight->bytes);
}

void replica::trim_log() {
  auto least = sequence();
  for (const auto& [who, x] : links_)
    least = std::min(least, x.position);
  log_.trim(least);
}

// -- reconciliation ----------------------------------------------------------

void replica::catch_up(replica_id from, link& x, moment now) {
  if (x.round)
    return; // when it ends, a gap that is left starts the next
  x.again = false;
  x.check_at = never;
  x.compare_at = never;
  x.round.emplace(++rounds_, sequence(), map_, retry{cfg_, now.at});
  post(from, x.round->take_requests());
}

void replica::go_on(replica_id from, link& x, exchange::news&& news,
                    moment now) {
  if (!news)
    return; // late, twice, or no answer to what we asked
  for (auto& delta : *news)
    apply(std::move(delta), &*x.round, now);
  x.round->advance(map_, cfg_, retry{cfg_, now.at});
  if (x.round->is_done())
    end_round(from, x, now);
  else
    post(from, x.round->take_requests());
}

void replica::end_round(replica_id from, link& x, moment now) {
  map_.adopt(x.round->snapshot());
  stats_.reconciliations += x.round->found_difference() ? 1 : 0;
  auto before = x.heard.have();
  x.heard.caught_up(x.round->sequence());
  x.round.reset();
  x.compare_at = now.at + jitter(rng_, cfg_.reconcile_every, jitter_percent);
  if (x.heard.have() > before)
    post(from, ack{0, x.heard.have()});
  if (x.again || x.heard.has_gap())
    return catch_up(from, x, now);
  // What it announced during the round may have fallen out of its window.
  if (x.heard.is_behind())
    x.check_at = std::min(x.check_at, now.at + cfg_.retransmit_after);
}

// -- time --------------------------------------------------------------------

void replica::tick(moment now) {
  for (auto& [who, x] : links_)
    tick_link(who, x, now);
}

void replica::tick_link(replica_id who, link& x, moment now) {
  if (x.flight && x.flight_timer->at() <= now.at) {
    x.flight_timer->again(now.at);
    ++stats_.retransmissions;
    post(who, x.flight->bytes);
  }
  if (x.round && x.round->wake_at() <= now.at)
    ask_again(who, x, now);
  auto is_overdue = x.check_at <= now.at && x.heard.is_behind();
  if (x.check_at <= now.at)
    x.check_at = never;
  if (is_overdue || x.compare_at <= now.at)
    catch_up(who, x, now);
}

void replica::ask_again(replica_id from, link& x, moment now) {
  auto requests = x.round->overdue(now.at, most_repetitions);
  if (!requests) {
    x.round.reset();
    x.compare_at =
      now.at + jitter(rng_, cfg_.retransmit_at_most, jitter_percent);
    return;
  }
  stats_.retransmissions += requests->size();
  post(from, *requests);
}

instant replica::wake_at() const {
  auto result = never;
  for (const auto& [who, x] : links_) {
    result = std::min({result, x.compare_at, x.check_at});
    if (x.flight)
      result = std::min(result, x.flight_timer->at());
    if (x.round)
      result = std::min(result, x.round->wake_at());
  }
  return result;
}

step replica::finish(moment now) {
  for (auto& [who, x] : links_)
    offer(who, x, now);
  auto& keys = pending_.changed;
  std::ranges::sort(keys);
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return std::exchange(pending_, {});
}

void replica::post(replica_id to, std::shared_ptr<const std::string> bytes) {
  stats_.bytes_sent += bytes->size();
  pending_.sends.push_back({to, std::move(bytes)});
}

void replica::post(replica_id to, const std::vector<exchange::bytes_ptr>& all) {
  for (const auto& x : all)
    post(to, x);
}

void replica::post(replica_id to, const message& x) {
  post(to, std::make_shared<const std::string>(encode_message(x)));
}

// -- reads -------------------------------------------------------------------

std::size_t replica::acknowledged_by(std::uint64_t sequence) const {
  return static_cast<std::size_t>(std::ranges::count_if(
    links_, [&](const auto& x) { return x.second.acked >= sequence; }));
}

std::vector<replica_id> replica::neighbours() const {
  std::vector<replica_id> result;
  for (const auto& [who, x] : links_)
    result.push_back(who);
  return result;
}

bool replica::idle() const {
  return std::ranges::all_of(links_, [this](const auto& x) {
    return !x.second.flight && !x.second.round
           && x.second.position >= sequence();
  });
}

statistics replica::stats() const {
  auto result = stats_;
  result.keys = map_.size();
  result.contended_keys = map_.contended();
  result.log_records = log_.size();
  return result;
}

} // namespace horde::sync
