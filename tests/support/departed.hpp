// SPDX-License-Identifier: MIT
//
// A bench on which one replica departed, for tests of forgetting.

#pragma once

#include <cstddef>
#include <vector>

#include "support/replica_bench.hpp"

namespace horde::sim {

/// Replica 2 wrote and departed; 0 and 1 stay.
struct departed : replica_bench {
  explicit departed(std::size_t n = 3) : replica_bench(n) {
    connect_all();
    put(2, "spec", "of a child");
    put(2, "name", "of a process");
    erase(2, "name");
    put(0, "other", "of 0");
    put(1, "another", "of 1");
    run();
    cut({2}, {0, 1});
    run();
  }

  void cut(std::vector<std::size_t> some, std::vector<std::size_t> others) {
    for (auto i : some)
      for (auto j : others) {
        down(i, j);
        down(j, i);
      }
    mail.clear();
  }

  void heal(std::size_t i, std::size_t j) {
    up(i, j);
    up(j, i);
    settle();
  }

  bool forget(std::size_t i, std::size_t j) {
    auto result = (*this)[i].forget((*this)[j].id(), now);
    finish(i);
    return result;
  }

  /// What others hear of it.
  void compare_all() {
    pass(2 * sync::config{}.reconcile_every);
    settle();
  }

  bool has_forgotten(std::size_t i, replica_id who) {
    return (*this)[i].map().seen().is_forgotten(who);
  }
};

} // namespace horde::sim
