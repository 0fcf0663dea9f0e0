// SPDX-License-Identifier: MIT
//
// The distributed registry: find a process by name from anywhere in the
// cluster. The handle is a small value; copy it freely. All functions are
// thread-safe and may be called from actors and from plain threads; none waits
// for another node or for an actor. Actors that prefer messages send those of
// `messages.hpp` to `actor()`; both forms are one implementation.

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <caf/actor.hpp>
#include <caf/expected.hpp>
#include <caf/message.hpp>

#include "horde/actors/cluster_lock.hpp"
#include "horde/actors/conflict_policy.hpp"
#include "horde/actors/entry.hpp"
#include "horde/actors/members_option.hpp"
#include "horde/actors/messages.hpp"
#include "horde/actors/node.hpp"

namespace horde {

namespace actors {
class registry_parts;
}

struct registry_options {
  std::string name{};
  members_option members = automatic;
  // The same on all members, or they are refused.
  key_mode keys = key_mode::unique;
  conflict_policy conflicts = conflict_rule::last_wins;
  /// Names are divided among so many replicas, each with a lock and a thread of
  /// its own: for more writes at a time than one can take. Takes 1 to 64.
  std::size_t partitions = 1;
  std::size_t max_name_bytes = 1024;
  std::size_t max_value_bytes = 128 * 1024;
  /// How long what departed members wrote is remembered. Who was cut off from
  /// the others for longer may find itself forgotten: it goes on as if it had
  /// just joined, with the processes that live on it. Takes 1 s or more.
  duration forget_after = std::chrono::hours{1};
  /// No lease of a lock of the whole horde is longer. The same on all members;
  /// 1 s to 1 h. See docs/locks.md for who waits for so long.
  duration max_lease = std::chrono::seconds{30};
  /// Meta data that are written as soon as this is a member, each time a member
  /// starts (R7). See `registry::put_meta`.
  std::vector<std::pair<std::string, caf::message>> meta{};
};

class registry {
public:
  /// No registry; every call fails with `unknown_horde`.
  registry() = default;

  /// Starts this node's member. Fails with `bad_option`, naming the option.
  static caf::expected<registry> start(node& where, registry_options options);

  /// Ends this node's member, of all handles: its names go everywhere, their
  /// processes live on, and it leaves the horde. Reads find nothing then,
  /// writes fail with `shutting_down`; a registry of this name may be started
  /// here again. Not to be called by an actor. Fails with what hinders it
  /// within `limit`.
  caf::expected<void> stop(duration limit = std::chrono::seconds{5});

  /// Gives `who`, a process of this node, a name; it goes when the process
  /// ends. Once this returns, every read on this node sees it. Fails with
  /// `already_registered` (also for the owner itself, value unchanged; R20),
  /// `not_a_member`, `too_large`, `unknown_type`. With duplicate keys `who` is
  /// one entry more in the group of that name, also if it is in it already.
  caf::expected<void> register_name(const caf::actor& who,
                                    const std::string& name,
                                    const caf::message& value = {});

  /// The same for an actor that calls it for itself.
  template <class Self>
  requires requires(Self* x) { x->ctrl(); }
  caf::expected<void> register_name(Self* self, const std::string& name,
                                    const caf::message& value = {}) {
    return register_name(caf::actor_cast<caf::actor>(self), name, value);
  }

  /// No-op unless `who` holds the name (unlike Horde, R27). All its entries in
  /// a group.
  void unregister(const caf::actor& who, const std::string& name);

  /// The same if `f` says so of the value (R29). True: `who` had the name and
  /// has it no more. `f` may be asked again if the value changes meanwhile.
  bool unregister_match(const caf::actor& who, const std::string& name,
                        const std::function<bool(const caf::message&)>& f);

  /// Puts what `f` makes of the value in its place, atomically (unlike R39);
  /// the claim stays as old as it is. `f` runs here, and again if the value
  /// changes meanwhile; it may call the registry. Fails with `not_owner` unless
  /// `who` holds the name, `too_large`, `unknown_type`; then nothing changes.
  /// Fails with `refused` with duplicate keys.
  caf::expected<value_change>
  update_value(const caf::actor& who, const std::string& name,
               const std::function<caf::message(const caf::message&)>& f);

  /// The same for an actor that calls it for itself.
  template <class Self>
  requires requires(Self* x) { x->ctrl(); }
  caf::expected<value_change>
  update_value(Self* self, const std::string& name,
               const std::function<caf::message(const caf::message&)>& f) {
    return update_value(caf::actor_cast<caf::actor>(self), name, f);
  }

  /// Never sends a message. Nothing if the name is free or its owner is down.
  /// Any one of a group.
  std::optional<registration> lookup(const std::string& name) const;

  std::optional<pid> whereis(const std::string& name) const;

