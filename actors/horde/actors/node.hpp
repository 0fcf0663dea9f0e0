// SPDX-License-Identifier: MIT
//
// A node: this actor system as a part of a cluster. Listens, joins, finds out
// who else is there and tells. Start one before any horde; stop it (or let its
// last handle go) before the actor system ends.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/expected.hpp>

#include "horde/actors/child_types.hpp"
#include "horde/actors/formation/strategy.hpp"
#include "horde/actors/messages.hpp"
#include "horde/actors/transport.hpp"
#include "horde/member_traits.hpp"
#include "horde/membership/cluster_config.hpp"

namespace horde {

namespace actors {
struct node_context;
}

/// Plain settings; `config` (see config.hpp) fills them from a file and the
/// command line.
struct node_settings {
  std::string cluster = "horde"; ///< nodes of other clusters are refused
  std::string name{};            ///< unique in the cluster; empty: host:port
  endpoint listen{"127.0.0.1", 0};
  std::string
    advertise{};        ///< host others reach us at; empty: the listening one
  std::string secret{}; ///< the same on all nodes; may be empty on loopback
  /// Others may use these too, while keys rotate; we never do.
  std::vector<std::string> accepted_secrets{};
  /// The same on all nodes; see docs/security.md.
  horde::transport transport = horde::transport::tls;
  certificate_files certificates{}; ///< none: TLS is keyed by the secret
  std::vector<endpoint> seeds{};    ///< nodes to connect to, tried for ever
  /// How other nodes are found, see docs/formation; each by its own name.
  std::vector<topology> formation{};
  horde::child_types child_types{};
  /// What children may ask for, such as `ssd` or `zone=a`; see
  /// docs/placement.md.
  std::vector<std::string> labels{};
  /// Percent of the children of a usual node, 1 to 1000.
  std::uint32_t weight = usual_weight;
  membership::cluster_config timing{};
  duration handshake_timeout = std::chrono::seconds{3};
  /// Bytes that wait to be sent to one node; beyond, its link closes as
  /// `too_slow`, instead of filling our memory. 16 MiB (the longest message) or
  /// more.
  std::uint64_t max_unsent = 64 * 1024 * 1024;
  /// Off only in tests with virtual time.
  bool own_threads = true;
};

class node {
public:
  /// No node: nothing can be started on it.
  node() = default;

  /// Listens and joins; returns once it listens, not once others are found.
  /// Fails with `bad_option`, `cannot_listen`.
  /// Requires: `sys` has the middleman loaded, with `middleman.workers` = 0
  /// (see `horde::config`), and outlives the node.
  static caf::expected<node> start(caf::actor_system& sys,
                                   node_settings settings);

  /// Hands the children over, for at most `limit`, kills those that are left,
  /// withdraws and says goodbye (a few seconds at most, if peers or factories
  /// hang). Also of all other handles of this node. Not to be called by an
  /// actor.
  void stop(duration limit = std::chrono::seconds{10});

  const node_id& id() const;

  /// Where it listens.
  const endpoint& at() const;

  node_status status() const;

  /// `who` gets `node_event`s until it ends: first those known, then changes.
  void subscribe(const caf::actor& who);

  /// The same by calls of `f`, one at a time, in a thread of their own, until
  /// the node has stopped. `f` must not stop it.
  void subscribe(std::function<void(const node_event&)> f);

  /// The same for what happens in cluster formation: `formation_event`s, from
  /// now on.
  void subscribe_formation(const caf::actor& who);
  void subscribe_formation(std::function<void(const formation_event&)> f);

  /// Looks for nodes now, by this topology; empty: by all.
  void refresh_formation(const std::string& topology = {});

  /// From now on: the first one is what we prove ourselves with, callers may
  /// use any of them. Links that exist stay. From any thread. Fails with
  /// `bad_option`; a node that started without a secret takes none.
  caf::expected<void> set_secrets(std::vector<std::string> secrets);

  /// Suggests that a node is at `to`.
  void connect(const endpoint& to);

  /// True once `count` nodes are up, this one included; false after `limit`.
  /// Not to be called by an actor: that sends `wait_for_nodes`.
  bool wait_for_nodes(std::size_t count, duration limit);

  /// Takes every message of `messages.hpp` for nodes.
  const caf::actor& actor() const;

  /// For the library: what the node's members share, and how a member starts
  /// that stops with the node. Fails with `bad_option` if this node runs a
  /// horde of that name, with `shutting_down` if it has stopped.
  const std::shared_ptr<actors::node_context>& context() const;
  caf::expected<void> adopt(const std::string& horde,
                            const std::function<hosted_member()>& start);

  explicit operator bool() const { return impl_ != nullptr; }

private:
  struct impl;

  /// Null if the node has stopped.
  template <class Event>
  caf::actor spawn_reader(std::function<void(const Event&)> f);

  std::shared_ptr<impl> impl_;
};

} // namespace horde
