// SPDX-License-Identifier: MIT
//
// Members that want locks of the whole horde: see locks_world.hpp.

#include "fuzz/harness.hpp"
#include "fuzz/locks_world.hpp"
#include "support/lock_messages.hpp"

namespace horde::fuzz {

namespace {

using world = locks_world;

/// Mostly what members do, with the mail delivered.
std::string busy_script(random_engine& rng, world::kind what, std::size_t n) {
  script_writer out;
  out.byte(static_cast<std::size_t>(what));
  for (std::size_t i = 0; i < n; ++i) {
    out.byte(world::op_ask).byte(below(rng, world::crowd)).byte(below(rng, 3));
    out.byte(below(rng, 200)).byte(below(rng, 200));
    out.byte(below(rng, world::ops)).noise(rng, 6);
    if (below(rng, 3) != 0)
      out.byte(world::op_run);
    if (below(rng, 2) == 0)
      out.byte(world::op_pass_time).byte(below(rng, 100)).byte(below(rng, 6));
    if (below(rng, 3) == 0)
      out.byte(world::op_release)
        .byte(below(rng, world::crowd))
        .byte(below(rng, 3));
    if (what == world::kind::lies)
      out.byte(world::op_made).byte(below(rng, 8)).noise(rng, 12);
  }
  return out.take();
}

} // namespace

void run_locks(std::string_view input) {
  world x{script{input}};
  x.run();
}

std::vector<std::string> lock_seeds() {
  random_engine rng{1};
  std::vector<std::string> result;
  for (std::size_t i = 1; i <= 12; ++i)
    for (auto what :
         {world::kind::restarts, world::kind::lists, world::kind::lies})
      result.push_back(busy_script(rng, what, 3 * i));
  for (const auto& x : test::one_of_each())
    result.push_back(script_writer{}
                       .byte(static_cast<std::size_t>(world::kind::lies))
                       .byte(world::op_raw)
                       .byte(0)
                       .bytes(naming::encode_lock_message(x))
                       .take());
  return result;
}

} // namespace horde::fuzz
