// SPDX-License-Identifier: MIT
//
// Where a child would go and why: the answer of `strategy::explain`, for people
// and tools.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "horde/errc.hpp"
#include "horde/fields.hpp"
#include "horde/membership/member.hpp"

namespace horde::placement {

/// How a member fits a child.
///   chosen       it would run there
///   fits         it could, but another one comes first
///   not_alive    nothing is placed there
///   lacks_label  it has not the label that is the detail
///   has_label    it has the label that is the detail, which is to be avoided
///   has_group    it has more children of the group than others, or some where
///                none may be
enum class fitness : std::uint8_t {
  chosen,
  fits,
  not_alive,
  lacks_label,
  has_label,
  has_group,
};

constexpr const char* to_string(fitness x) {
  switch (x) {
  case fitness::chosen: return "chosen";
  case fitness::fits: return "fits";
  case fitness::not_alive: return "not_alive";
  case fitness::lacks_label: return "lacks_label";
  case fitness::has_label: return "has_label";
  case fitness::has_group: return "has_group";
  }
  return "???";
}

struct plan_row {
  member_id who;
  member_status status{};
  fitness is{};
  std::string detail; ///< the label or group by which it does not fit
  std::uint32_t weight = usual_weight;
  std::uint32_t children = 0; ///< zero where the strategy does not ask for them
  std::uint32_t of_group = 0;
  std::uint64_t score = 0; ///< of those that fit: the lowest is chosen

  friend bool operator==(const plan_row&, const plan_row&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::placement::plan_row", field("who", x.who),
                       field("status", x.status), field("is", x.is),
                       field("detail", x.detail), field("weight", x.weight),
                       field("children", x.children),
                       field("of_group", x.of_group), field("score", x.score));
  }
};

struct plan {
  std::string strategy;
  std::string key;
  errc problem = errc::none; ///< none: a member is chosen
  member_id chosen;
  std::string why; ///< this one, or nobody
  std::vector<plan_row> members;

  friend bool operator==(const plan&, const plan&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::placement::plan", field("strategy", x.strategy),
                       field("key", x.key), field("problem", x.problem),
                       field("chosen", x.chosen), field("why", x.why),
                       field("members", x.members));
  }
};

} // namespace horde::placement
