// SPDX-License-Identifier: MIT
//
// The distributed registry as a pure machine. Commands and peer messages go in;
// `finish` ends a step and says what must be sent, shown to readers and done to
// processes. Only `settle` decides what a name means, for local and remote
// changes alike.
//
// The owner of a name is the member on whose node the process runs; it alone
// writes and removes the entry. Two live owners meet as two versions of one
// key: the later claim stamp wins (then the larger replica id) unless another
// rule was chosen, and the loser's member, and only it, withdraws its entry and
// evicts the process (R50-R53). With duplicate keys each entry has a key of its
// own, so that there are no conflicts.
//
// Entries of owners that are down stay in the map, hidden; whoever takes such a
// name puts its entry beside the hidden one (unlike Horde, R55). Entries of
// departed owners are erased by one member, the janitor: those in its map by a
// sweep in bounded steps, those that arrive later as they come.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "horde/errc.hpp"
#include "horde/membership/quorum.hpp"
#include "horde/membership/roster.hpp"
#include "horde/naming/claims.hpp"
#include "horde/naming/lock_config.hpp"
#include "horde/naming/name_entry.hpp"
#include "horde/naming/rules.hpp"
#include "horde/pid.hpp"
#include "horde/sync/replica.hpp"

namespace horde::naming {

// -- effects -----------------------------------------------------------------

/// Report the end of this process with `process_ended`. Asked once, when it
/// gets its first name.
struct watch {
  std::uint64_t actor = 0;
  friend bool operator==(const watch&, const watch&) = default;
};

/// It holds no name any more.
struct unwatch {
  std::uint64_t actor = 0;
  friend bool operator==(const unwatch&, const unwatch&) = default;
};

/// What readers see under `name` from now on, while `owner` is visible. With
/// duplicate keys `duplicate_bytes` follow the name, which tell the entry from
/// others with that name.
struct show {
  std::string name;
  replica_id owner{};
  name_entry entry;
  friend bool operator==(const show&, const show&) = default;
};

/// Readers find nothing under `name` from now on; see `show`.
struct hide {
  std::string name;
  friend bool operator==(const hide&, const hide&) = default;
};

/// What readers see under a key of meta data from now on.
struct show_meta {
  std::string key;
  std::optional<std::string> value; ///< nothing: there is none
  friend bool operator==(const show_meta&, const show_meta&) = default;
};

/// Readers see or do not see all entries of this owner; `suspect` marks them.
struct show_owner {
  replica_id owner{};
  member_id who;
  incarnation life; ///< of its node
  bool visible = false;
  bool suspect = false;
  friend bool operator==(const show_owner&, const show_owner&) = default;
};

/// A process of this node lost a name to another owner: tell it by exit reason.
struct evict {
  std::uint64_t actor = 0;
  std::string name;
  std::string value; ///< the loser's
  horde::pid winner;
  friend bool operator==(const evict&, const evict&) = default;
};

/// Ask the conflict function which of two claims stays, and tell by `decided`.
/// Asked by one member only.
struct decide {
  std::string name;
  claim_id ours;
  claim_id theirs;
  name_entry our_entry;
  name_entry their_entry;
  friend bool operator==(const decide&, const decide&) = default;
};

/// Bytes for another member.
struct send {
  replica_id to{};
  std::shared_ptr<const std::string> bytes;
  friend bool operator==(const send&, const send&) = default;
};

/// This member was taken for dead, and writes under a new id from now on. All
/// its peers must be made known to it again, and it to them.
struct renewed {
  replica_id id{};
  friend bool operator==(const renewed&, const renewed&) = default;
};

using effect = std::variant<watch, unwatch, show, hide, show_meta, show_owner,
                            evict, decide, send, renewed>;
using effects = std::vector<effect>;

// -- answers -----------------------------------------------------------------

struct registered {
  friend bool operator==(const registered&, const registered&) = default;
};

struct already_registered {
  horde::pid by;
  std::string child{}; ///< that holds it, as in `name_entry`
  friend bool operator==(const already_registered&,
                         const already_registered&) = default;
};

using register_result = std::variant<registered, already_registered, failure>;

/// What a process has a name with. To change it safely, say which revision the
/// change was made from: no other value had the same.
struct held_value {
  std::string value;
  std::uint64_t revision = 0;
  friend bool operator==(const held_value&, const held_value&) = default;
};

// -- the machine -------------------------------------------------------------

/// Behind the name in the keys of duplicate entries.
constexpr std::size_t duplicate_bytes = 16;

struct config {
  membership::roster_config roster;
  sync::config sync;
  key_mode keys = key_mode::unique;
  conflict_rule conflicts = conflict_rule::last_wins;
  std::size_t max_name_bytes = 1024;
  std::size_t max_value_bytes = 128 * 1024;
  std::size_t max_erased_a_step = 1000; ///< keys that a step of a sweep visits
  /// Names with several owners that are looked at in one step when an owner
  /// comes or goes; the others follow in steps of their own.
  std::size_t max_settled_a_step = 256;
  /// For how long entries are kept whose owner never said who it is: it died
  /// in the middle of telling us.
  duration keep_strangers = std::chrono::minutes{1};
  /// Meta data that are written as soon as this is a member (R7).
  std::vector<std::pair<std::string, std::string>> meta{};
  lock_config locks{}; ///< of the whole horde; a machine of its own
};

/// What is wrong with the settings; names the option and what it takes.
std::optional<failure> validate(const config& cfg);

class registry {
public:
  registry(config cfg, replica_id self, std::uint64_t seed);

