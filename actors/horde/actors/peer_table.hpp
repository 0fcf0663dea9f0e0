// SPDX-License-Identifier: MIT
//
// The other members that one member could talk to, as its node tells: who fits,
// who may not join and why, and the handle of each. Not thread-safe: its owner
// holds a lock.

#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <caf/actor.hpp>

#include "horde/actors/protocol.hpp"
#include "horde/membership/roster.hpp"

namespace horde::actors {

class peer_table {
public:
  explicit peer_table(hosted_member self) : self_(std::move(self)) {}

  /// Takes note of a peer. Returns false if it is of another kind or has other
  /// settings; of our horde that is remembered in `refused`.
  bool add(peer_joined x);

  /// Returns true if it was linked.
  bool remove(replica_id who);

  /// Peers to link now: not linked yet, and of our horde, in our list, or known
  /// to list us.
  std::vector<peer_joined> take_linkable(const membership::roster& roster);

  /// We have a new id: all peers are to be linked anew.
  void unlink_all(replica_id renewed);

  /// A peer talked to us: it lists us. Returns false for strangers; what they
  /// say is kept for `take_early`.
  bool knocked(const peer_bytes& x);

  /// What this peer said before our node told us of it. The two come by
  /// different ways, so that is a matter of luck.
  std::vector<peer_bytes> take_early(replica_id who);

  /// Those that are linked.
  std::vector<caf::actor> linked() const;

  /// The same, with who they are.
  std::vector<hosted_member> linked_members() const;

  /// The static list does not name it.
  void refuse(replica_id who);

  /// The handle of a peer that was added; null for strangers.
  caf::actor handle(replica_id who) const;

  /// The peer on this very node that is linked. Null if there is none.
  caf::actor handle(const incarnation& node) const;

  const std::vector<std::string>& refused() const { return refused_; }

private:
  enum class link_state { waiting, linked, refused };

  struct peer {
    peer_joined data;
    link_state link = link_state::waiting;
    bool lists_us = false;
  };

  void note(std::string problem);

  hosted_member self_;
  std::unordered_map<replica_id, peer> peers_;
  std::vector<std::string> refused_;
  std::vector<peer_bytes> early_; ///< of strangers, oldest first
};

/// What `get_members` is answered with. `core`: the machine of a registry or a
/// supervisor.
template <class Core>
member_list list_of(const Core& core, const member_id& self, wall_time when,
                    const peer_table& peers) {
  return {core.roster().mode(),
          core.roster().report(core.replica()),
          self,
          when,
          core.has_quorum(),
          peers.refused()};
}

/// What a listener wants, and those who joined while it made its list.
horde::members merged_list(const drive_members& x,
                           const membership::roster& roster);

/// Why users may not set the members of this one.
failure members_are_automatic(const member_id& who);

} // namespace horde::actors
