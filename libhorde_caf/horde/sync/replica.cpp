// SPDX-License-Identifier: MIT

#include "horde/sync/replica.hpp"

#include <algorithm>
#include <utility>

#include "horde/overload.hpp"
#include "horde/sort_unique.hpp"

namespace horde::sync {

namespace {

template <class F>
bool any_dot(const crdt::news& x, F f) {
  for (std::size_t i = 0; i < x.size(); ++i)
    if (x[i].any_dot(f))
      return true;
  return false;
}

/// What is said before news flow.
bool is_of_meeting(const message& x) {
  return std::holds_alternative<hail>(x) || std::holds_alternative<stance>(x)
         || std::holds_alternative<judgement>(x);
}

} // namespace

replica::replica(replica_id self, config cfg, std::uint64_t seed)
    : self_(self), cfg_(std::move(cfg)), rng_(seed),
      map_(cfg_.digest_key, cfg_.digest_grain), clock_(cfg_.drift_limit),
      mesh_(self) {
  map_.know(self_);
}

// -- neighbours --------------------------------------------------------------

void replica::neighbour_up(replica_id who, moment now) {
  notice_sleep(now);
  if (who == self_ || links_.contains(who))
    return;
  begin_meeting(who, links_[who], now);
}

void replica::neighbour_down(replica_id who, moment now) {
  note_side(now.at);
  if (links_.erase(who) == 0)
    return;
  trim_log();
  // What it would have resolved may be ours now.
  if (resolver_ && map_.contended() > 0)
    map_.for_each([this](std::string_view key, auto versions) {
      if (must_resolve(versions))
        to_resolve_.emplace_back(key);
    });
  mesh_.forget(who);
  update_mesh(now);
  neighbour_suspect(who, now);
}

void replica::neighbour_suspect(replica_id who, moment now) {
  for (auto& [id, x] : links_)
    if (id != who && x.is_met)
      catch_up_anew(id, x, now);
}

replica::link* replica::find(replica_id who) {
  auto i = links_.find(who);
  return i == links_.end() ? nullptr : &i->second;
}

// -- input from peers --------------------------------------------------------

void replica::receive(replica_id from, std::string_view bytes, moment now) {
  notice_sleep(now);
  stats_.bytes_received += bytes.size();
  if (from == self_ || bytes.size() > cfg_.max_message_bytes)
    return refuse();
  auto x = decode_message(bytes, cfg_.digest_key);
  if (!x || is_absurd(*x))
    return refuse();
  auto l = find(from);
  if (l && !l->is_met && !is_of_meeting(*x))
    return; // it is said again when we have met
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
      [&](const push& p) {
        return any_dot(p.own, is_forged) || any_dot(p.relayed, is_forged)
               || (p.cleared && p.cleared->latest(self_) > made);
      },
      [&](const report& p) { return any_dot(p.news, is_forged); },
      [](const auto&) { return false; },
    },
    x);
}

void replica::apply(const crdt::news& all, const exchange* round,
                    std::span<const replica_id> to, moment now) {
  std::vector<exchange*> others; // nearly always none
  for (auto& [who, l] : links_)
    if (l.round && &*l.round != round)
      others.push_back(&*l.round);
  for (std::size_t i = 0; i < all.size(); ++i) {
    map_.prefetch(i, all.size(), [&](std::size_t j) { return all[j].hash(); });
    for (std::size_t j = 0; j < all[i].size(); ++j)
      for (const auto& v : all[i][j].versions)
        clock_.observe(v.when, now.wall);
    if (!to.empty())
      relay(all[i], to, now);
    apply(all[i], others);
  }
}

void replica::apply(const crdt::news::item& x,
                    std::span<exchange* const> others) {
  auto news = x;
  for (const auto* other : others)
    news = without_late(*other, news);
  for (auto* other : others)
    for (std::size_t i = 0; i < news.size(); ++i)
      for (const auto& v : news[i].versions)
        if (!map_.seen().contains(v.id))
          other->took_in(news.hash(), v.id);
  note_lost(news);
  map_.join(news, pending_.changed);
}

void replica::note_lost(const crdt::news::item& x) {
  for (auto id : x.gone())
    if (id.who == self_)
      map_.visit(x.hash(), x.hash(),
                 [&](std::uint64_t, std::string_view key, auto versions) {
                   for (const auto& v : versions)
                     if (v.id == id)
                       note_lost(key, v);
                   return true;
                 });
}

void replica::note_lost(std::string_view key, const crdt::version_view& x) {
  if (x.id.who == self_)
    pending_.lost.push_back({std::string{key}, x});
}