  // -- events: follow each by `finish` ---------------------------------------

  /// Call once, first.
  void start(moment now);

  /// Atomic: of several claims for one name exactly one is answered
  /// `registered`. Also for the owner itself `already_registered`, value
  /// unchanged (R20, R21). With duplicate keys always one entry more.
  /// `child`: see `name_entry`; takes the name from a copy on another member.
  register_result register_name(std::uint64_t actor, const std::string& name,
                                std::string value, moment now,
                                const std::string& child = {});

  /// A process is this child, or none: known only after it got names.
  void mark(std::uint64_t actor, const std::string& child);

  /// No-op unless `actor` holds `name` (unlike Horde, R27). With duplicate keys
  /// all its entries of that name go.
  void unregister(std::uint64_t actor, const std::string& name);

  /// Nothing unless `actor` holds `name`; more than one with duplicate keys
  /// only.
  std::vector<held_value> held(std::uint64_t actor,
                               const std::string& name) const;

  /// Puts `value` in the place of that revision of what `actor` holds `name`
  /// with (R39, but atomic). False: it holds it no more, or with another value.
  outcome<bool> update(std::uint64_t actor, const std::string& name,
                       std::uint64_t revision, std::string value);

  /// The same for giving it up (R29).
  bool unregister(std::uint64_t actor, const std::string& name,
                  std::uint64_t revision);

  /// Meta data, for all members; the latest write wins (R41). Refused on a node
  /// that is no member. An empty key is one, too.
  std::optional<failure> put_meta(const std::string& key,
                                  const std::string& value, moment now);
  std::optional<failure> delete_meta(const std::string& key);

  /// All names of a process of this node go, everywhere (R25), or so many of
  /// them: until it `holds_any` no more. Returns how many.
  std::size_t process_ended(std::uint64_t actor,
                            std::size_t at_most = std::size_t(-1));

  /// The answer to `decide`. `ours_stays`: else the other. Late answers are
  /// harmless.
  void decided(const decide& question, bool ours_stays, moment now);

  void receive(replica_id from, std::string_view bytes, moment now);
  /// Returns false for an outsider of a static list.
  bool peer_up(const member_id& who, const node_id& node, replica_id replica,
               moment now);
  void peer_down(replica_id replica, bool stopped, moment now);
  void node_changed(const node_id& who, node_state state, moment now);
  std::optional<failure> set_members(const members& list, moment now);

  /// Releases all names and withdraws from the horde. No command may follow;
  /// events may, until the others have heard of it.
  void leave(moment now);

  void tick(moment now);

  /// Ends a step.
  effects finish(moment now);

