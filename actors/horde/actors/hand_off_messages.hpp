// SPDX-License-Identifier: MIT
//
// How a child that has `child_spec::hand_off` takes its state along when it
// moves: it answers `give_state`, and the factory of its next copy finds that
// in `child_start::state`. The same for `child_spec::merges`: of two copies, as
// after a cut, the one that ends is asked, and the other gets `merge_state`.

#pragma once

#include <cstdint>

#include <caf/message.hpp>

#include "horde/fields.hpp"

namespace horde {

/// To a child that is about to move: answer with `handed_state`, or with an
/// error if there is none to give. It is stopped next, as its shutdown says,
/// and what is sent to its name from now on waits for its next copy. The
/// messages before this one count in.
struct give_state {
  template <class Self>
  static auto fields(Self&) {
    return make_record("horde::give_state");
  }
};

/// `content`: of registered types, at most `max_state_bytes` (1 MiB) as bytes.
/// `version` is the child's own: of the form of its content, so that a factory
/// of another release of the program can convert or refuse it.
struct handed_state {
  std::uint32_t version = 0;
  caf::message content{};
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::handed_state", field("version", x.version),
                       field("content", x.content));
  }
};

/// To the copy of a child that stays: what another one had when it ended. Not
/// answered. Comes once; seldom twice, if the copy that stays moves at that
/// moment.
struct merge_state {
  handed_state state;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::merge_state", field("state", x.state));
  }
};

} // namespace horde
