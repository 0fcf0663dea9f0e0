// SPDX-License-Identifier: MIT
//
// Decides which of several connections between two nodes lives. In: what one
// door knows about its links and its own dials. Out: a verdict for each new
// connection, and the stale link it takes over, if any.
//
// Between two nodes the one with the larger incarnation decides, the other
// follows; so two dials that cross end in exactly one link. Also refuses a
// second living node of the same name, and an old one once a newer is linked.

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "horde/actors/door/events.hpp"
#include "horde/actors/door/handshake.hpp"
#include "horde/node_id.hpp"

namespace horde::actors {

/// Names one own dial.
using dial_id = std::uint64_t;

class tie_break {
public:
  /// A point in the order of this door's events.
  using mark = std::uint64_t;

  struct decision {
    verdict what = verdict::ok;
    /// With `ok`: the stale link to the same peer, to be cut first. With
    /// `redundant`: the link that lives, if it is there already.
    std::optional<link_id> link;

    friend bool operator==(const decision&, const decision&) = default;
  };

  explicit tie_break(node_id self, peer_role role = peer_role::member)
      : self_(std::move(self)), role_(role) {}

  /// When a greeting goes out, to be given to `arrived` later.
  mark now() const { return clock_; }

  /// The dialed node has shown its greeting. With `ok` the dial counts as under
  /// way until `answered` or `gave_up`.
  decision greeted(dial_id dial, const node_id& peer, peer_role role);

  /// The dialed node said ok. With `ok` the link is recorded.
  decision answered(dial_id dial, const node_id& peer, peer_role role,
                    link_id link);

  /// A dial ended in any other way.
  void gave_up(dial_id dial);

  /// A caller has proven itself on a connection greeted at `since`. With `ok`
  /// the link is recorded.
  decision arrived(const node_id& peer, peer_role role, mark since,
                   link_id link);

  /// Returns whose link it was; nothing if it was unknown or taken over.
  std::optional<node_id> lost(link_id link);

  /// The living link to a node.
  std::optional<link_id> link_to(const node_id& peer) const;
  std::size_t links() const { return links_.size(); }

private:
  struct living {
    link_id link = 0;
    node_id peer;
    peer_role role = peer_role::member;
    mark since = 0;
  };

  /// `ok`, `name_in_use` or `superseded`.
  verdict judge_name(const node_id& peer, peer_role role) const;
  decision record(const node_id& peer, peer_role role, link_id link);

  node_id self_;
  peer_role role_;
  mark clock_ = 0;
  std::map<incarnation, living> links_;
  std::map<incarnation, dial_id> under_way_;
};

} // namespace horde::actors
