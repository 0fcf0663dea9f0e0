// SPDX-License-Identifier: MIT
//
// The events of `cluster_view`; what follows from them by itself is in
// `cluster_view_settle.cpp`.

#include "horde/membership/cluster_view.hpp"

#include <algorithm>
#include <utility>

#include "horde/assert.hpp"

namespace horde::membership {

cluster_view::cluster_view(node_id self, endpoint self_at, cluster_config cfg,
                           std::uint64_t seed)
    : self_(std::move(self)), self_at_(std::move(self_at)), cfg_(cfg),
      plan_(self_at_, cfg, seed), rng_(~seed) {}

// -- links -------------------------------------------------------------------

cluster_effects cluster_view::connect(const endpoint& to, moment now) {
  if (!plan_.remember(to, now.at))
    return settle({}, now);
  is_stirred_ = true;
  for (auto& [name, x] : nodes_) {
    if (x.node.at != to)
      continue;
    x.is_withdrawn = false;
    if (x.node.link != 0)
      plan_.found(to, name, true, now.at);
  }
  return settle({}, now);
}

cluster_effects cluster_view::withdraw(const endpoint& to, moment now) {
  is_stirred_ = true;
  cluster_effects out;
  auto who = plan_.withdraw(to);
  for (auto& [name, x] : nodes_) {
    if (x.node.at != to && name != who)
      continue;
    x.is_withdrawn = true;
    if (x.node.state == node_state::down)
      say_goodbye_for(x, "withdrawn", now, out);
  }
  return settle(std::move(out), now);
}

cluster_effects cluster_view::linking(link_id link, const node_id& peer,
                                      moment now) {
  if (cfg_.heartbeat_interval > duration::zero() && !links_.contains(link))
    linking_.insert_or_assign(link, linking_peer{peer, now.at});
  nodes_due_ = now.at; // our beat
  note_sign(peer, now);
  return settle({}, now);
}

cluster_effects cluster_view::linked(link_id link, const node_id& peer,
                                     const endpoint& at, moment now,
                                     const std::optional<endpoint>& dialled) {
  HORDE_ASSERT(link != 0);
  is_stirred_ = true;
  linking_.erase(link);
  if (!admits(peer, at, now)) {
    plan_.failed(dialled.value_or(at), now.at);
    return settle({close_link{link}}, now);
  }
  cluster_effects out;
  auto is_introduced = std::as_const(*this).find(peer) != nullptr;
  auto& x = admit(peer, at, now, out);
  if (dialled && plan_.is_remembered(*dialled))
    x.is_withdrawn = false; // under another spelling
  attach(x, link, at, now);
  plan_.reached(peer.name, at, dialled);
  auto is_news = x.node.state != node_state::up || !x.was_up;
  if (is_news)
    become(x, node_state::up, x.was_up ? "reconnected" : "connected", now, out);
  // Also over a replacement: what was on its way on the old link may be lost.
  auto knows_most = is_introduced && is_news && !is_small();
  tell(peer, knows_most ? missed_by(x, now) : all_but(peer.name, now), out);
  if (is_news && is_introduced)
    spread(x, info_of(x, now), out);
  else if (is_news)
    tell_all_but(peer.name, info_of(x, now), out);
  if (is_news && !is_small())
    begin_comparing(now.at);
  beat_to(x, now, out);
  nodes_due_ = std::min(nodes_due_, due_of(x));
  return settle(std::move(out), now);
}

bool cluster_view::admits(const node_id& peer, const endpoint& at, moment now) {
  if (refusal_of(peer, at))
    return false;
  return nodes_.contains(peer.name) || make_room(now.at);
}

cluster_view::entry& cluster_view::admit(const node_id& peer,
                                         const endpoint& at, moment now,
                                         cluster_effects& out) {
  auto [i, is_new] = nodes_.try_emplace(peer.name);
  auto& x = i->second;
  if (!is_new && x.node.who == peer)
    return x;
  if (!is_new)
    supersede(x, now, out);
  x = {};
  x.node.who = peer;
  x.node.at = at;
  return x;
}

void cluster_view::supersede(entry& x, moment now, cluster_effects& out) {
  drop_link(x, now, out);
  if (x.node.state == node_state::up || x.node.state == node_state::suspect)
    become(x, node_state::down, "superseded", now, out);
  plan_.forget(x.node.who.name, now.at);
  nodes_due_ = now.at; // it need not be forgotten any more
}

void cluster_view::attach(entry& x, link_id link, const endpoint& at,
                          moment now) {
  links_.erase(x.node.link);
  links_[link] = &x;
  update_peers(x);
  x.node.link = link;
  x.node.at = at;
  x.linked_at = now.at;
  x.beats.emplace(cfg_, now.at);
  note_contact(x, now);
}

cluster_effects cluster_view::link_lost(link_id link, moment now) {
  linking_.erase(link);
  auto i = links_.find(link);
  if (i == links_.end())
    return settle({}, now);
  is_stirred_ = true;
  cluster_effects out;
  auto& x = *i->second;
  if (x.node.state == node_state::up)
    note_contact(x, now); // it was not silent until now
  detach(x, now);
  if (x.node.state == node_state::left) {
    plan_.left(x.node.who.name, now.at);
    return settle({}, now);
  }
  plan_.seek(x.node.who.name, x.node.at, now.at + redial_wait(x, now.at));
  if (x.node.state == node_state::up)
    begin_suspicion(x, "connection closed", now, out);
  return settle(std::move(out), now);
}

/// We give the link up; whoever is there is found by a new one.
void cluster_view::hang_up(entry& x, moment now, cluster_effects& out) {
  drop_link(x, now, out);
  plan_.seek(x.node.who.name, x.node.at, now.at + redial_wait(x, now.at));
}

void cluster_view::drop_link(entry& x, moment now, cluster_effects& out) {
  if (x.node.link == 0)
    return;
  out.push_back(close_link{x.node.link});
  detach(x, now);
}

void cluster_view::detach(entry& x, moment now) {
  links_.erase(x.node.link);
  x.node.link = 0;
  x.beats.reset();
  nodes_due_ = std::min(nodes_due_, forget_at(x));
  update_peers(x);
  // What it said of others was true as long as we could hear it.
  for (auto& [name, other] : doubted_)
    if (other->doubt->dismiss(x.node.who.name, now.at))
      plan_.hurry(name, now.at);
}

duration cluster_view::redial_wait(entry& x, instant now) {
  // At once, unless links to it break again and again soon after they opened.
  auto was_short = now - x.linked_at < cfg_.redial_at_most;
  x.short_links = was_short ? std::min(x.short_links + 1, 1000U) : 0;
  if (x.short_links <= cfg_.free_redials)
    return duration::zero();
  return plan_.delay(x.short_links - cfg_.free_redials);
}

void cluster_view::begin_suspicion(entry& x, std::string_view reason,
                                   moment now, cluster_effects& out) {
  become(x, node_state::suspect, reason, now, out);
  x.missed_from = now.at - cfg_.down_after; // it may not have heard us, either
  tell_all_but(x.node.who.name, info_of(x, now), out);
}

void cluster_view::end_suspicion(entry& x, moment now, cluster_effects& out) {
  become(x, node_state::up, "answers again", now, out);
  tell(x.node.who,
       is_small() ? all_but(x.node.who.name, now) : missed_by(x, now), out);
  spread(x, info_of(x, now), out);
}

// -- signs of life -----------------------------------------------------------

void cluster_view::note_contact(entry& x, moment now) {
  x.node.last_contact = now.wall;
  x.last_heard = now.at;
  if (x.beats)
    x.beats->heard_link(now.at);
  if (x.node.state == node_state::suspect)
    is_stirred_ = true;
}

/// Of somebody whose link is not ready, or not known to be.
void cluster_view::note_sign(const node_id& peer, moment now) {
  auto x = find(peer.name);
  if (!x || x->node.who != peer || !x->doubt)
    return;
  x->node.last_contact = now.wall;
  x->last_heard = now.at;
  x->doubt->heard(now.at);
}

cluster_effects cluster_view::heard_beat(link_id link, const beat& x,
                                         bool by_datagram, moment now) {
  auto i = links_.find(link);
  if (auto early = linking_.find(link); early != linking_.end())
    note_sign(early->second.peer, now);
  if (i == links_.end())
    return settle({}, now);
  auto& from = *i->second;
  from.beats->heard(x, by_datagram, now.at);
  note_contact(from, now);
  // It learns, so maybe sooner than before.
  nodes_due_ = std::min(nodes_due_, from.beats->silent_at());
  due_ = std::min(due_, nodes_due_);
  return settle({}, now);
}

void cluster_view::heard_link(link_id link, instant at) {
  if (auto i = links_.find(link); i != links_.end())
    i->second->beats->heard_link(at);
}

// -- dials -------------------------------------------------------------------

cluster_effects cluster_view::dial_failed(const endpoint& to,
                                          bool refused_by_host, moment now) {
  is_stirred_ = true;
  if (plan_.failed(to, now.at))
    for (auto& [name, x] : doubted_)
      if (x->node.at == to)
        x->doubt->redialled(refused_by_host);
  return settle({}, now);
}

cluster_effects cluster_view::dial_redundant(const endpoint& to,
                                             const node_id& peer, moment now) {
  is_stirred_ = true;
  auto x = find(peer.name);
  auto is_known = x != nullptr && x->node.who == peer;
  if (peer == self_)
    plan_.found_self(to);
  else
    plan_.found(to, peer.name, is_known && x->node.link != 0, now.at);
  if (is_known && plan_.is_remembered(to))
    x->is_withdrawn = false;
  return settle({}, now);
}

// -- news --------------------------------------------------------------------

cluster_effects cluster_view::heard(const node_id& from,
                                    const std::vector<peer_info>& news,
                                    moment now) {
  if (!link_to(from))
    return settle({}, now);
  note_contact(*find(from.name), now);
  cluster_effects out;
  auto count = std::min(news.size(), cfg_.max_nodes);
  for (std::size_t i = 0; i < count; ++i)
    hear(from, news[i], now, out);
  return settle(std::move(out), now);
}

void cluster_view::hear(const node_id& from, const peer_info& x, moment now,
                        cluster_effects& out) {
  if (x.who.name == self_.name || x.who.name == from.name)
    return; // each speaks for itself, by its link and its goodbye
  auto e = find(x.who.name);
  if (!e)
    return hear_of_stranger(from, x, now, out);
  if (x.who.life <= e->node.who.life)
    return hear_of_known(from, *e, x, now, out);
  if (x.at.port == 0)
    return;
  if (e->node.link != 0) { // a live link beats hearsay
    heirs_.insert_or_assign(x.who.name, heir{from, x});
    return;
  }
  if (x.state == node_state::left) // of interest to those who know the name
    return say_goodbye_for(admit(x.who, x.at, now, out),
                           "left, says " + from.name, now, out);
  supersede(*e, now, out);
  nodes_.erase(x.who.name);
  hear_of_stranger(from, x, now, out);
}

void cluster_view::hear_of_stranger(const node_id& from, const peer_info& x,
                                    moment now, cluster_effects& out) {
  auto is_gone = x.state == node_state::left;
  if (is_gone || x.who.name.empty() || x.at.port == 0 || !make_room(now.at))
    return;
  auto& e = admit(x.who, x.at, now, out);
  if (x.state == node_state::down) {
    give_up(e, "given up by " + from.name, now, out);
    plan_.seek(x.who.name, x.at, now.at + plan_.delay(1));
    return;
  }
  become(e, node_state::suspect, "not linked yet", now, out);
  e.doubt->report(from.name, x.state == node_state::up, std::nullopt, now.at);
  plan_.seek(x.who.name, x.at, now.at);
}

void cluster_view::hear_of_known(const node_id& from, entry& e,
                                 const peer_info& x, moment now,
                                 cluster_effects& out) {
  if (e.node.state == node_state::left) {
    if (x.state != node_state::left) // it missed the goodbye
      tell(from, {{e.node.who, e.node.at, node_state::left}}, out);
    return;
  }
  if (x.who.life < e.node.who.life)
    return;
  if (x.state == node_state::left && e.node.state == node_state::up)
    return; // its own goodbye is on its way, or its link ends and we ask
  if (x.state == node_state::left) {
    drop_link(e, now, out); // a goodbye that got lost in it
    return say_goodbye_for(e, "left, says " + from.name, now, out);
  }
  auto reaches = x.state == node_state::up;
  auto is_worth_a_dial = reaches && e.node.state == node_state::down;
  if (e.doubt) {
    auto was_held = e.doubt->is_held();
    auto is_new = reaches && e.doubt->said(from.name) != true;
    std::optional<instant> heard_at;
    if (!reaches && x.silent_for < now.at.time_since_epoch())
      heard_at = now.at - std::max(x.silent_for, duration::zero());
    is_worth_a_dial =
      e.doubt->report(from.name, reaches, heard_at, now.at) || is_new;
    is_stirred_ = is_stirred_ || !was_held || !e.doubt->is_held();
  }
  if (is_worth_a_dial && plan_.hurry(x.who.name, now.at))
    is_stirred_ = true;
}

cluster_effects cluster_view::asked(const node_id& from, const node_id& whom,
                                    moment now) {
  if (!link_to(from) || whom.name == self_.name)
    return settle({}, now);
  note_contact(*find(from.name), now);
  cluster_effects out;
  if (whom.name.empty()) {
    if (whom != digest())
      tell(from, all_but(from.name, now), out);
    return settle(std::move(out), now);
  }
  auto x = find(whom.name);
  if (x && x->node.who == whom)
    x->doubters.insert(from.name);
  if (!x || x->node.who.life < whom.life) // never heard of it: not reached
    tell(from, {{whom, {}, node_state::suspect}}, out);
  else if (x->node.who.life == whom.life)
    tell(from, {info_of(*x, now)}, out);
  else
    tell(from, {{whom, x->node.at, node_state::down}, info_of(*x, now)}, out);
  return settle(std::move(out), now);
}

cluster_effects cluster_view::heard_goodbye(const node_id& who, moment now) {
  cluster_effects out;
  auto x = find(who.name);
  if (x && x->node.who == who && x->node.state != node_state::left)
    say_goodbye_for(*x, "said goodbye", now, out);
  return settle(std::move(out), now);
}

void cluster_view::say_goodbye_for(entry& x, std::string_view reason,
                                   moment now, cluster_effects& out) {
  become(x, node_state::left, reason, now, out);
  if (x.node.link == 0)
    plan_.left(x.node.who.name, now.at);
  // Also if we only heard of it: we may have told others that it is down. Each
  // node tells once, so this ends.
  spread(x, {x.node.who, x.node.at, node_state::left}, out);
}

} // namespace horde::membership
