// SPDX-License-Identifier: MIT
//
// What processes send to a registry to have a lock of the whole horde, and what
// they are told. What a lock promises: docs/locks.md.

#pragma once

#include <cstdint>
#include <string>

#include "horde/actors/caf_compat.hpp"
#include "horde/time.hpp"

namespace horde {

/// The sender, a process of the asked member's node, wants this lock. Answered
/// with `lock_granted` once it has it. It is renewed until the sender gives it
/// back or ends; if that fails the sender gets `lock_lost`. Fails with
/// `timeout` after `limit` (give the request more time than that), `refused` if
/// there are too many, `not_owner`, `not_a_member`, `bad_option`, `too_large`.
struct take_lock {
  std::string key;
  duration lease = std::chrono::seconds{10};
  duration limit = std::chrono::seconds{10};
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::take_lock", field("key", x.key),
                       field("lease", x.lease), field("limit", x.limit));
  }
};

struct lock_granted {
  std::string key;
  std::uint64_t token = 0; ///< larger than at any grant before; see `fence`
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::lock_granted", field("key", x.key),
                       field("token", x.token));
  }
};

/// No-op unless the sender has the lock with this token.
struct release_lock {
  std::string key;
  std::uint64_t token = 0;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::release_lock", field("key", x.key),
                       field("token", x.token));
  }
};

/// The receiver has the lock no more: it could not be renewed in time.
struct lock_lost {
  std::string key;
  std::uint64_t token = 0;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::lock_lost", field("key", x.key),
                       field("token", x.token));
  }
};

} // namespace horde
