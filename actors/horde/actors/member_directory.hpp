// SPDX-License-Identifier: MIT
//
// Which members run on which node, as one node knows it. Introduces the members
// of this node to those of others and to each other, and tells them when one
// cannot be talked to. Belongs to the node actor; not thread-safe.

#pragma once

#include <map>
#include <vector>

#include "horde/actors/protocol.hpp"

namespace horde::actors {

class member_directory {
public:
  explicit member_directory(node_id self) : self_(std::move(self)) {}

  /// A member of this node starts.
  void host(hosted_member x);

  /// It stopped.
  void unhost(replica_id who);

  /// What a linked peer runs now. Tells our members which came and which
  /// stopped for good.
  void peer_hosts(const node_id& peer, std::vector<hosted_member> hosts);

  /// Its members cannot be talked to, but may be back.
  void peer_unlinked(const incarnation& peer);

  /// It will not be back as it was.
  void peer_gone_for_good(const incarnation& peer);

  /// To every member of this node.
  template <class Message>
  void tell_hosted(const Message& x) const {
    for (const auto& member : hosted_)
      anon_tell(member.actor, x);
  }

  const std::vector<hosted_member>& hosted() const { return hosted_; }

  // As users know them: partitions are not hordes of their own.
  std::vector<hosted_member> hordes() const;

  std::vector<std::string> hordes_of(const incarnation& peer) const;

  /// Ours and those of peers that are linked or were a moment ago.
  std::vector<hosted_member> visible() const;

private:
  struct peer {
    node_id who;
    std::vector<hosted_member> hosts;
    bool linked = false;
  };

  node_id self_;
  std::vector<hosted_member> hosted_;
  std::map<incarnation, peer> peers_;
};

} // namespace horde::actors
