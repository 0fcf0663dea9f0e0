// SPDX-License-Identifier: MIT
//
// Waiting for what other threads and processes do, with a deadline.

#pragma once

#include <chrono>
#include <thread>

namespace horde::test {

constexpr auto patience = std::chrono::seconds{20};

/// Until `done` says so. False: not in time.
template <class F>
bool eventually(F done) {
  auto deadline = std::chrono::steady_clock::now() + patience;
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline)
      return false;
    std::this_thread::yield();
  }
  return true;
}

} // namespace horde::test
