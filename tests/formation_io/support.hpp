// SPDX-License-Identifier: MIT
//
// What tests of strategies share.

#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "horde/actors/formation/strategy.hpp"

namespace horde::test {

using endpoints = std::vector<endpoint>;

/// A node that looks for others.
inline formation::seeker a_seeker(const std::string& name = "n1",
                                  std::uint16_t port = 1) {
  return {{name, {1, port}}, {"127.0.0.1", port}, "horde", {}};
}

/// The strategy of a topology, which has to be usable.
inline formation::strategy_ptr make(const topology& x,
                                    const formation::seeker& who = a_seeker()) {
  auto result = x.make(who);
  if (auto* why = std::get_if<failure>(&result))
    BOOST_FAIL(why->what);
  return std::get<formation::strategy_ptr>(std::move(result));
}

/// The text of the failure; empty if there is none.
template <class T>
std::string problem_of(const outcome<T>& x) {
  auto* why = std::get_if<failure>(&x);
  return why ? why->what : "";
}

/// What a lookup finds; a failure fails the test.
inline endpoints nodes_of(const formation::lookup_result& x) {
  BOOST_TEST(problem_of(x) == "");
  auto* answer = std::get_if<formation::lookup>(&x);
  return answer ? answer->nodes : endpoints{};
}

/// Longer than anything takes that works.
constexpr auto long_enough = std::chrono::seconds{20};

template <class F>
bool is_quick(F f) {
  auto begin = std::chrono::steady_clock::now();
  f();
  return std::chrono::steady_clock::now() - begin < long_enough;
}

} // namespace horde::test