  /// When `tick` wants to be called next; in the past: at once, but behind what
  /// waits already.
  instant wake_at() const;

  // -- queries ---------------------------------------------------------------

  /// We are a member, and more than half of the members are there.
  bool has_quorum() const {
    return roster_.is_member() && membership::has_majority(roster_.members());
  }

  key_mode keys() const { return cfg_.keys; }
  conflict_rule conflicts() const { return cfg_.conflicts; }
  const membership::roster& roster() const { return roster_; }
  const sync::replica& replica() const { return replica_; }
  std::size_t local_names() const { return claims_.size(); }
  bool holds_any(std::uint64_t actor) const { return claims_.holds_any(actor); }
  /// What is shown under this name may not be what it should yet: an owner came
  /// or went.
  bool is_unsettled(const std::string& name) const;

private:
  struct reading {
    crdt::version_view version;
    name_entry entry;
  };
  /// Our own claim.
  std::optional<reading> own(crdt::key_table::versions versions) const;
  /// Of what owners that are visible, or those that are hidden, claim. What
  /// does not decode counts as not there, or it would hide the others.
  std::optional<reading> winner(crdt::key_table::versions versions,
                                bool visible) const;
  std::vector<reading> claims_on(crdt::key_table::versions versions,
                                 bool visible) const;
  static std::optional<reading> undefeated(std::vector<reading> claims);
  static reading latest_copy(reading of, std::vector<reading> claims);
  /// Requires: we are the owner, or it is visible.
  horde::pid pid_of(const reading& x) const;
  bool wins(const crdt::version_view& a, const crdt::version_view& b) const;

  void write_first_meta(moment now);
  std::optional<failure> check_member() const;
  std::string new_entry(const std::string& name);
  struct holding {
    std::string key;
    reading mine;
    std::uint64_t revision() const;
  };
  std::vector<holding> holdings(std::uint64_t actor,
                                const std::string& name) const;
  std::optional<holding> find(std::uint64_t actor, const std::string& name,
                              std::uint64_t revision) const;
  /// Visits the claims of a process with these hashes by `f(key, reading)`.
  template <class F>
  void visit_claims(std::uint64_t actor,
                    const std::vector<std::uint64_t>& hashes, F f) const;
  void read_changes(std::vector<std::string> keys, moment now);
  void read_meta(const std::string& key);
  void settle(std::string key, moment now);
  void settle_some(moment now);
  /// Gives up our own claim if another one wins. Returns true if it did.
  bool settle_claim(const std::string& key);
  bool settle_dispute(const std::string& key,
                      crdt::key_table::versions versions, claim_id ours);
  void lose(const std::string& key, const horde::pid& winner);
  void publish(std::string_view key, name_entry entry, crdt::stamp since);
  void release(const std::string& key);
  void release_all();
  void owners_changed(moment now);

  // Housekeeping for departed members.
  bool erase_departed(std::string_view key, moment now);
  bool is_departed(replica_id owner) const;
  void review_janitor();
  void review_strangers(moment now);
  void sweep(moment now);

  config cfg_;
  sync::replica replica_;
  membership::roster roster_;
  claims claims_;
  std::uint64_t registrations_ = 0; ///< that were asked for
  /// Of names that we claim, where a function decides.
  struct dispute {
    std::optional<claim_id> asked; ///< about whom the function is being asked
    std::vector<claim_id> beaten;
  };
  std::unordered_map<std::string, dispute> disputes_;
  std::unordered_map<replica_id, show_owner> visible_;
  std::set<std::string> contended_; ///< keys with several versions
  std::set<std::string> unsettled_; ///< those to look at again
  bool is_janitor_ = false;
  std::set<replica_id> departed_; ///< when the last sweep began
  /// Owners that are not known yet, and until when that is no reason to worry.
  std::map<replica_id, instant> strangers_;
  std::set<replica_id> forgotten_;        ///< strangers that this sweep erases
  std::optional<std::uint64_t> sweep_at_; ///< hash of the next key to look at
  bool roster_changed_ = false;
  effects pending_;
};

} // namespace horde::naming
