// SPDX-License-Identifier: MIT
//
// What supervisors say to each other beside the shared map: starts forwarded to
// the member that was chosen, their results, and leases. The first byte tells
// them from sync traffic, which goes unwrapped (its first byte is its version,
// far below). `decode_operation` takes hostile input.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "horde/codec.hpp"
#include "horde/scheduling/effects.hpp"
#include "horde/scheduling/lease_messages.hpp"
#include "horde/scheduling/records.hpp"

namespace horde::scheduling {

/// High bit: not a sync message. The rest is the version of these messages.
inline constexpr std::uint8_t operation_mark = 0x81;

/// A message of several operations: each as it would be alone, with its length.
inline constexpr std::uint8_t several_mark = 0x82;

constexpr bool is_operation(std::string_view bytes) {
  return !bytes.empty() && (static_cast<std::uint8_t>(bytes.front()) & 0x80);
}

/// "Start this, or tell me why not." `turn` counts the asker's choices, so that
/// the late answer of an earlier choice is known as such.
struct forwarded_start {
  request_id request;
  std::uint32_t turn = 0;
  std::uint32_t hops = 0; ///< how many more times it may be passed on
  duration time_left{};   ///< until the asker gives up
  supervision::child_spec spec;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::scheduling::forwarded_start",
                       field("request", x.request), field("turn", x.turn),
                       field("hops", x.hops), field("time_left", x.time_left),
                       field("spec", x.spec));
  }
};

struct start_reply {
  request_id request;
  std::uint32_t turn = 0;
  start_result result;
};

struct ordered_move {
  std::string id;
  member_id to;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::scheduling::ordered_move", field("id", x.id),
                       field("to", x.to));
  }
};

/// "Give these of your children to others." Not answered.
struct move_children {
  std::vector<ordered_move> moves;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::scheduling::move_children",
                       field("moves", x.moves));
  }
};

/// "Give me the state that you keep of this child." Answered with `kept_state`.
struct fetch_state {
  std::string id;
  std::uint64_t attempt = 0; ///< the start that it is of

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::scheduling::fetch_state", field("id", x.id),
                       field("attempt", x.attempt));
  }
};

struct kept_state {
  std::string id;
  std::uint64_t attempt = 0;
  bool is_there = false; ///< false: it is not kept any more
  std::string state;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::scheduling::kept_state", field("id", x.id),
                       field("attempt", x.attempt),
                       field("is_there", x.is_there), field("state", x.state));
  }
};

/// "My copy of this child ends, yours stays: give it this." Repeated until it
/// is answered with `merged`.
struct merge_state {
  std::string id;
  std::uint64_t attempt = 0; ///< of the copy that ends
  request_id started_by;
  std::string state;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::scheduling::merge_state", field("id", x.id),
                       field("attempt", x.attempt),
                       field("started_by", x.started_by),
                       field("state", x.state));
  }
};

struct merged {
  std::string id;
  std::uint64_t attempt = 0;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::scheduling::merged", field("id", x.id),
                       field("attempt", x.attempt));
  }
};

using operation =
  std::variant<forwarded_start, start_reply, move_children, fetch_state,
               kept_state, merge_state, merged, lease_request, lease_grant,
               fence_request, fence_reply>;

std::string encode_operation(const operation& x);

/// Nothing for bytes that are not exactly one operation of a known version.
std::optional<operation> decode_operation(std::string_view bytes);

/// Encoded operations for one member, in order, as few messages: each of at
/// most `max_message_bytes`, or of one operation that is longer.
std::vector<std::string> encode_messages(std::vector<std::string> operations);
inline constexpr std::size_t max_message_bytes = 16 * 1024;

/// Calls `f` with the bytes of each operation in a message, which are of no
/// sane one where it is malformed.
template <class F>
void visit_operations(std::string_view message, F f) {
  if (message.front() != static_cast<char>(several_mark))
    return f(message);
  reader in{message.substr(1)};
  do {
    f(in.bytes());
  } while (in.remaining() > 0);
}

} // namespace horde::scheduling
