// SPDX-License-Identifier: MIT
//
// The states of children that leave this member: each is asked for its own
// before it ends, and what it gave is kept until the child runs elsewhere, so
// that the death of its next member loses nothing. A state belongs to one start
// of one child, which the `placed` record names; so no older one is ever taken
// for it. Pure bookkeeping; the scheduler decides.

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "horde/due_queue.hpp"
#include "horde/errc.hpp"
#include "horde/scheduling/effects.hpp"
#include "horde/scheduling/records.hpp"
#include "horde/time.hpp"

namespace horde::scheduling {

///   asked   the child still runs; it has until `until`
///   kept    until somebody runs the child, at most until `until`
///   failed  there is none; `problem` tells why
enum class hand_off_phase : std::uint8_t { asked, kept, failed };

struct hand_off {
  token start = 0;
  std::uint64_t attempt = 0; ///< the start that it is the state of
  request_id started_by{};
  bool merges = false; ///< for the copy that stays, not for the next one
  instant until = never;
  hand_off_phase is = hand_off_phase::asked;
  state_bytes state{};
  std::string problem{};
};

class hand_offs {
public:
  /// Of one state.
  explicit hand_offs(std::size_t max_state_bytes)
      : max_state_bytes_(max_state_bytes) {}

  /// Forgets what is there of `id`.
  void ask(const std::string& id, hand_off x);

  /// The child answered, or cannot any more. Kept until `until`, if it is not
  /// too large. False: nobody waits for it.
  bool answered(const std::string& id, outcome<std::string> state,
                instant until);

  void forget(const std::string& id);

  /// Null if there is none. Valid until the next change.
  const hand_off* find(std::string_view id) const;
  bool is_asked(std::string_view id) const;

  /// What is kept of this start of this child; null: nothing.
  state_bytes kept(std::string_view id, std::uint64_t attempt) const;

  /// Fails those whose children did not answer. Returns them, and those that
  /// were kept too long: who asks forgets them.
  std::vector<std::string> take_due(instant now, duration keep_for);
  instant next() const { return due_.next(); }

  std::size_t size() const { return all_.size(); }
  const auto& all() const { return all_; }

private:
  std::size_t max_state_bytes_;
  std::map<std::string, hand_off, std::less<>> all_;
  due_queue<std::string> due_;
};

} // namespace horde::scheduling
