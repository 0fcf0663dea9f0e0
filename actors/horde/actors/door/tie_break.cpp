// SPDX-License-Identifier: MIT

#include "horde/actors/door/tie_break.hpp"

#include <algorithm>

namespace horde::actors {

tie_break::decision tie_break::greeted(dial_id dial, const node_id& peer,
                                       peer_role role) {
  if (peer.life == self_.life)
    return {verdict::self, std::nullopt};
  if (auto link = link_to(peer))
    return {verdict::redundant, link};
  if (under_way_.contains(peer.life))
    return {verdict::redundant, std::nullopt};
  if (auto x = judge_name(peer, role); x != verdict::ok)
    return {x, std::nullopt};
  under_way_.emplace(peer.life, dial);
  return {};
}

tie_break::decision tie_break::answered(dial_id dial, const node_id& peer,
                                        peer_role role, link_id link) {
  gave_up(dial);
  if (auto x = judge_name(peer, role); x != verdict::ok) // since the greeting
    return {x, std::nullopt};
  // A link that is there nevertheless: the peer would not have said ok if it
  // still had it.
  return record(peer, role, link);
}

void tie_break::gave_up(dial_id dial) {
  std::erase_if(under_way_, [&](const auto& x) { return x.second == dial; });
}

tie_break::decision tie_break::arrived(const node_id& peer, peer_role role,
                                       mark since, link_id link) {
  if (peer.life == self_.life)
    return {verdict::self, std::nullopt};
  if (auto x = judge_name(peer, role); x != verdict::ok)
    return {x, std::nullopt};
  if (self_.life < peer.life) // the peer has decided before it sent its proof
    return record(peer, role, link);
  if (under_way_.contains(peer.life))
    return {verdict::redundant, std::nullopt};
  auto i = links_.find(peer.life);
  if (i != links_.end() && i->second.since > since)
    return {verdict::redundant, i->second.link};
  // A link from before our greeting: the peer had lost it when it answered,
  // else it would not have sent its proof.
  return record(peer, role, link);
}

std::optional<node_id> tie_break::lost(link_id link) {
  auto i = std::find_if(links_.begin(), links_.end(),
                        [&](const auto& x) { return x.second.link == link; });
  if (i == links_.end())
    return std::nullopt;
  auto result = std::move(i->second.peer);
  links_.erase(i);
  return result;
}

std::optional<link_id> tie_break::link_to(const node_id& peer) const {
  auto i = links_.find(peer.life);
  if (i == links_.end())
    return std::nullopt;
  return i->second.link;
}

/// Names are the members' own: a client may be called as it likes.
verdict tie_break::judge_name(const node_id& peer, peer_role role) const {
  if (role == peer_role::client)
    return verdict::ok;
  if (role_ == peer_role::member && peer.name == self_.name)
    return verdict::name_in_use; // which of us is right others say
  auto i = std::ranges::find_if(links_, [&](const auto& x) {
    const auto& other = x.second;
    return other.role == peer_role::member && other.peer.name == peer.name
           && other.peer.life != peer.life;
  });
  if (i == links_.end())
    return verdict::ok;
  return peer.life < i->first ? verdict::superseded : verdict::name_in_use;
}

tie_break::decision tie_break::record(const node_id& peer, peer_role role,
                                      link_id link) {
  auto stale = link_to(peer);
  links_[peer.life] = {link, peer, role, ++clock_};
  return {verdict::ok, stale};
}

} // namespace horde::actors
