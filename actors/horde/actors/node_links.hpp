// SPDX-License-Identifier: MIT
//
// The links of one node: which is the newest to each peer, where we dialled it,
// and who has said hello over it. Belongs to the node actor; not thread-safe.

#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include <caf/actor.hpp>

#include "horde/actors/door/events.hpp"
#include "horde/endpoint.hpp"
#include "horde/node_id.hpp"
#include "horde/time.hpp"

namespace horde::actors {

class node_links {
public:
  /// A linked node that said hello.
  struct peer {
    node_id who;
    caf::actor actor;
    link_id link = 0;
  };

  /// `dialed` is empty for peers that came in.
  void began(const incarnation& life, link_id link,
             std::optional<endpoint> dialed, instant now);

  void client_began(link_id link) { clients_.insert(link); }

  /// Returns true if that unlinks a peer that had said hello.
  bool ended(const incarnation& life, link_id link);

  /// Its hello came. Returns null if its link ended meanwhile.
  const peer* introduce(const node_id& who, const caf::actor& actor);

  /// Its newest link, with a hello or not.
  std::optional<link_id> newest(const incarnation& life) const;

  /// Its newest link if that began before `limit`, and no hello came.
  std::optional<link_id> mute_link(const incarnation& life,
                                   instant limit) const;

  /// Where we dialled this link.
  std::optional<endpoint> dialed(link_id link) const;

  const std::map<incarnation, peer>& peers() const { return peers_; }

  /// Null if it is not linked, or did not say hello yet.
  const peer* find(const incarnation& life) const;

  /// The newest to each peer, and those to clients.
  std::vector<link_id> all() const;

private:
  struct beginning {
    link_id link = 0;
    instant since;
  };

  std::map<incarnation, beginning> newest_;
  std::map<incarnation, peer> peers_;
  std::map<link_id, endpoint> dialed_;
  std::set<link_id> clients_;
};

} // namespace horde::actors