crdt::news::item replica::without_late(const exchange& round,
                                       const crdt::news::item& x) {
  // Taking them in now would undo what its round settled.
  auto is_late = [&](const crdt::version_view& v) {
    return !map_.seen().contains(v.id) && round.knows_dropped(x.hash(), v.id);
  };
  auto any = false;
  for (std::size_t i = 0; i < x.size(); ++i)
    any = any || std::ranges::any_of(x[i].versions, is_late);
  if (!any)
    return x;
  crdt::news result;
  result.add_hash(x.hash());
  std::vector<crdt::dot> late;
  for (std::size_t i = 0; i < x.size(); ++i) {
    result.add_key(x[i].name);
    for (const auto& v : x[i].versions)
      if (is_late(v))
        late.push_back(v.id);
      else
        result.add_version(v);
  }
  for (auto d : x.gone())
    result.add_gone(d);
  for (auto d : late)
    result.add_gone(d);
  scratch_ = std::move(result);
  return scratch_[0];
}

void replica::apply_clear(const crdt::causal_context& seen,
                          std::span<const replica_id> to, moment now) {
  map_.for_each([&](std::string_view key, auto versions) {
    for (const auto& v : versions)
      if (seen.contains(v.id))
        note_lost(key, v);
  });
  map_.drop(seen, pending_.changed);
  take_back(seen, now);
  meet_the_forgotten(now);
  for (auto who : to)
    invite(who, now);
}

void replica::on(replica_id from, push&& x, moment now) {
  ++stats_.pushes_received;
  auto l = find(from);
  if (x.cleared && forgets_the_living(*x.cleared, from, now.at))
    return l ? begin_meeting(from, *l, now) : refuse();
  if (x.cleared)
    apply_clear(*x.cleared, mesh_.holes(from), now);
  apply(x.relayed, nullptr, mesh_.holes(from), now);
  apply(x.own, nullptr, mesh_.duties(from), now);
  if (!l) {
    // We keep nothing about strangers. They may go on, but learn nothing.
    post(from, ack{x.upto, x.number, 0});
    return;
  }
  l->heard.applied(x.previous, x.upto);
  post(from, ack{x.upto, x.number, l->heard.have()});
  if (l->heard.has_gap())
    catch_up(from, *l, now);
}

// -- time --------------------------------------------------------------------

void replica::tick(moment now) {
  notice_sleep(now);
  for (auto& [who, x] : links_)
    tick_link(who, x, now);
  if (announce_at_ <= now.at)
    announce_reach(now);
}

void replica::tick_link(replica_id who, link& x, moment now) {
  if (x.meeting && x.meeting->at() <= now.at) {
    x.meeting->again(now.at);
    ++stats_.retransmissions;
    say_where_we_stand(who, x.stance, now.at);
  }
  if (x.flight && x.flight_timer->at() <= now.at) {
    x.flight_timer->again(now.at);
    ++stats_.retransmissions;
    post(who, x.flight->bytes);
    if (is_stuck(x))
      update_mesh(now);
  }
  if (x.said && x.said_timer->at() <= now.at) {
    x.said_timer->again(now.at);
    post(who, *x.said);
  }
  if (x.round && x.round->wake_at() <= now.at)
    ask_again(who, x, now);
  if (is_overdue(x, now.at))
    return catch_up(who, x, now);
  if (x.compare_at > now.at)
    return;
  catch_up(who, x, now);
  x.is_insurance = true;
}

instant replica::wake_at() const {
  auto result = announce_at_;
  if (store_)
    result = std::min(result, store_->wake_at());
  for (const auto& [who, x] : links_) {
    result = std::min({result, x.compare_at, x.check_at});
    if (gathers(x))
      result = std::min(result, x.push_at);
    if (x.meeting)
      result = std::min(result, x.meeting->at());
    if (x.said)
      result = std::min(result, x.said_timer->at());
    if (x.flight)
      result = std::min(result, x.flight_timer->at());
    if (x.round)
      result = std::min(result, x.round->wake_at());
  }
  return result;
}

step replica::finish(moment now) {
  born_ = std::min(born_, now.at);
  if (resolver_ && map_.contended() > 0)
    resolve(now);
  for (auto& [who, x] : links_)
    offer(who, x, now);
  auto& keys = pending_.changed;
  sort_unique(keys);
  if (store_)
    store_->keep(map_, keys, cfg_, now);
  due_ = wake_at();
  // Room for as many in the next step: a vector that grows asks for larger and
  // larger blocks, each of which makes glibc's malloc tidy up all small ones.
  constexpr std::size_t most = 1024;
  step result;
  result.changed.reserve(std::min(keys.size(), most));
  std::swap(result, pending_);
  return result;
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
    return x.second.is_met && !x.second.flight && !x.second.round
           && !x.second.said && x.second.position >= sequence()
           && x.second.relayed.empty();
  });
}

bool replica::has_heard_all() const {
  auto is_heard = [](const auto& x) {
    return x.second.is_met && x.second.patience == 0;
  };
  return !links_.empty() && std::ranges::all_of(links_, is_heard);
}

statistics replica::stats() const {
  auto result = stats_;
  result.keys = map_.size();
  result.contended_keys = map_.contended();
  result.log_records = log_.size();
  result.known_replicas = map_.seen().size();
  return result;
}

} // namespace horde::sync
