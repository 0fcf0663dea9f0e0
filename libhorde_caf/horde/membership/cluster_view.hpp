// SPDX-License-Identifier: MIT
//
// Every decision a node makes about other nodes: whom to dial and when, who is
// up, suspect, down or left, whom to introduce to whom. A pure machine; the
// node actor performs its effects.
//
// A closed link makes its node suspect at once, and so does a link on which
// nothing is heard for `suspect_after` (`pulse.hpp`). We ask everybody else
// whether they still reach it, and redial it if its link is closed. It is down
// as soon as its host refused the redial and nobody asked still reaches it, at
// the latest when nobody heard of it for `down_after`. While some up peer
// reports that it reaches the node, one bad link is not death: it stays
// suspect. See `suspicion.hpp` for the rule and its bounds. A suspect that is
// heard again on its link is up again. Whoever stops to reach a node tells all
// its peers; whoever begins to, those who asked, so that what they were told
// stays true.
//
// Who did not run for a while (a stopped process, a machine without time for
// us) could hear nobody: that time does not count.
//
// Connecting two nodes connects their clusters (full mesh by introduction).
// Whoever links a node that it had not heard of tells it of all others, and all
// others of it. Whoever links one that it had heard of tells only
// `rumour_fanout` of them, at random, or joining a mesh would cost a message
// for each pair of nodes (docs/scale.md). Some may be missed by that, so each
// then compares what it knows with a few others, also at random. A node that we
// only heard of counts as suspect until it is linked, without an
// event: if it turns out to be dead, it becomes down, with an event, so that a
// newcomer knows whose entries are stale. So the first event of a node is `up`,
// `down` or `left`, and `suspect` only follows `up`.
//
// A down node is dialled on, ever more slowly, so that it is found when it
// returns (the same incarnation is then up again). A node that left is not, and
// this incarnation is never up again; its address, if somebody suggested it, is
// dialled every `redial_at_most` once its link is gone, as its next incarnation
// may come there. Down and left nodes are forgotten after a long time.
//
// Nodes are known by name. Of two live nodes with one name the second is
// refused: until the first is down, or somebody else has taken over the very
// address of the first. Then the newer incarnation supersedes the older, which
// is down from then on, never up again, and told so if it returns. Where
// different views let both in, the newer one wins. A link proves an
// incarnation; hearsay counts only against an incarnation that we have no link
// to. Hearsay about our own name is ignored, and so is news from a node without
// a link.
//
// Every handler may be called twice or late: links and dials that are not known
// any more are ignored, news that changes nothing has no effect.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "horde/membership/cluster_config.hpp"
#include "horde/membership/connection_plan.hpp"
#include "horde/membership/node_state.hpp"
#include "horde/membership/pulse.hpp"
#include "horde/membership/suspicion.hpp"

namespace horde::membership {

/// A connection that passed the front door; unique in this process.
using link_id = std::uint64_t;

// -- effects -----------------------------------------------------------------

/// Open a connection to `to`. Answered by `linked`, `dial_failed` or
/// `dial_redundant`; counted as failed after `dial_timeout` without an answer.
struct dial {
  endpoint to;
  friend bool operator==(const dial&, const dial&) = default;
};

/// Close this connection: its node is outdated, left or one too many. Nobody
/// else needs to be told, and `link_lost` for it changes nothing.
struct close_link {
  link_id link = 0;
  friend bool operator==(const close_link&, const close_link&) = default;
};

/// Tell `to` what we know of these nodes: introductions, and for suspects
/// whether we reach them (`state`).
struct tell_peer {
  node_id to;
  std::vector<peer_info> news;
  friend bool operator==(const tell_peer&, const tell_peer&) = default;
};

/// Ask `to` whether it reaches `whom`; it answers with `tell_peer`. Without a
/// name `whom` is a digest of all that we know: whoever knows otherwise answers
/// with all that it knows.
struct ask_peer {
  node_id to;
  node_id whom;
  friend bool operator==(const ask_peer&, const ask_peer&) = default;
};

/// Send a beat to `to` as a datagram, and over the link if `over_link`.
struct send_beat {
  node_id to;
  link_id link = 0;
  beat what;
  bool over_link = false;
  friend bool operator==(const send_beat&, const send_beat&) = default;
};

/// Tell our subscribers.
struct announce {
  node_event event;
  friend bool operator==(const announce&, const announce&) = default;
};

using cluster_effect =
  std::variant<dial, close_link, tell_peer, ask_peer, send_beat, announce>;
using cluster_effects = std::vector<cluster_effect>;

// -- the machine -------------------------------------------------------------

class cluster_view {
public:
  /// `self_at` is the address that others are told for us.
  cluster_view(node_id self, endpoint self_at, cluster_config cfg,
               std::uint64_t seed);

