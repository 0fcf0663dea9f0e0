// SPDX-License-Identifier: MIT
//
// The judge: what one member does about one child, given what *should* be and
// what *is*. A total pure function, tested as a table. Every member judges
// alone and again after every change, so a wrong guess during a partition is
// mended when the records meet.

#pragma once

#include <cstdint>
#include <string_view>

namespace horde::scheduling {

/// Whom the winning `placed` record names, from this member's view. `gone`: its
/// node is down or left, it stopped, or a newer incarnation replaced it.
/// Suspect, draining and removed members are `elsewhere`: they still have it.
enum class whereabouts : std::uint8_t { nowhere, here, elsewhere, gone };

/// What this member has of the child. `fresh`: the first start, nothing
/// recorded yet. `held`: starting, running or waiting for its back-off.
enum class holding : std::uint8_t { none, fresh, held, stopping };

struct situation {
  bool wanted = false;
  whereabouts where = whereabouts::nowhere;
  holding local = holding::none;
  bool decides = false;   ///< about what nobody has: the arbiter is us
  bool moves = false;     ///< it was ordered elsewhere
  bool leaving = false;   ///< we drain, or are not in the member list
  bool settled = false;   ///< it has been like this for a while (half arrived?)
  bool outdated = false;  ///< what we hold has an old spec or fencing token
  bool temporary = false; ///< it ends with its node
};

enum class verdict : std::uint8_t {
  keep,      ///< nothing to do, or not ours to do
  stop,      ///< end our copy; then judge again
  erase,     ///< take `placed` out of the map
  drop,      ///< take `wanted` and `placed` out: it is not started again
  start,     ///< it is placed here and does not run
  take_over, ///< place it where it fits, here or elsewhere
  claim,     ///< we run it and nobody else does: place it here as it is
  hand_over, ///< place it on another member
};

constexpr verdict judge_unwanted(const situation& s) {
  if (s.local == holding::held)
    return verdict::stop;
  // A first start makes it wanted when the factory is done.
  if (s.local == holding::fresh || !s.settled)
    return verdict::keep;
  if (s.where == whereabouts::here)
    return verdict::erase;
  return s.where == whereabouts::gone && s.decides ? verdict::erase
                                                   : verdict::keep;
}

/// It is wanted and we have no copy.
constexpr verdict judge_absent(const situation& s) {
  switch (s.where) {
  case whereabouts::elsewhere: return verdict::keep;
  case whereabouts::here:
    if (s.temporary)
      return verdict::drop;
    return s.leaving || s.moves ? verdict::hand_over : verdict::start;
  case whereabouts::nowhere:
    if (!s.settled)
      return verdict::keep;
    break;
  case whereabouts::gone: break;
  }
  if (!s.decides || s.leaving)
    return verdict::keep;
  return s.temporary ? verdict::drop : verdict::take_over;
}

/// It is wanted and we have a copy.
constexpr verdict judge_held(const situation& s) {
  // Nobody gets a second copy on purpose, and a child that moves away or has an
  // old spec ends first.
  if (s.where == whereabouts::elsewhere || s.leaving || s.moves || s.outdated)
    return verdict::stop;
  return s.where == whereabouts::here ? verdict::keep : verdict::claim;
}

constexpr verdict judge(const situation& s) {
  if (s.local == holding::stopping)
    return verdict::keep; // it must end before anything else happens to it
  if (!s.wanted)
    return judge_unwanted(s);
  switch (s.local) {
  case holding::none: return judge_absent(s);
  case holding::held: return judge_held(s);
  case holding::fresh: return verdict::stop; // somebody else was faster
  case holding::stopping: break;
  }
  return verdict::keep;
}

constexpr const char* to_string(verdict x) {
  switch (x) {
  case verdict::keep: return "keep";
  case verdict::stop: return "stop";
  case verdict::erase: return "erase";
  case verdict::drop: return "drop";
  case verdict::start: return "start";
  case verdict::take_over: return "take_over";
  case verdict::claim: return "claim";
  case verdict::hand_over: return "hand_over";
  }
  return "???";
}

} // namespace horde::scheduling
