// SPDX-License-Identifier: MIT
//
// What users and tools send to a registry, and the answers.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <caf/message.hpp>

#include "horde/actors/member_messages.hpp"
#include "horde/actors/meta_messages.hpp"
#include "horde/actors/registration.hpp"
#include "horde/naming/rules.hpp"
#include "horde/pid.hpp"
#include "horde/sync/replica.hpp"

namespace horde {

/// Registers the sender. Answered with nothing; `already_registered` names the
/// owner, also when that is the sender (R20).
struct register_self {
  std::string name;
  caf::message value;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::register_self", field("name", x.name),
                       field("value", x.value));
  }
};

/// Registers a process of any member's node that the horde knows: one that has
/// a name already or is a supervised child.
struct register_pid {
  std::string name;
  horde::pid who;
  caf::message value;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::register_pid", field("name", x.name),
                       field("who", x.who), field("value", x.value));
  }
};

/// The sender gives up the name; no-op if it does not hold it (unlike R27).
struct unregister_self {
  std::string name;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::unregister_self", field("name", x.name));
  }
};

/// Replaces the value of a name that the sender has; its claim stays as old as
/// it is. Answered with `value_change`; fails with `not_owner`.
struct update_self {
  std::string name;
  caf::message value;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::update_self", field("name", x.name),
                       field("value", x.value));
  }
};

struct value_change {
  caf::message now;
  caf::message former;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::value_change", field("now", x.now),
                       field("former", x.former));
  }
};

/// Answered with `registration`, or `not_found`.
struct lookup_name {
  std::string name;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::lookup_name", field("name", x.name));
  }
};

/// Answered with `contact_age`; fails with `not_found`, and `node_down` if the
/// node of the owner was never heard of by the asked one.
struct get_last_contact {
  std::string name;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::get_last_contact", field("name", x.name));
  }
};

/// How long ago the asked node last heard of the node of whoever has the name;
/// zero if it is its own. Of a group: the longest.
struct contact_age {
  duration age{};
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::contact_age", field("age", x.age));
  }
};

/// Passes `content` on to the process with this name; the sender is kept, so
/// that replies work. Fails with `not_found`.
struct send_to_name {
  std::string name;
  caf::message content;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::send_to_name", field("name", x.name),
                       field("content", x.content));
  }
};

/// Asks the process with this name: `content` is passed on as a request, and
/// the process answers. Fails with `not_found`, `node_down`, or as requests do.
struct ask_name {
  std::string name;
  caf::message content;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::ask_name", field("name", x.name),
                       field("content", x.content));
  }
};

enum class publish_scope : std::uint8_t { everywhere, this_node };

constexpr const char* to_string(publish_scope x) {
  return x == publish_scope::everywhere ? "everywhere" : "this_node";
}

/// Sends `content` to each entry of this name; the sender is kept. Answered
/// with `published`.
struct publish_to {
  std::string name;
  caf::message content;
  publish_scope scope = publish_scope::everywhere;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::publish_to", field("name", x.name),
                       field("content", x.content), field("scope", x.scope));
  }
};

struct published {
  std::uint64_t count = 0; ///< entries that were sent to
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::published", field("count", x.count));
  }
};

/// Sends `content` to any one entry of this name. Fails with `not_found`.
struct send_to_any {
  std::string name;
  caf::message content;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::send_to_any", field("name", x.name),
                       field("content", x.content));
  }
};

/// Answered with `name_list`: the entries of this name, at most 4 MiB.
struct lookup_group {
  std::string name;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::lookup_group", field("name", x.name));
  }
};

/// Answered with `name_list`: names in no order, at most `limit` and 4 MiB.
struct list_names {
  std::uint64_t limit = 1000;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::list_names", field("limit", x.limit));
  }
};

struct name_list {
  std::uint64_t total = 0; ///< entries there are
  std::vector<registration> names;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::name_list", field("total", x.total),
                       field("names", x.names));
  }
};

