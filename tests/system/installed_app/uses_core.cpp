// SPDX-License-Identifier: MIT
//
// A user's program that has only the core: a process id there and back.

#include <iostream>

#include <horde/pid.hpp>

int main() {
  horde::pid printer{.node = {.started = 1732262400000, .random = 7},
                     .actor = 42};
  std::cout << to_string(printer) << '\n';
  horde::pid again;
  return parse_pid(to_string(printer), again) && again == printer ? 0 : 1;
}