  // -- events ----------------------------------------------------------------

  /// Somebody suggests that a node is at `to`: seeds, formation, users. Dialled
  /// until a node there is linked, and again whenever none is. Only ever adds,
  /// up to `max_endpoints`. Ends for good when we are found to be there.
  cluster_effects connect(const endpoint& to, moment now);

  /// Takes `connect` back: who suggested `to` says that no node is there any
  /// more. The node there, if it is down, now or later, has left. One that is
  /// up is not cut off.
  cluster_effects withdraw(const endpoint& to, moment now);

  /// A connection to `peer` passed the front door: it lives. What has to be
  /// said before messages flow may be late by seconds where packets get lost,
  /// so beats begin now.
  cluster_effects linking(link_id link, const node_id& peer, moment now);

  /// A connection to `peer`, which listens at `at`, is ready for messages. May
  /// replace an older connection to the same incarnation, which whoever decided
  /// on the replacement closes. `dialled`: the dial that this answers, if any;
  /// matters when its address is not spelled like `at`.
  cluster_effects linked(link_id link, const node_id& peer, const endpoint& at,
                         moment now,
                         const std::optional<endpoint>& dialled = std::nullopt);

  /// No-op for a link that was replaced or closed by us before.
  cluster_effects link_lost(link_id link, moment now);

  /// A beat of the node on that link, `linking` or `linked`, came as a datagram
  /// or over the link.
  cluster_effects heard_beat(link_id link, const beat& x, bool by_datagram,
                             moment now);

  /// Bytes last came in over that link at this time. To be said before `tick`.
  void heard_link(link_id link, instant at);

  /// `refused_by_host`: the host is there and nobody listens.
  cluster_effects dial_failed(const endpoint& to, bool refused_by_host,
                              moment now);

  /// The node at `to` is linked already, or is ourselves.
  cluster_effects dial_redundant(const endpoint& to, const node_id& peer,
                                 moment now);

  /// `from` tells what it knows of others.
  cluster_effects heard(const node_id& from, const std::vector<peer_info>& news,
                        moment now);

  /// `from` asks whether we reach `whom`, or know what it does.
  cluster_effects asked(const node_id& from, const node_id& whom, moment now);

  /// `who` says goodbye.
  cluster_effects heard_goodbye(const node_id& who, moment now);

  /// Redials, dial time-outs, suspects whose time is over.
  cluster_effects tick(moment now);

  /// When `tick` wants to be called next. Later than the last event's time.
  instant wake_at() const;

  // -- queries ---------------------------------------------------------------

  /// Why `peer`, which listens at `at`, may not be linked: `name_in_use` (try
  /// again later), `superseded` or `refused` (this incarnation never again).
  /// `linked` closes its link.
  std::optional<failure> refusal_of(const node_id& peer,
                                    const endpoint& at) const;

  /// The newest incarnation known of that name.
  std::optional<incarnation> newest_life(const std::string& name) const;

  struct known_node {
    node_id who;
    endpoint at;
    node_state state{};
    link_id link = 0;         ///< 0: none
    wall_time since{};        ///< of the state
    wall_time last_contact{}; ///< when it was last heard
    /// Of a datagram; nothing if not linked, or none was confirmed yet.
    std::optional<duration> round_trip{};
  };

  /// All nodes known but ourselves, by name: the newest incarnation of each.
  std::vector<known_node> nodes() const;

  /// This very incarnation, without its round trip. Null if we never heard of
  /// it. Valid until the next event.
  const known_node* known(const node_id& who) const;

  /// The same of the node on that link.
  const known_node* known(link_id link) const;

  /// What we know of this very incarnation. Nothing if we never heard of it.
  std::optional<node_state> state_of(const node_id& who) const;

  /// The open connection to this very incarnation, whatever its state.
  std::optional<link_id> link_to(const node_id& who) const;