/// The sender is told of names from now on, by `name_events`: first those there
/// are, in parts, then each change, in order. Ends with the sender.
struct subscribe_names {
  template <class Self>
  static auto fields(Self&) {
    return make_record("horde::subscribe_names");
  }
};

struct unsubscribe_names {
  template <class Self>
  static auto fields(Self&) {
    return make_record("horde::unsubscribe_names");
  }
};

enum class name_change : std::uint8_t { registered, unregistered };

constexpr const char* to_string(name_change x) {
  return x == name_change::registered ? "registered" : "unregistered";
}

/// Why, as far as the member knows that tells it.
enum class name_cause : std::uint8_t {
  claim,  ///< the process got the name
  update, ///< the process has it with another value
  member_up,
  exit,       ///< the process ended
  unregister, ///< it gave the name up, or its member left
  conflict,   ///< it lost the name to another process
  member_down,
  member_removed,
};

constexpr const char* to_string(name_cause x) {
  switch (x) {
  case name_cause::claim: return "claim";
  case name_cause::update: return "update";
  case name_cause::member_up: return "member_up";
  case name_cause::exit: return "exit";
  case name_cause::unregister: return "unregister";
  case name_cause::conflict: return "conflict";
  case name_cause::member_down: return "member_down";
  case name_cause::member_removed: return "member_removed";
  }
  return "???";
}

/// What reads of this member see from now on, or no more (R40).
struct name_event {
  name_change what{};
  name_cause cause{};
  registration entry;
  friend bool operator==(const name_event&, const name_event&) = default;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::name_event", field("what", x.what),
                       field("cause", x.cause), field("entry", x.entry));
  }
};

struct name_events {
  std::string registry;
  std::vector<name_event> events;
  bool is_snapshot = false; ///< names that are there already
  bool is_last = false;     ///< of the snapshot; changes follow
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::name_events", field("registry", x.registry),
                       field("events", x.events),
                       field("is_snapshot", x.is_snapshot),
                       field("is_last", x.is_last));
  }
};

/// Answered with `registration` as soon as somebody has the name; fails with
/// `timeout` after `limit`.
struct await_name {
  std::string name;
  duration limit = std::chrono::seconds{5};
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::await_name", field("name", x.name),
                       field("limit", x.limit));
  }
};

/// Of `wait_for_acks`: all members that this one can talk to.
inline constexpr std::uint32_t all_reachable = 0xffff'ffff;

/// Answered with nothing as soon as `by` other members have applied all that
/// was written at the asked member before: then reads there see it. Fails with
/// `timeout`, which says how many have; the writes stay, and spread when they
/// can.
struct wait_for_acks {
  std::uint32_t by = 1;
  duration limit = std::chrono::seconds{5};
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::wait_for_acks", field("by", x.by),
                       field("limit", x.limit));
  }
};

/// The exit reason text of a process that lost its name to another (R51). The
/// reason's code is `errc::name_conflict`; this is its first context element.
struct name_conflict {
  std::string name;
  std::string value; ///< the loser's, as bytes
  std::string registry;
  horde::pid winner;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::name_conflict", field("name", x.name),
                       field("value", x.value), field("registry", x.registry),
                       field("winner", x.winner));
  }
};

struct registry_status {
  member_id self;
  member_mode mode{};
  std::vector<member_info> members;
  key_mode keys{};
  conflict_rule conflicts{};
  std::uint64_t partitions = 1;     ///< `sync` is of all of them together
  std::uint64_t names = 0;          ///< entries that reads here see
  std::uint64_t local_names = 0;    ///< of processes of this node
  std::vector<std::string> refused; ///< who may not join and why
  sync::statistics sync;
  template <class Self>
  static auto fields(Self& x) {
    return make_record(
      "horde::registry_status", field("self", x.self), field("mode", x.mode),
      field("members", x.members), field("keys", x.keys),
      field("conflicts", x.conflicts), field("partitions", x.partitions),
      field("names", x.names), field("local_names", x.local_names),
      field("refused", x.refused), field("sync", x.sync));
  }
};

} // namespace horde
