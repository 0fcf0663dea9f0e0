// SPDX-License-Identifier: MIT
//
// Words that the stories of the supervisor share.

#pragma once

#include <boost/test/unit_test.hpp>
#include <set>
#include <string>

#include "horde/placement/hash_ring.hpp"
#include "support/sim_members.hpp"

namespace horde::sim {

inline sim_members linked_members(std::size_t n, sim_config cfg = {}) {
  sim_members result{1, n, std::move(cfg)};
  result.run_for(std::chrono::seconds{1});
  return result;
}

inline bool is_answered(const sim_members& sim, std::size_t call) {
  const auto& x = sim.call(call);
  return !x.starts.empty() || !x.terminates.empty();
}

template <class T>
bool is(const sim_members& sim, std::size_t call) {
  return std::holds_alternative<T>(sim.start_answer(call));
}

template <class T>
T answer_of(const sim_members& sim, std::size_t call) {
  auto x = std::get_if<T>(&sim.start_answer(call));
  BOOST_REQUIRE_MESSAGE(x != nullptr, "call "
                                        << call << " has answer "
                                        << sim.start_answer(call).index());
  return *x;
}

inline failure failure_of(const sim_members& sim, std::size_t call) {
  return answer_of<failure>(sim, call);
}

/// For the plan of a child there is.
inline supervision::child_spec by_id(const std::string& id) {
  supervision::child_spec result;
  result.id = id;
  return result;
}

/// The `n`-th id that the ring of all live members places on `node`.
inline std::string id_on(const sim_members& sim, std::size_t node, int n = 0) {
  std::vector<placement::weighted_member> list;
  for (auto i : sim.alive())
    list.push_back({sim.member(i)});
  placement::hash_ring ring{std::move(list)};
  for (int i = 0;; ++i) {
    auto id = "id-" + std::to_string(i);
    if (*ring.choose(id) == sim.member(node) && n-- == 0)
      return id;
  }
}

} // namespace horde::sim
