// SPDX-License-Identifier: MIT
//
// What members say to each other about locks of the whole horde, and its binary
// form. `list` is a hash of the member list that the sender goes by: what is
// said under another list does not count. A requester numbers its attempts, so
// a key need not be repeated in answers.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "horde/crdt/dot.hpp"
#include "horde/member_id.hpp"

namespace horde::naming {

namespace lock {

// -- a requester and the voters ----------------------------------------------

/// "I would have this key." `turn` orders those who wait; said again and again
/// while it waits.
struct ask {
  std::uint64_t list = 0;
  std::string key;
  std::uint64_t attempt = 0;
  std::uint64_t turn = 0;
  friend bool operator==(const ask&, const ask&) = default;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::naming::lock::ask", field("list", x.list),
                       field("key", x.key), field("attempt", x.attempt),
                       field("turn", x.turn));
  }
};

/// "It is kept for you." `number` is larger than every token that the voter has
/// seen.
struct promise {
  std::uint64_t list = 0;
  std::uint64_t attempt = 0;
  std::uint64_t number = 0;
  friend bool operator==(const promise&, const promise&) = default;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::naming::lock::promise", field("list", x.list),
                       field("attempt", x.attempt), field("number", x.number));
  }
};

/// "Whose turn is earlier wants it, too." Who lacks a majority yields.
struct wanted {
  std::uint64_t attempt = 0;
  friend bool operator==(const wanted&, const wanted&) = default;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::naming::lock::wanted",
                       field("attempt", x.attempt));
  }
};

/// "Give it to whose turn is earlier; I go on waiting."
struct yield {
  std::string key;
  std::uint64_t attempt = 0;
  friend bool operator==(const yield&, const yield&) = default;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::naming::lock::yield", field("key", x.key),
                       field("attempt", x.attempt));
  }
};

/// "A majority keeps it for me: I take it for so long."
struct take {
  std::uint64_t list = 0;
  std::string key;
  std::uint64_t attempt = 0;
  std::uint64_t token = 0;
  duration lease{};
  friend bool operator==(const take&, const take&) = default;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::naming::lock::take", field("list", x.list),
                       field("key", x.key), field("attempt", x.attempt),
                       field("token", x.token), field("lease", x.lease));
  }
};

/// "I have it, and keep it for so long again." Rounds begin with 1.
struct renew {
  std::uint64_t list = 0;
  std::string key;
  std::uint64_t attempt = 0;
  std::uint64_t token = 0;
  std::uint64_t round = 0;
  duration lease{};
  friend bool operator==(const renew&, const renew&) = default;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::naming::lock::renew", field("list", x.list),
                       field("key", x.key), field("attempt", x.attempt),
                       field("token", x.token), field("round", x.round),
                       field("lease", x.lease));
  }
};

/// A new life of a member, which does not know what the one before promised.
struct life {
  std::uint64_t name = 0; ///< `lock_name` of the member
  replica_id replica{};
  friend bool operator==(const life&, const life&) = default;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::naming::lock::life", field("name", x.name),
                       field("replica", x.replica));
  }
};

/// Yes to a `take` (round 0) or a `renew`. `told`: who was told of leases of
/// late, and so not of this one. A vote of an earlier life of these is void.
struct accepted {
  std::uint64_t list = 0;
  std::uint64_t attempt = 0;
  std::uint64_t round = 0;
  std::vector<life> told;
  friend bool operator==(const accepted&, const accepted&) = default;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::naming::lock::accepted", field("list", x.list),
                       field("attempt", x.attempt), field("round", x.round),
                       field("told", x.told));
  }
};

/// No to a `take`: it is not kept for you any more.
struct refused {
  std::uint64_t attempt = 0;
  friend bool operator==(const refused&, const refused&) = default;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::naming::lock::refused",
                       field("attempt", x.attempt));
  }
};

/// "I want it no more, or have it no more": this attempt and all before.
struct drop {
  std::string key;
  std::uint64_t attempt = 0;
  friend bool operator==(const drop&, const drop&) = default;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::naming::lock::drop", field("key", x.key),
                       field("attempt", x.attempt));
  }
};

// -- what a voter must know before it votes ----------------------------------

/// "Do you go by this list, too? What do you know?"
struct inquiry {
  std::uint64_t list = 0;
  std::uint64_t round = 0;
  bool aged = false; ///< no lease is left of an earlier life of who asks
  friend bool operator==(const inquiry&, const inquiry&) = default;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::naming::lock::inquiry", field("list", x.list),
                       field("round", x.round), field("aged", x.aged));
  }
};

/// A list that the teller went by before, or goes by.
struct known_list {
  members list;
  bool informed = false; ///< the teller has voted under it, or could have
  /// The members of several lists: none of them may be missing, as nobody knows
  /// any more of which of them which majorities are.
  bool is_union = false;
  friend bool operator==(const known_list&, const known_list&) = default;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::naming::lock::known_list", field("list", x.list),
                       field("informed", x.informed),
                       field("is_union", x.is_union));
  }
};

struct known_lease {
  std::string key;
  replica_id holder{};
  std::uint64_t attempt = 0;
  std::uint64_t token = 0;
  duration left{};
  friend bool operator==(const known_lease&, const known_lease&) = default;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::naming::lock::known_lease", field("key", x.key),
                       field("holder", x.holder), field("attempt", x.attempt),
                       field("token", x.token), field("left", x.left));
  }
};

/// The answer to an inquiry under the same list; it has its round.
struct report {
  std::uint64_t list = 0;
  std::uint64_t round = 0;
  bool aged = false; ///< as above, of the teller
  std::vector<known_list> lists;
  std::uint64_t highest = 0; ///< no token seen is larger
  std::vector<known_lease> leases;
  duration rest{}; ///< leases that did not fit in end within this time
  friend bool operator==(const report&, const report&) = default;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::naming::lock::report", field("list", x.list),
                       field("round", x.round), field("aged", x.aged),
                       field("lists", x.lists), field("highest", x.highest),
                       field("leases", x.leases), field("rest", x.rest));
  }
};

/// Adds a lease while there is room for so many bytes. What does not fit in is
/// told of by `rest`.
void add(report& to, known_lease x, std::size_t& room);

} // namespace lock

/// Stands for a member in `lock::life`.
std::uint64_t lock_name(const member_id& who);

/// Append only: the place of a message is its number on the wire.
using lock_message =
  std::variant<lock::ask, lock::promise, lock::wanted, lock::yield, lock::take,
               lock::renew, lock::accepted, lock::refused, lock::drop,
               lock::inquiry, lock::report>;

std::string encode_lock_message(const lock_message& x);

/// Nothing unless `bytes` is exactly one message.
std::optional<lock_message> decode_lock_message(std::string_view bytes);

} // namespace horde::naming