  /// How long ago this node last heard of the node of whoever has the name;
  /// zero for processes of this node. Beats come four times a second unless the
  /// settings say otherwise, so more than that is a reason to be careful. Never
  /// sends a message. Of a group: the longest. Fails with `not_found`, and
  /// `node_down` if only others have heard of it.
  caf::expected<duration> last_contact(const std::string& name) const;

  /// All entries of this name: those of a group.
  std::vector<registration> lookup_all(const std::string& name) const;

  /// What the name was registered with; `unknown_type` if this node does not
  /// know a type in it.
  caf::expected<caf::message> value_of(const registration& x) const;

  /// The names of a process, in no order; one for each entry.
  std::vector<std::string> keys(const pid& who) const;

  /// Entries that reads see.
  std::uint64_t count() const;

  /// At most `limit` entries, in no order.
  std::vector<registration> list(std::size_t limit = 1000) const;

  // What follows visits visible entries: those of owners that are down or no
  // members are left out. Each is seen whole, none twice, and none is missed
  // that was there throughout. `f` runs here; it may call the registry.

  using predicate = std::function<bool(const entry&)>;

  /// Those with this name of which `f` says so (R34). Names are compared byte
  /// by byte, none is a pattern.
  std::vector<registration> match(const std::string& name,
                                  const predicate& f) const;
  std::uint64_t count_match(const std::string& name, const predicate& f) const;

  /// Of all names, in no order (R36, R65).
  std::vector<registration> select(const predicate& f) const;
  std::uint64_t count_select(const predicate& f) const;

  /// What `who` holds the name with; nothing unless it does (R63).
  std::vector<registration> values(const std::string& name,
                                   const pid& who) const;

  /// Calls `f` with the entries of this name if there are any (R38). Returns
  /// how many.
  std::size_t dispatch(
    const std::string& name,
    const std::function<void(const std::vector<registration>&)>& f) const;

  /// Waits until `by` other members (`all_reachable`: all that this one can
  /// talk to) have applied all that was written here before: then reads there
  /// see it. Fails with `timeout`, which says how many have; the writes stay,
  /// and spread when they can. Not to be called by an actor: that sends
  /// `wait_for_acks`.
  caf::expected<void> wait_for_acks(std::uint32_t by, duration limit) const;

  /// Who has the name as soon as somebody has it; `timeout` after `limit`,
  /// `shutting_down` if the member stops. Not to be called by an actor: that
  /// sends `await_name`.
  caf::expected<registration> await(const std::string& name,
                                    duration limit) const;

  /// `who` gets `name_events` until it ends: the names there are, then each
  /// change with its cause, in order (R40). It is held weakly, and need not be
  /// on this node.
  void subscribe(const caf::actor& who) const;
  void unsubscribe(const caf::actor& who) const;

  /// The same for a function, which runs in a thread of its own, one call at a
  /// time, until the node stops.
  void subscribe(std::function<void(const name_events&)> f) const;

  /// Runs `f` here while nobody else on this node does under the same key, in
  /// the order of arrival, and answers with what it returns (R64). Keys of
  /// locks have nothing to do with names. Waits as long as it takes, so not for
  /// actors that others need. Also released if `f` throws. Fails with `refused`
  /// if this thread holds the key already: it would wait for ever.
  template <class F>
  auto lock(const std::string& key, F&& f) const
    -> caf::expected<std::invoke_result_t<F&>> {
    if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
      return run_locked(key, [&] { f(); });
    } else {
      std::optional<std::invoke_result_t<F&>> result;
      auto done = run_locked(key, [&] { result.emplace(f()); });
      if (!done)
        return std::move(done.error());
      return std::move(*result);
    }
  }

  /// A lock of the whole horde: granted by more than half of the members, for
  /// the time of a lease that is renewed while the guard lives. What it
  /// promises and how to use its token: docs/locks.md. Fails with `timeout`,
  /// `refused` if this member holds and waits for too many, `not_a_member`,
  /// `bad_option`, `too_large`, `shutting_down`. Not to be called by an actor:
  /// that sends `take_lock`.
  caf::expected<cluster_lock_guard>
  cluster_lock(const std::string& key, lock_options options = {}) const;

  // Groups: what follows is for duplicate keys, and works with unique ones.

  /// Sends to each entry of this name, wherever its process runs. Returns how
  /// many were sent to: all that can be reached now.
  template <class... Ts>
  caf::expected<std::size_t> publish(const std::string& name,
                                     Ts&&... xs) const {
    return publish_as(nullptr, name,
                      caf::make_message(std::forward<Ts>(xs)...));
  }

  /// The same to processes of this node only.
  template <class... Ts>
  caf::expected<std::size_t> publish_local(const std::string& name,
                                           Ts&&... xs) const {
    return publish_as(nullptr, name, caf::make_message(std::forward<Ts>(xs)...),
                      publish_scope::this_node);
  }

  /// `sender` is kept, so that replies work.
  caf::expected<std::size_t>
  publish_as(const caf::actor& sender, const std::string& name,
             caf::message content,
             publish_scope scope = publish_scope::everywhere) const;