  const node_id& self() const { return self_; }

private:
  struct entry {
    known_node node;
    bool was_up = false;         ///< our subscribers know of it
    bool is_withdrawn = false;   ///< left as soon as it is down
    instant since;               ///< of the state
    instant missed_from = never; ///< news since then may not have reached it
    instant linked_at;           ///< of the last link
    std::optional<instant> last_heard;
    std::optional<pulse> beats;     ///< while linked
    unsigned short_links = 0;       ///< links that broke early, in a row
    std::optional<suspicion> doubt; ///< while suspect
    std::set<std::string> doubters; ///< who asked whether we reach it
  };

  struct linking_peer {
    node_id peer;
    instant beat_at; ///< our next one
  };

  /// News of an incarnation that is newer than the one that is linked.
  struct heir {
    node_id from;
    peer_info news;
  };
  using heirs = std::map<std::string, heir>; ///< by name

  // The steps of the events.
  bool admits(const node_id& peer, const endpoint& at, moment now);
  entry& admit(const node_id& peer, const endpoint& at, moment now,
               cluster_effects& out);
  void supersede(entry& x, moment now, cluster_effects& out);
  void attach(entry& x, link_id link, const endpoint& at, moment now);
  void detach(entry& x, moment now);
  void drop_link(entry& x, moment now, cluster_effects& out);
  void hang_up(entry& x, moment now, cluster_effects& out);
  void note_contact(entry& x, moment now);
  void note_sign(const node_id& peer, moment now);
  void begin_suspicion(entry& x, std::string_view reason, moment now,
                       cluster_effects& out);
  void end_suspicion(entry& x, moment now, cluster_effects& out);
  void hear(const node_id& from, const peer_info& x, moment now,
            cluster_effects& out);
  heirs::iterator next_heir();
  void hear_of_heirs(moment now, cluster_effects& out);
  void hear_of_stranger(const node_id& from, const peer_info& x, moment now,
                        cluster_effects& out);
  void hear_of_known(const node_id& from, entry& e, const peer_info& x,
                     moment now, cluster_effects& out);
  void say_goodbye_for(entry& x, std::string_view reason, moment now,
                       cluster_effects& out);

  // What happens by itself; ends every event.
  cluster_effects settle(cluster_effects out, moment now);
  void notice_pause(moment now);
  void listen(moment now, cluster_effects& out);
  void speak(moment now, cluster_effects& out);
  static void beat_to(entry& x, moment now, cluster_effects& out);
  void judge_suspects(moment now, cluster_effects& out);
  void judge(entry& x, moment now, cluster_effects& out);
  void give_up(entry& x, std::string_view reason, moment now,
               cluster_effects& out);
  void compare(moment now, cluster_effects& out);
  void forget_old(moment now);
  instant forget_at(const entry& x) const;
  instant due_of(const entry& x) const;
  static instant verdict_due(const entry& x);
  std::vector<entry*> suspects();

  // The only function that changes a state.
  void become(entry& x, node_state state, std::string_view reason, moment now,
              cluster_effects& out);
  bool make_room(instant now);
  duration redial_wait(entry& x, instant now);

  // Telling others.
  void tell(const node_id& to, std::vector<peer_info> news,
            cluster_effects& out) const;
  void tell_all_but(const std::string& name, const peer_info& news,
                    cluster_effects& out) const;
  void spread(entry& x, const peer_info& news, cluster_effects& out);
  bool is_small() const;
  void begin_comparing(instant now);
  node_id digest() const;
  static peer_info info_of(const entry& x, moment now);
  std::vector<peer_info> all_but(const std::string& name, moment now) const;
  std::vector<peer_info> missed_by(const entry& x, moment now) const;

  entry* find(const std::string& name);
  const entry* find(const node_id& who) const;
  void update_peers(const entry& x);

  node_id self_;
  endpoint self_at_;
  cluster_config cfg_;
  connection_plan plan_;
  random_engine rng_;
  std::map<std::string, entry> nodes_;    ///< by name, newest incarnation
  std::map<std::string, entry*> doubted_; ///< those with a `doubt`
  std::unordered_map<link_id, entry*> links_;
  std::map<link_id, linking_peer> linking_;
  heirs heirs_;                ///< of nodes known
  std::vector<node_id> peers_; ///< linked and up, sorted
  unsigned comparisons_ = 0;   ///< still to be made
  instant compare_at_ = never;
  bool is_stirred_ = false;   ///< something changed since the last `settle`
  instant nodes_due_ = never; ///< no node has to be looked at before
  instant due_ = never;       ///< nothing happens by itself before
};

} // namespace horde::membership
