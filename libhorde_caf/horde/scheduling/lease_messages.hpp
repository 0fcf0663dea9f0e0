// SPDX-License-Identifier: MIT
//
// What members of a horde whose strategy needs quorum say to each other about
// leases, beside other operations. `list` is a hash of the member list that the
// sender goes by: what is said under another list does not count.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "horde/crdt/dot.hpp"
#include "horde/fields.hpp"
#include "horde/time.hpp"

namespace horde::scheduling {

/// One copy of a child that is about to be started, or was and is not known to
/// a quorum yet.
struct claim {
  std::string id;
  std::uint64_t attempt = 0; ///< its fencing token
  std::uint64_t ask = 0;     ///< tells what is said again from another start
  bool drop = false;         ///< it is wanted no more; answered with `no`

  friend bool operator==(const claim&, const claim&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::scheduling::claim", field("id", x.id),
                       field("attempt", x.attempt), field("ask", x.ask),
                       field("drop", x.drop));
  }
};

/// "May I run children for the time of a lease? And start these?" Numbers begin
/// with 1.
struct lease_request {
  std::uint64_t number = 0;
  std::uint64_t list = 0;
  std::vector<claim> claims;

  friend bool operator==(const lease_request&, const lease_request&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::scheduling::lease_request",
                       field("number", x.number), field("list", x.list),
                       field("claims", x.claims));
  }
};

///   no        somebody else has it, or had one with this token
///   promised  it is kept for you for the time of a lease
///   recorded  my map has it: nobody else gets it while you may run it
enum class claim_stand : std::uint8_t { no, promised, recorded };

struct claim_answer {
  claim_stand is{};
  std::uint64_t highest = 0; ///< token of that id that is known

  friend bool operator==(const claim_answer&, const claim_answer&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::scheduling::claim_answer", field("is", x.is),
                       field("highest", x.highest));
  }
};

/// Yes to the lease; the answers are in the order of the claims.
struct lease_grant {
  std::uint64_t number = 0;
  std::uint64_t list = 0;
  std::vector<claim_answer> claims;

  friend bool operator==(const lease_grant&, const lease_grant&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::scheduling::lease_grant",
                       field("number", x.number), field("list", x.list),
                       field("claims", x.claims));
  }
};

/// "Give `who` no lease any more", as it is gone; said again and again while
/// that is wanted. `drop`: it is wanted no more.
struct fence_request {
  std::uint64_t number = 0;
  std::uint64_t list = 0;
  replica_id who{};
  bool drop = false;

  friend bool operator==(const fence_request&, const fence_request&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::scheduling::fence_request",
                       field("number", x.number), field("list", x.list),
                       field("who", x.who), field("drop", x.drop));
  }
};

/// "I do not", for the time of a fence; and how long a lease may still last
/// that it got with my help.
struct fence_reply {
  std::uint64_t number = 0;
  std::uint64_t list = 0;
  replica_id who{};
  duration left{};

  friend bool operator==(const fence_reply&, const fence_reply&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::scheduling::fence_reply",
                       field("number", x.number), field("list", x.list),
                       field("who", x.who), field("left", x.left));
  }
};

} // namespace horde::scheduling