  /// From all entries of a name, at least one, to the one that is meant.
  using chooser = std::function<std::size_t(const std::vector<registration>&)>;

  /// Sends to one entry of this name; an empty `choose` takes any. Fails with
  /// `not_found`, and `refused` if `choose` returns no index of an entry.
  caf::expected<void> send_to_one_as(const caf::actor& sender,
                                     const std::string& name,
                                     const chooser& choose,
                                     caf::message content) const;

  template <class... Ts>
  caf::expected<void> send_to_one(const std::string& name,
                                  const chooser& choose, Ts&&... xs) const {
    return send_to_one_as(nullptr, name, choose,
                          caf::make_message(std::forward<Ts>(xs)...));
  }

  // A name instead of an actor: with duplicate keys refused.

  /// Sends to the process with this name, wherever it runs; `sender` is kept,
  /// so that replies work. Fails with `not_found`.
  caf::expected<void> send_as(const caf::actor& sender, const std::string& name,
                              caf::message content) const;

  /// Sends without a sender.
  template <class... Ts>
  caf::expected<void> send(const std::string& name, Ts&&... xs) const {
    return send_as(nullptr, name, caf::make_message(std::forward<Ts>(xs)...));
  }

  /// Asks the process with this name, wherever it runs: chain `.then(...)` or,
  /// for scoped actors, `.receive(...)`. Fails with `not_found`, `node_down`,
  /// and as requests do.
  template <class Self, class... Ts>
  auto request(Self&& self, duration limit, const std::string& name,
               Ts&&... xs) const {
    return ask(self, actor(), limit,
               ask_name{name, caf::make_message(std::forward<Ts>(xs)...)});
  }

  /// Starts an actor under a name: `start` returns it, and is called only if
  /// the name is free. Who loses the name meanwhile gets an exit message
  /// before it has it. The answer is whoever has the name then.
  caf::expected<pid> spawn_registered(const std::string& name,
                                      const std::function<caf::actor()>& start,
                                      const caf::message& value = {});

  /// Meta data, kept by all members, also when the writer is gone; the latest
  /// write wins (R41). Seen by every read on this node once it returns. Fails
  /// with `not_a_member`, `too_large`, `unknown_type`.
  caf::expected<void> put_meta(const std::string& key,
                               const caf::message& value);
  caf::expected<void> delete_meta(const std::string& key);

  /// Never sends a message. Fails with `not_found`, `unknown_type`.
  caf::expected<caf::message> meta(const std::string& key) const;

  /// What there is, in the order of the keys, from the first that is not before
  /// `from`: at most `limit` and 4 MiB. Never sends a message.
  meta_list list_meta(std::uint64_t limit = 1000,
                      const std::string& from = {}) const;
  caf::expected<caf::message> value_of(const meta_entry& x) const;

  /// Dynamic hordes only; on one member for all.
  caf::expected<void> set_members(const members& list);

  member_list members() const;

  /// True once this member has quorum (see `wait_for_quorum` in
  /// member_messages.hpp for what that is); false after `limit`, and if the
  /// member stops. Not to be called by an actor: that sends the message.
  bool wait_for_quorum(duration limit) const;

  registry_status status() const;

  /// The pid of a process of this node.
  pid pid_of(const caf::actor& who) const;

  /// Takes every message of `messages.hpp` for members and registries.
  const caf::actor& actor() const { return actors_[0]; }

  /// The same, of the partition that has this name: faster for messages about
  /// it.
  const caf::actor& actor_of(const std::string& name) const;

  const std::string& name() const { return name_; }

  explicit operator bool() const { return parts_ != nullptr; }

private:
  caf::expected<void> run_locked(const std::string& key,
                                 const std::function<void()>& f) const;

  std::shared_ptr<actors::registry_parts> parts_;
  std::vector<caf::actor> actors_ = std::vector<caf::actor>(1);
  std::string name_;
};

/// A name where an actor is wanted (R24, R32). A value; copy it freely.
struct via {
  registry names;
  std::string name;

  /// Without a sender. Fails as `registry::send`.
  template <class... Ts>
  caf::expected<void> send(Ts&&... xs) const {
    return names.send(name, std::forward<Ts>(xs)...);
  }

  /// `self` is the sender, and gets what is replied.
  template <class Self, class... Ts>
  caf::expected<void> send_as(Self&& self, Ts&&... xs) const {
    return names.send_as(caf::actor_cast<caf::actor>(self), name,
                         caf::make_message(std::forward<Ts>(xs)...));
  }

  /// See `registry::request`.
  template <class Self, class... Ts>
  auto request(Self&& self, duration limit, Ts&&... xs) const {
    return names.request(self, limit, name, std::forward<Ts>(xs)...);
  }

  std::optional<pid> whereis() const { return names.whereis(name); }
};

} // namespace horde
