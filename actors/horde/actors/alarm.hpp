// SPDX-License-Identifier: MIT
//
// The one timer of an actor around a machine. Messages on their way cannot be
// called back, so when the machine wants an earlier time a second `tick` leaves
// and the first one is stale: it does not arm again. Otherwise every change of
// mind would add a timer that lives for ever.

#pragma once

#include <algorithm>

#include <caf/actor.hpp>

#include "horde/actors/caf_compat.hpp"
#include "horde/actors/type_ids.hpp"

namespace horde::actors {

/// `Tick` has a `number`.
template <class Tick>
class alarm_of {
public:
  /// Sends `whom` a `Tick` at `at`, unless an earlier one is on its way.
  void set(instant at, moment now, const caf::actor& whom) {
    if (at >= at_ || at == never)
      return;
    at_ = at;
    anon_tell_after(std::max(at - now.at, duration{0}), whom, Tick{++number_});
  }

  /// A tick arrived; the machine may be called in any case.
  void rang(const Tick& x) {
    if (x.number == number_)
      at_ = never;
  }

private:
  instant at_ = never; ///< of the tick on its way
  std::uint64_t number_ = 0;
};

using alarm = alarm_of<tick>;

} // namespace horde::actors
