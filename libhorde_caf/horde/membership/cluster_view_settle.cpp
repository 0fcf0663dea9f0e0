// SPDX-License-Identifier: MIT
//
// What `cluster_view` does by itself after every event: listens, asks, gives
// verdicts, forgets, speaks, dials. And its queries.

#include <algorithm>
#include <utility>

#include "horde/assert.hpp"
#include "horde/membership/cluster_view.hpp"

namespace horde::membership {

// -- time --------------------------------------------------------------------

cluster_effects cluster_view::tick(moment now) {
  nodes_due_ = std::min(nodes_due_, now.at); // it has heard links
  return settle({}, now);
}

cluster_effects cluster_view::settle(cluster_effects out, moment now) {
  hear_of_heirs(now, out);
  // Most events change nothing, and others only suspects and dials: then not
  // all nodes are gone through.
  auto is_due = std::min(due_, nodes_due_) <= now.at;
  if (!is_due && !is_stirred_)
    return out;
  is_stirred_ = false;
  if (is_due) {
    notice_pause(now);
    forget_old(now);
    listen(now, out);
  }
  judge_suspects(now, out);
  compare(now, out);
  if (is_due)
    speak(now, out);
  for (auto& to : plan_.start_due(now.at))
    out.push_back(dial{std::move(to)});
  if (is_due) {
    nodes_due_ = never;
    for (const auto& [link, x] : linking_)
      nodes_due_ = std::min(nodes_due_, x.beat_at);
    for (const auto& [name, x] : nodes_)
      nodes_due_ = std::min(nodes_due_, due_of(x));
  }
  due_ = std::min({nodes_due_, plan_.wake_at(), compare_at_});
  for (const auto& [name, x] : doubted_)
    due_ = std::min(due_, verdict_due(*x));
  if (next_heir() != heirs_.end()) // a link was given up
    return settle(std::move(out), now);
  return out;
}

void cluster_view::notice_pause(moment now) {
  auto is_late = now.at > due_ && now.at - due_ >= cfg_.heartbeat_interval;
  if (!is_late || cfg_.heartbeat_interval == duration::zero())
    return;
  // And a little time to take in what came meanwhile.
  auto late = now.at - due_ + cfg_.heartbeat_interval;
  for (auto& [name, x] : nodes_) {
    if (x.beats)
      x.beats->forgive(late, now.at);
    if (x.doubt)
      x.doubt->forgive(late, now.at);
  }
}

void cluster_view::listen(moment now, cluster_effects& out) {
  for (auto& [name, x] : nodes_) {
    if (!x.beats || x.node.state == node_state::left)
      continue;
    x.last_heard = x.beats->last_heard();
    if (x.node.state == node_state::up && x.beats->is_silent(now.at))
      begin_suspicion(x, "silent", now, out);
  }
}

std::vector<cluster_view::entry*> cluster_view::suspects() {
  std::vector<entry*> result;
  for (auto& [name, x] : doubted_)
    result.push_back(x);
  return result;
}

void cluster_view::speak(moment now, cluster_effects& out) {
  for (auto& [link, x] : linking_)
    if (x.beat_at <= now.at) {
      x.beat_at = now.at + cfg_.heartbeat_interval;
      out.push_back(send_beat{x.peer, link, beat{}});
    }
  for (auto& [name, x] : nodes_)
    if (x.beats && x.beats->due() <= now.at)
      beat_to(x, now, out);
}

void cluster_view::beat_to(entry& x, moment now, cluster_effects& out) {
  if (x.beats->due() == never)
    return;
  auto over_link = x.beats->is_over_link();
  out.push_back(
    send_beat{x.node.who, x.node.link, x.beats->next(now.at), over_link});
}

void cluster_view::judge_suspects(moment now, cluster_effects& out) {
  if (doubted_.empty())
    return;
  for (auto x : suspects())
    if (x->beats && !x->beats->is_silent(now.at)
        && x->beats->last_sign() > x->since)
      end_suspicion(*x, now, out);
  for (auto x : suspects())
    judge(*x, now, out);
}

void cluster_view::judge(entry& x, moment now, cluster_effects& out) {
  if (x.doubt->expire(now.at))
    plan_.hurry(x.node.who.name, now.at);
  if (auto reason = x.doubt->verdict(peers_, now.at)) {
    give_up(x, *reason, now, out);
    return;
  }
  // Others reach it, or are asked: this link is dead, or the way is. TCP would
  // take long to find out that it works again.
  if (x.beats && x.beats->last_heard() + x.beats->down_after() <= now.at)
    hang_up(x, now, out);
  for (auto& peer : x.doubt->to_ask(peers_, now.at))
    out.push_back(ask_peer{std::move(peer), x.node.who});
}

void cluster_view::give_up(entry& x, std::string_view reason, moment now,
                           cluster_effects& out) {
  become(x, node_state::down, reason, now, out);
  if (x.node.link != 0)
    hang_up(x, now, out);
  // We only heard of it after we introduced ourselves to our peers, so they may
  // know nothing of it, or more than we do: that it left.
  if (!x.was_up)
    tell_all_but(x.node.who.name, info_of(x, now), out);
  if (x.is_withdrawn)
    say_goodbye_for(x, "down and withdrawn", now, out);
}

instant cluster_view::wake_at() const {
  return due_;
}

instant cluster_view::due_of(const entry& x) const {
  auto result = forget_at(x);
  if (x.beats)
    result = std::min(result, x.beats->due());
  if (x.beats && x.node.state == node_state::up)
    result = std::min(result, x.beats->silent_at());
  return result;
}

instant cluster_view::verdict_due(const entry& x) {
  auto result = x.doubt->wake_at();
  if (x.beats)
    result = std::min(result, x.beats->last_heard() + x.beats->down_after());
  return result;
}

instant cluster_view::forget_at(const entry& x) const {
  if (x.node.link != 0)
    return never;
  if (x.node.state == node_state::down)
    return x.since + cfg_.forget_down_after;
  if (x.node.state == node_state::left)
    return x.since + cfg_.forget_left_after;
  return never;
}

void cluster_view::forget_old(moment now) {
  for (auto i = nodes_.begin(); i != nodes_.end();) {
    if (forget_at(i->second) > now.at) {
      ++i;
      continue;
    }
    plan_.forget(i->first, now.at);
    i = nodes_.erase(i);
  }
}

bool cluster_view::make_room(instant now) {
  if (nodes_.size() < cfg_.max_nodes)
    return true;
  auto oldest = nodes_.end();
  for (auto i = nodes_.begin(); i != nodes_.end(); ++i)
    if (forget_at(i->second) != never
        && (oldest == nodes_.end() || i->second.since < oldest->second.since))
      oldest = i;
  if (oldest == nodes_.end())
    return false;
  plan_.forget(oldest->first, now);
  nodes_.erase(oldest);
  return true;
}

// -- states ------------------------------------------------------------------

void cluster_view::become(entry& x, node_state state, std::string_view reason,
                          moment now, cluster_effects& out) {
  HORDE_ASSERT(state != node_state::up || x.node.link != 0);
  is_stirred_ = true;
  x.node.state = state;
  x.node.since = now.wall;
  x.since = now.at;
  x.doubt.reset();
  if (state == node_state::suspect)
    x.doubt.emplace(x.beats ? x.beats->down_after() : cfg_.down_after,
                    x.beats ? x.beats->last_heard() : now.at, now.at);
  if (x.doubt && !x.was_up)
    x.doubt->ask_later();
  if (x.doubt)
    doubted_[x.node.who.name] = &x;
  else
    doubted_.erase(x.node.who.name);
  nodes_due_ = std::min(nodes_due_, forget_at(x));
  if (state == node_state::up)
    x.was_up = true;
  update_peers(x);
  if (state == node_state::suspect && !x.was_up)
    return; // we only heard of it: nothing changed for our subscribers
  out.push_back(
    announce{{state, x.node.who, x.node.at, std::string{reason}, now.wall}});
}

// -- queries -----------------------------------------------------------------

std::optional<failure> cluster_view::refusal_of(const node_id& peer,
                                                const endpoint& at) const {
  auto in_use = [&](const endpoint& by) {
    return failure{errc::name_in_use, "the node at " + to_string(by)
                                        + " is called '" + peer.name
                                        + "', too; each takes its own name"};
  };
  if (peer.name == self_.name)
    return in_use(self_at_);
  auto i = nodes_.find(peer.name);
  if (i == nodes_.end())
    return std::nullopt;
  const auto& x = i->second.node;
  if (peer.life < x.who.life)
    return failure{errc::superseded, "a newer incarnation of '" + peer.name
                                       + "' took its place, at "
                                       + to_string(x.at)};
  if (peer.life == x.who.life) {
    if (x.state != node_state::left)
      return std::nullopt;
    return failure{errc::refused,
                   "'" + peer.name + "' said goodbye; start it again"};
  }
  // Who listens where it did is no second one.
  auto is_there = x.state == node_state::up || x.state == node_state::suspect;
  return is_there && x.at != at ? std::optional{in_use(x.at)} : std::nullopt;
}

std::optional<incarnation>
cluster_view::newest_life(const std::string& name) const {
  auto i = nodes_.find(name);
  return i != nodes_.end() ? std::optional{i->second.node.who.life}
                           : std::nullopt;
}

std::vector<cluster_view::known_node> cluster_view::nodes() const {
  std::vector<known_node> result;
  result.reserve(nodes_.size());
  for (const auto& [name, x] : nodes_) {
    result.push_back(x.node);
    if (x.beats)
      result.back().round_trip = x.beats->round_trip();
  }
  return result;
}

const cluster_view::known_node* cluster_view::known(const node_id& who) const {
  auto x = find(who);
  return x ? &x->node : nullptr;
}

const cluster_view::known_node* cluster_view::known(link_id link) const {
  auto i = links_.find(link);
  return i != links_.end() ? &i->second->node : nullptr;
}

std::optional<node_state> cluster_view::state_of(const node_id& who) const {
  auto x = known(who);
  return x ? std::optional{x->state} : std::nullopt;
}

std::optional<link_id> cluster_view::link_to(const node_id& who) const {
  auto x = known(who);
  return x && x->link != 0 ? std::optional{x->link} : std::nullopt;
}

cluster_view::entry* cluster_view::find(const std::string& name) {
  auto i = nodes_.find(name);
  return i == nodes_.end() ? nullptr : &i->second;
}

const cluster_view::entry* cluster_view::find(const node_id& who) const {
  auto i = nodes_.find(who.name);
  return i == nodes_.end() || i->second.node.who != who ? nullptr : &i->second;
}

/// To be called when its link or its state changed.
void cluster_view::update_peers(const entry& x) {
  auto i = std::lower_bound(peers_.begin(), peers_.end(), x.node.who);
  auto was_there = i != peers_.end() && *i == x.node.who;
  auto is_there = x.node.link != 0 && x.node.state == node_state::up;
  if (was_there == is_there)
    return;
  if (is_there)
    peers_.insert(i, x.node.who);
  else
    peers_.erase(i);
  for (auto& [name, suspect] : doubted_)
    suspect->doubt->peers_changed();
}

} // namespace horde::membership
