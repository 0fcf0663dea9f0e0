// SPDX-License-Identifier: MIT

#include "horde/actors/member_directory.hpp"

#include <algorithm>

#include "horde/actors/partition.hpp"
#include "horde/actors/type_ids.hpp"

namespace horde::actors {

namespace {

bool contains(const std::vector<hosted_member>& xs, replica_id who) {
  return std::any_of(xs.begin(), xs.end(),
                     [&](const auto& x) { return x.replica == who; });
}

} // namespace

void member_directory::host(hosted_member x) {
  for (const auto& [life, p] : peers_)
    if (p.linked)
      for (const auto& y : p.hosts)
        anon_tell(x.actor, peer_joined{y, p.who});
  for (const auto& y : hosted_) { // several members may live on one node
    anon_tell(x.actor, peer_joined{y, self_});
    anon_tell(y.actor, peer_joined{x, self_});
  }
  hosted_.push_back(std::move(x));
}

void member_directory::unhost(replica_id who) {
  std::erase_if(hosted_, [&](const auto& x) { return x.replica == who; });
  tell_hosted(peer_gone{who, true});
}

void member_directory::peer_hosts(const node_id& who,
                                  std::vector<hosted_member> hosts) {
  auto& p = peers_[who.life];
  auto relinked = !std::exchange(p.linked, true);
  auto before = std::exchange(p.hosts, std::move(hosts));
  p.who = who;
  for (const auto& x : before)
    if (!contains(p.hosts, x.replica))
      tell_hosted(peer_gone{x.replica, true});
  for (const auto& x : p.hosts)
    if (relinked || !contains(before, x.replica))
      tell_hosted(peer_joined{x, who});
}

void member_directory::peer_unlinked(const incarnation& life) {
  auto p = peers_.find(life);
  if (p == peers_.end() || !std::exchange(p->second.linked, false))
    return;
  for (const auto& x : p->second.hosts)
    tell_hosted(peer_gone{x.replica, false});
}

void member_directory::peer_gone_for_good(const incarnation& life) {
  peer_unlinked(life);
  peers_.erase(life);
}

std::vector<hosted_member> member_directory::visible() const {
  auto result = hosted_;
  for (const auto& [life, p] : peers_)
    result.insert(result.end(), p.hosts.begin(), p.hosts.end());
  return result;
}

std::vector<hosted_member> member_directory::hordes() const {
  auto result = hosted_;
  std::erase_if(result,
                [](const auto& x) { return is_partition(x.who.horde); });
  return result;
}

std::vector<std::string>
member_directory::hordes_of(const incarnation& life) const {
  std::vector<std::string> result;
  auto p = peers_.find(life);
  if (p != peers_.end())
    for (const auto& x : p->second.hosts)
      if (!is_partition(x.who.horde))
        result.push_back(x.who.horde);
  return result;
}

} // namespace horde::actors
