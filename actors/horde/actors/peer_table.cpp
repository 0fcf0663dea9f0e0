// SPDX-License-Identifier: MIT

#include "horde/actors/peer_table.hpp"

#include <algorithm>
#include <iterator>

#include "horde/actors/log.hpp"

namespace horde::actors {

namespace {
/// The newest problems are enough.
constexpr std::size_t max_refused = 32;

/// What does not fit is lost, and sent again when it is not answered.
constexpr std::size_t max_early = 64;
constexpr std::size_t max_early_bytes = 16 * 1024;
} // namespace

bool peer_table::add(peer_joined x) {
  if (x.peer.replica == self_.replica)
    return false;
  if (x.peer.kind != self_.kind) {
    if (x.peer.who.horde == self_.who.horde)
      note(to_string(x.peer.who) + " is a " + to_string(x.peer.kind)
           + "; ours: a " + to_string(self_.kind));
    return false;
  }
  if (x.peer.settings != self_.settings) {
    if (x.peer.who.horde == self_.who.horde)
      note(to_string(x.peer.who) + " has other settings: " + x.peer.settings
           + "; ours: " + self_.settings);
    return false;
  }
  auto& slot = peers_[x.peer.replica];
  slot.data = std::move(x);
  return true;
}

bool peer_table::remove(replica_id who) {
  auto i = peers_.find(who);
  if (i == peers_.end())
    return false;
  auto was_linked = i->second.link == link_state::linked;
  peers_.erase(i);
  return was_linked;
}

std::vector<peer_joined>
peer_table::take_linkable(const membership::roster& roster) {
  std::vector<peer_joined> result;
  for (auto& [id, x] : peers_) {
    const auto& who = x.data.peer.who;
    if (x.link == link_state::waiting
        && (who.horde == self_.who.horde || x.lists_us
            || roster.find(who) != nullptr)) {
      x.link = link_state::linked;
      result.push_back(x.data);
    }
  }
  return result;
}

void peer_table::unlink_all(replica_id renewed) {
  self_.replica = renewed;
  for (auto& [id, x] : peers_)
    if (x.link == link_state::linked)
      x.link = link_state::waiting;
}

bool peer_table::knocked(const peer_bytes& x) {
  auto i = peers_.find(x.from);
  if (i == peers_.end()) {
    if (x.bytes.size() > max_early_bytes)
      return false;
    if (early_.size() == max_early)
      early_.erase(early_.begin());
    early_.push_back(x);
    return false;
  }
  if (i->second.link == link_state::refused)
    return false;
  i->second.lists_us = true;
  return true;
}

std::vector<peer_bytes> peer_table::take_early(replica_id who) {
  auto first = std::stable_partition(
    early_.begin(), early_.end(), [&](const auto& x) { return x.from != who; });
  std::vector<peer_bytes> result{std::make_move_iterator(first),
                                 std::make_move_iterator(early_.end())};
  early_.erase(first, early_.end());
  return result;
}

void peer_table::refuse(replica_id who) {
  auto i = peers_.find(who);
  if (i == peers_.end())
    return;
  i->second.link = link_state::refused;
  note(to_string(i->second.data.peer.who)
       + " is not in the static member list");
}

caf::actor peer_table::handle(replica_id who) const {
  auto i = peers_.find(who);
  return i != peers_.end() ? i->second.data.peer.actor : nullptr;
}

std::vector<caf::actor> peer_table::linked() const {
  std::vector<caf::actor> result;
  for (const auto& [id, x] : peers_)
    if (x.link == link_state::linked)
      result.push_back(x.data.peer.actor);
  return result;
}

std::vector<hosted_member> peer_table::linked_members() const {
  std::vector<hosted_member> result;
  for (const auto& [id, x] : peers_)
    if (x.link == link_state::linked)
      result.push_back(x.data.peer);
  return result;
}

caf::actor peer_table::handle(const incarnation& node) const {
  for (const auto& [id, x] : peers_)
    if (x.data.node.life == node && x.link == link_state::linked)
      return x.data.peer.actor;
  return nullptr;
}

horde::members merged_list(const drive_members& x,
                           const membership::roster& roster) {
  if (roster.mode() != member_mode::automatic)
    return x.list;
  auto contains = [](const horde::members& list, const member_id& who) {
    return std::find(list.begin(), list.end(), who) != list.end();
  };
  horde::members result;
  for (const auto& who : x.list)
    if (!contains(x.seen, who) || roster.find(who) != nullptr)
      result.push_back(who);
  for (const auto& now : roster.members())
    if (!contains(x.seen, now.who) && !contains(x.list, now.who))
      result.push_back(now.who);
  return result;
}

failure members_are_automatic(const member_id& who) {
  return {errc::bad_option,
          "the members of horde '" + who.horde
            + "' are automatic: every visible node that runs it; start it with "
              "dynamic members to set them"};
}

void peer_table::note(std::string problem) {
  if (std::find(refused_.begin(), refused_.end(), problem) != refused_.end())
    return;
  log().warn("member_refused horde={} why=\"{}\"", to_string(self_.who),
             problem);
  if (refused_.size() == max_refused)
    refused_.erase(refused_.begin());
  refused_.push_back(std::move(problem));
}

} // namespace horde::actors
