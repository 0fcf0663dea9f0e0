// SPDX-License-Identifier: MIT
//
// The distributed registry: find a process by name from anywhere in the
// cluster. The handle is a small value; copy it freely. All functions are
// thread-safe and may be called from actors and from plain threads; none waits
// for another node or for an actor. Actors that prefer messages send those of
// `messages.hpp` to `actor()`; both forms are one implementation.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/actor.hpp>
#include <caf/expected.hpp>
#include <caf/message.hpp>

#include "horde/actors/members_option.hpp"
#include "horde/actors/messages.hpp"
#include "horde/actors/node.hpp"

namespace horde {

namespace actors {
class registry_engine;
}

struct registry_options {
  std::string name{};
  members_option members = automatic;
  std::size_t max_name_bytes = 1024;
  std::size_t max_value_bytes = 128 * 1024;
  /// How long what departed members wrote is remembered. Who was cut off from
  /// the others for longer may find itself forgotten: it goes on as if it had
  /// just joined, with the processes that live on it. Takes 1 s or more.
  duration forget_after = std::chrono::hours{1};
};

class registry {
public:
  /// No registry; every call fails with `unknown_horde`.
  registry() = default;

  /// Starts this node's member. Fails with `bad_option`, naming the option.
  static caf::expected<registry> start(node& where, registry_options options);

  /// Gives `who`, a process of this node, a name; it goes when the process
  /// ends. Once this returns, every read on this node sees it. Fails with
  /// `already_registered` (also for the owner itself, value unchanged; R20),
  /// `not_a_member`, `too_large`, `unknown_type`.
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

  /// No-op unless `who` holds the name (unlike Horde, R27).
  void unregister(const caf::actor& who, const std::string& name);

  /// Never sends a message. Nothing if the name is free or its owner is down.
  std::optional<registration> lookup(const std::string& name) const;

  std::optional<pid> whereis(const std::string& name) const;

  /// What the name was registered with; `unknown_type` if this node does not
  /// know a type in it.
  caf::expected<caf::message> value_of(const registration& x) const;

  /// The names of a process, in no order.
  std::vector<std::string> keys(const pid& who) const;

  std::uint64_t count() const;

  /// At most `limit` names, in no order.
  std::vector<registration> list(std::size_t limit = 1000) const;

  /// Sends to the process with this name, wherever it runs; `sender` is kept,
  /// so that replies work. Fails with `not_found`.
  caf::expected<void> send_as(const caf::actor& sender, const std::string& name,
                              caf::message content) const;

  /// Sends without a sender.
  template <class... Ts>
  caf::expected<void> send(const std::string& name, Ts&&... xs) const {
    return send_as(nullptr, name, caf::make_message(std::forward<Ts>(xs)...));
  }

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
  const caf::actor& actor() const { return actor_; }

  const std::string& name() const { return name_; }

  explicit operator bool() const { return engine_ != nullptr; }

private:
  std::shared_ptr<actors::registry_engine> engine_;
  caf::actor actor_;
  std::string name_;
};

} // namespace horde
