// SPDX-License-Identifier: MIT
//
// What the nodes of simulated registries hear of each other.

#include "support/sim_registries.hpp"

namespace horde::sim {

using namespace std::chrono_literals;

void sim_registries::everybody_reconsiders(std::size_t subject) {
  for (std::size_t i = 0; i < sites_.size(); ++i)
    if (i != subject && !sites_[i].name.empty())
      reconsider(i, subject);
}

/// The failure detector: what `observer` will hear of `subject` if things stay
/// as they are now.
void sim_registries::reconsider(std::size_t observer, std::size_t subject) {
  ++news_[{observer, subject}];
  const auto& s = sites_[subject];
  if (s.core && !severed_.contains({subject, observer})) {
    hear(observer, subject, node_state::up, up_to(100ms));
    return;
  }
  auto after = up_to(200ms);
  hear(observer, subject, node_state::suspect, after);
  hear(observer, subject, node_state::down, after + up_to(1s));
  if (s.left) // if not from itself, then from others
    hear(observer, subject, node_state::left, after + 1s + up_to(1s));
}

void sim_registries::hear(std::size_t observer, std::size_t subject,
                          node_state what, duration after) {
  auto generation = news_[{observer, subject}];
  at(now_ + after, [=, this] {
    auto& o = sites_[observer];
    if (!o.core || news_[{observer, subject}] != generation)
      return;
    o.checked.reset();
    if (what == node_state::up)
      heard_up(o, subject);
    else
      heard_loss(o, subject, what);
    finish(observer);
    if (cfg_.mode == member_mode::automatic)
      drive_members(observer);
  });
}

void sim_registries::heard_up(site& o, std::size_t subject) {
  const auto& s = sites_[subject];
  auto now = now_at(o);
  auto known = o.knows.find(subject);
  if (known != o.knows.end()) {
    auto& k = known->second;
    if (k.replica != s.replica)
      o.core->peer_down(k.replica, k.node == s.node, now);
    if (k.node != s.node)
      o.core->node_changed(k.node, node_state::down, now);
  }
  o.knows[subject] = {s.node, s.replica, node_state::up};
  o.core->node_changed(s.node, node_state::up, now);
  o.core->peer_up(member(subject), s.node, s.replica, now);
}

void sim_registries::heard_loss(site& o, std::size_t subject, node_state what) {
  const auto& s = sites_[subject];
  auto known = o.knows.find(subject);
  if (known != o.knows.end() && known->second.state < what) {
    auto& k = known->second;
    if (k.state == node_state::up)
      o.core->peer_down(k.replica, false, now_at(o));
    auto is_older = k.node != s.node; // which is over, however its node ended
    k.state = what == node_state::left && is_older ? node_state::down : what;
    o.core->node_changed(k.node, k.state, now_at(o));
  }
  if (s.core || what == node_state::suspect)
    return;
  o.core->node_changed(s.node, what, now_at(o)); // the newest life, from others
  o.knows.insert_or_assign(subject, acquaintance{s.node, s.replica, what});
}

/// What the node listener does: all that are there, and all that were and did
/// not say goodbye.
void sim_registries::drive_members(std::size_t node) {
  auto& x = sites_[node];
  std::set<member_id> before;
  for (const auto& m : x.core->roster().members())
    before.insert(m.who);
  auto next = before;
  for (std::size_t i = 0; i < sites_.size(); ++i) {
    auto known = x.knows.find(i);
    auto seen =
      known != x.knows.end() && known->second.state <= node_state::suspect;
    if (seen)
      next.insert(member(i));
    else if (i != node && sites_[i].left && known != x.knows.end()
             && known->second.state == node_state::left)
      next.erase(member(i));
  }
  if (next == before)
    return;
  x.core->set_members({next.begin(), next.end()}, now_at(x));
  finish(node);
}

} // namespace horde::sim
