// SPDX-License-Identifier: MIT
//
// Stands before what a lock protects: lets in who shows a token at least as
// large as all before, so that a holder whose lease has ended, and does not
// know it yet, is refused once the next one was there. Thread-safe; knows
// nothing of locks, so it can live wherever the resource does.

#pragma once

#include <atomic>
#include <cstdint>

namespace horde {

class fence {
public:
  /// `last`: the largest token that was let in, if that was kept somewhere.
  explicit fence(std::uint64_t last = 0) : last_(last) {}

  /// False: somebody with a larger token was here.
  bool admit(std::uint64_t token) {
    auto last = last_.load();
    while (token > last)
      if (last_.compare_exchange_weak(last, token))
        return true;
    return token == last;
  }

  std::uint64_t last() const { return last_.load(); }

private:
  std::atomic<std::uint64_t> last_;
};

} // namespace horde
