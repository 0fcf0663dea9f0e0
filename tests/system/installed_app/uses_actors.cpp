// SPDX-License-Identifier: MIT
//
// A user's program that links the actors: the core, CAF's headers and CAF's
// libraries all come with horde::actors.

#include <iostream>

#include <caf/all.hpp>
#include <caf/io/all.hpp>
#include <horde/pid.hpp>

void caf_main(caf::actor_system& sys) {
  std::cout << to_string(horde::pid{.node = {}, .actor = 42}) << " on "
            << (sys.has_middleman() ? "a system with" : "no") << " network\n";
}

CAF_MAIN(caf::io::middleman)
