// SPDX-License-Identifier: MIT
//
// Lists of members for tests of strategies, and short forms of their questions.

#pragma once

#include <boost/test/unit_test.hpp>
#include <memory>
#include <rapidcheck.h>
#include <string>
#include <vector>

#include "horde/placement/strategy_kind.hpp"

namespace horde::placement {

inline constexpr strategy_kind all_kinds[] = {
  strategy_kind::uniform, strategy_kind::quorum, strategy_kind::random,
  strategy_kind::least_loaded, strategy_kind::rendezvous};

/// Those whose answer depends on the members and the wish alone.
inline constexpr strategy_kind kinds_that_agree[] = {
  strategy_kind::uniform, strategy_kind::quorum, strategy_kind::rendezvous};

/// Names sort by number up to 899.
inline member_info member(int i, member_status status = member_status::alive,
                          std::vector<std::string> labels = {},
                          std::uint32_t weight = usual_weight) {
  member_info result;
  result.who = {"workers", "node-" + std::to_string(100 + i)};
  result.status = status;
  result.linked = status == member_status::alive;
  result.labels = std::move(labels);
  result.weight = weight;
  return result;
}

inline std::vector<member_info> alive(int n) {
  std::vector<member_info> result;
  for (int i = 0; i < n; ++i)
    result.push_back(member(i));
  return result;
}

inline std::unique_ptr<strategy> make(strategy_kind kind,
                                      const std::vector<member_info>& members) {
  auto result = factory_of(kind)();
  result->prepare(members);
  return result;
}

/// The place of the chosen one in the list.
inline std::size_t place_of(const std::vector<member_info>& members,
                            const member_id& who) {
  auto x = std::ranges::find(members, who, &member_info::who);
  BOOST_REQUIRE(x != members.end());
  return static_cast<std::size_t>(x - members.begin());
}

inline member_id chosen_by(const strategy& by, const wish& x,
                           const conditions& now = {}) {
  auto choice = by.choose(x, now);
  auto problem = std::get_if<failure>(&choice);
  BOOST_REQUIRE_MESSAGE(problem == nullptr, problem->what);
  return *std::get<const member_id*>(choice);
}

inline failure failure_of(const strategy& by, const wish& x,
                          const conditions& now = {}) {
  auto choice = by.choose(x, now);
  auto problem = std::get_if<failure>(&choice);
  return problem != nullptr ? *problem : failure{};
}

inline std::string key(int i) {
  return "child-" + std::to_string(i);
}

inline bool says(const failure& x, const char* what) {
  return x.what.find(what) != std::string::npos;
}

inline const std::string some_labels[] = {"ssd", "hdd", "zone=a", "zone=b"};

/// In [0, n), of which small cases do not only get the smallest.
inline int any_below(int n) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, n));
}

/// A few of `some_labels`.
inline std::vector<std::string> any_labels() {
  std::vector<std::string> result;
  for (const auto& label : some_labels)
    if (any_below(3) == 0)
      result.push_back(label);
  return result;
}

/// Members of any status, most of them alive, in any order.
inline std::vector<member_info> any_members() {
  std::vector<member_info> result;
  auto n = any_below(9);
  for (int i = 0; i < n; ++i) {
    auto weight = any_below(2) == 0
                    ? usual_weight // so that some are equal
                    : static_cast<std::uint32_t>(1 + any_below(1000));
    auto status = std::max(0, any_below(11) - 6);
    result.push_back(
      member((i * 5) % 9,
             status == 0 ? member_status::alive
                         : static_cast<member_status>(status == 1 ? 0 : status),
             any_labels(), weight));
  }
  return result;
}

/// Labels that are not needed and to be avoided at once.
inline constraints any_constraints() {
  constraints result;
  for (const auto& label : some_labels)
    switch (any_below(6)) {
    case 0: result.needs.push_back(label); break;
    case 1: result.avoids.push_back(label); break;
    default: break;
    }
  if (any_below(2) == 0) {
    result.group = "db";
    result.strict = any_below(2) == 0;
  }
  return result;
}

inline std::vector<std::uint32_t> any_counts(std::size_t n) {
  std::vector<std::uint32_t> result;
  for (std::size_t i = 0; i < n; ++i)
    result.push_back(static_cast<std::uint32_t>(any_below(3)));
  return result;
}

} // namespace horde::placement
