// SPDX-License-Identifier: MIT
//
// Where a machine lacks what a test program needs, the whole program is
// skipped: ctest knows it by the exit code and says so in its summary.

#pragma once

#include <exception>
#include <iostream>

#include <unistd.h>

namespace horde::test {

/// Exit code of a skipped program; ctest's SKIP_RETURN_CODE.
constexpr int skipped = 77;

/// `probe` throws what is missing. For global fixtures.
template <class F>
void skip_unless(F probe) {
  try {
    probe();
  } catch (const std::exception& e) {
    std::cout << "\nSKIPPED, nothing is tested here: " << e.what() << std::endl;
    _exit(skipped);
  }
}

} // namespace horde::test
