// SPDX-License-Identifier: MIT
//
// Constraints and groups, of each strategy alike, and what `explain` says of
// them.

#include "placement/lists.hpp"

using namespace horde;
using namespace horde::placement;

namespace {

bool has(const member_info& x, const std::string& label) {
  return std::ranges::find(x.labels, label) != x.labels.end();
}

/// The rules in the simplest way: who may run it.
std::vector<bool> allowed(const std::vector<member_info>& members,
                          const constraints& place,
                          const std::vector<std::uint32_t>& of_group) {
  std::vector<bool> result;
  for (const auto& x : members)
    result.push_back(x.status == member_status::alive
                     && std::ranges::all_of(
                       place.needs, [&](const auto& y) { return has(x, y); })
                     && std::ranges::none_of(
                       place.avoids, [&](const auto& y) { return has(x, y); }));
  if (place.group.empty())
    return result;
  std::uint32_t least = place.strict ? 0 : 1000;
  for (std::size_t i = 0; i < members.size(); ++i)
    if (result[i])
      least = std::min(least, of_group[i]);
  for (std::size_t i = 0; i < members.size(); ++i)
    result[i] = result[i] && of_group[i] == least;
  return result;
}

const plan_row& row_of(const plan& x, int i) {
  auto who = member(i).who;
  auto row = std::ranges::find(x.members, who, &plan_row::who);
  BOOST_REQUIRE(row != x.members.end());
  return *row;
}

/// Members 0 and 1 with SSD, 0 and 2 in zone a, 3 dead.
std::vector<member_info> four() {
  return {member(0, member_status::alive, {"ssd", "zone=a"}),
          member(1, member_status::alive, {"ssd", "zone=b"}),
          member(2, member_status::alive, {"zone=a"}),
          member(3, member_status::dead, {"gpu"})};
}

failure why_not(const constraints& place) {
  auto result =
    failure_of(*make(strategy_kind::rendezvous, four()), wish{"ada", place});
  for (auto kind : all_kinds)
    BOOST_TEST((failure_of(*make(kind, four()), wish{"ada", place}) == result));
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(constraints_tests)

BOOST_AUTO_TEST_CASE(each_strategy_chooses_exactly_among_those_that_fit) {
  BOOST_TEST(rc::check("keep the rules", [] {
    auto list = any_members();
    auto place = any_constraints();
    auto load = any_counts(list.size());
    auto groups = any_counts(list.size());
    auto fits = allowed(list, place, groups);
    auto is_alive = [](const auto& x) {
      return x.status == member_status::alive;
    };
    auto k = *rc::gen::arbitrary<std::string>();
    auto draw = *rc::gen::arbitrary<std::uint64_t>();
    for (auto kind : all_kinds) {
      auto x = make(kind, list);
      auto choice = x->choose(wish{k, place}, {load, groups, draw});
      auto problem = std::get_if<failure>(&choice);
      if (x->needs_quorum() && !x->has_quorum(list))
        RC_ASSERT(problem != nullptr && problem->code == errc::quorum_not_met);
      else if (std::ranges::none_of(list, is_alive))
        RC_ASSERT(problem != nullptr && problem->code == errc::no_alive_nodes);
      else if (std::ranges::count(fits, true) == 0)
        RC_ASSERT(problem != nullptr && problem->code == errc::no_place);
      else
        RC_ASSERT(problem == nullptr
                  && fits[place_of(list, *std::get<const member_id*>(choice))]);
    }
  }));
}

BOOST_AUTO_TEST_CASE(a_plan_tells_the_same_as_a_choice_and_of_each_member_why) {
  BOOST_TEST(rc::check("explain", [] {
    auto list = any_members();
    auto place = any_constraints();
    auto load = any_counts(list.size());
    auto groups = any_counts(list.size());
    auto fits = allowed(list, place, groups);
    auto k = *rc::gen::arbitrary<std::string>();
    conditions now{load, groups, *rc::gen::arbitrary<std::uint64_t>()};
    for (auto kind : all_kinds) {
      auto x = make(kind, list);
      auto plan = x->explain(wish{k, place}, now);
      RC_ASSERT(plan.strategy == to_string(kind));
      RC_ASSERT(plan.key == k);
      RC_ASSERT(plan.members.size() == list.size());
      auto choice = x->choose(wish{k, place}, now);
      auto problem = std::get_if<failure>(&choice);
      RC_ASSERT(plan.problem == (problem != nullptr ? problem->code : errc{}));
      if (problem != nullptr)
        RC_ASSERT(plan.why == problem->what && plan.chosen == member_id{});
      else
        RC_ASSERT(plan.chosen == *std::get<const member_id*>(choice));
      for (std::size_t i = 0; i < list.size(); ++i) {
        const auto& row = plan.members[i];
        RC_ASSERT(row.who == list[i].who);
        RC_ASSERT(row.children == load[i] && row.of_group == groups[i]);
        RC_ASSERT((row.is == fitness::fits || row.is == fitness::chosen)
                  == fits[i]);
        RC_ASSERT((row.is == fitness::chosen)
                  == (problem == nullptr && row.who == plan.chosen));
        RC_ASSERT((row.is == fitness::not_alive)
                  == (row.status != member_status::alive));
        if (row.is == fitness::lacks_label)
          RC_ASSERT(!has(list[i], row.detail));
        if (row.is == fitness::has_label)
          RC_ASSERT(has(list[i], row.detail));
        if (problem == nullptr && fits[i])
          RC_ASSERT(plan.members[place_of(list, plan.chosen)].score
                    <= row.score);
      }
    }
  }));
}

BOOST_AUTO_TEST_CASE(a_plan_can_be_read) {
  auto x = make(strategy_kind::least_loaded, four());
  constraints place{.needs = {"ssd"}, .avoids = {"zone=b"}};
  std::vector<std::uint32_t> load{3, 0, 0, 0};
  auto plan = x->explain(wish{"ada", place}, {load, {}, 0});
  BOOST_TEST((row_of(plan, 0).is == fitness::chosen));
  BOOST_TEST(row_of(plan, 0).score == 400'000u);
  BOOST_TEST((row_of(plan, 1).is == fitness::has_label));
  BOOST_TEST(row_of(plan, 1).detail == "zone=b");
  BOOST_TEST((row_of(plan, 2).is == fitness::lacks_label));
  BOOST_TEST(row_of(plan, 2).detail == "ssd");
  BOOST_TEST((row_of(plan, 3).is == fitness::not_alive));
  BOOST_TEST(plan.why
             == "workers@node-100 has the least children for its weight, of 1 "
                "that fit");
}

BOOST_AUTO_TEST_CASE(a_plan_survives_the_wire) {
  constraints place{.needs = {"ssd"}, .group = "db"};
  std::vector<std::uint32_t> groups{1, 0, 0, 0};
  auto x = make(strategy_kind::uniform, four());
  auto plan = x->explain(wish{"ada", place}, {groups, groups, 0});
  BOOST_TEST((row_of(plan, 0).is == fitness::has_group));
  BOOST_TEST(row_of(plan, 0).detail == "db");
  BOOST_TEST((from_bytes<placement::plan>(to_bytes(plan)) == plan));
}

BOOST_AUTO_TEST_CASE(who_fits_nowhere_is_told_which_label_it_is) {
  auto why = why_not({.needs = {"ssd", "gpu"}});
  BOOST_TEST((why.code == errc::no_place)); // the one with it is dead
  BOOST_TEST(why.what
             == "no alive member may run 'ada': none has the label 'gpu'");
  auto list = four();
  for (auto& x : list)
    x.labels.push_back("linux");
  constraints place{.avoids = {"hdd", "linux"}};
  for (auto kind : all_kinds)
    BOOST_TEST(failure_of(*make(kind, list), wish{"ada", place}).what
               == "no alive member may run 'ada': each has the label 'linux', "
                  "which it is to avoid");
  why = why_not({.needs = {"ssd"}, .avoids = {"zone=a", "zone=b"}});
  BOOST_TEST((why.code == errc::no_place));
  BOOST_TEST(says(why, "none meets all of its labels: 'ssd', not 'zone=a', "
                       "not 'zone=b'"));
}

BOOST_AUTO_TEST_CASE(
  all_needed_labels_are_needed_and_none_of_the_avoided_may_be) {
  constraints both{.needs = {"ssd", "zone=a"}};
  constraints neither{.avoids = {"zone=b", "ssd"}};
  for (auto kind : all_kinds)
    for (int i = 0; i < 20; ++i) {
      auto x = make(kind, four());
      auto k = key(i);
      conditions now{{}, {}, static_cast<std::uint64_t>(i)};
      BOOST_TEST((chosen_by(*x, wish{k, both}, now) == member(0).who));
      BOOST_TEST((chosen_by(*x, wish{k, neither}, now) == member(2).who));
    }
}

BOOST_AUTO_TEST_CASE(a_group_is_spread_over_the_members_that_fit) {
  for (auto kind : all_kinds) {
    auto list = alive(5);
    for (std::size_t i = 0; i < 3; ++i)
      list[i].labels = {"ssd"};
    auto x = make(kind, list);
    constraints place{.needs = {"ssd"}, .group = "db"};
    std::vector<std::uint32_t> counts(5, 0);
    for (int i = 0; i < 12; ++i) {
      auto k = key(i);
      auto draw = static_cast<std::uint64_t>(i);
      ++counts[place_of(list,
                        chosen_by(*x, wish{k, place}, {counts, counts, draw}))];
      auto [least, most] = std::minmax({counts[0], counts[1], counts[2]});
      BOOST_TEST(most - least <= 1u, to_string(kind));
    }
    BOOST_TEST(counts[3] + counts[4] == 0u);
  }
}

BOOST_AUTO_TEST_CASE(a_strict_group_has_one_child_a_member) {
  for (auto kind : all_kinds) {
    auto list = alive(3);
    auto x = make(kind, list);
    constraints place{.group = "db", .strict = true};
    std::vector<std::uint32_t> counts(3, 0);
    for (int i = 0; i < 3; ++i) {
      auto k = key(i);
      ++counts[place_of(list,
                        chosen_by(*x, wish{k, place}, {counts, counts, 0}))];
    }
    BOOST_TEST((counts == std::vector<std::uint32_t>{1, 1, 1}));
    auto problem = failure_of(*x, wish{"ada", place}, {counts, counts, 0});
    BOOST_TEST((problem.code == errc::no_place));
    BOOST_TEST(says(problem, "'ada'"));
    BOOST_TEST(says(problem, "a child of group 'db' already"));
    auto plan = x->explain(wish{"ada", place}, {counts, counts, 0});
    for (const auto& row : plan.members)
      BOOST_TEST((row.is == fitness::has_group));
  }
}

BOOST_AUTO_TEST_CASE(other_groups_and_children_without_one_do_not_care) {
  auto list = alive(4);
  std::vector<std::uint32_t> crowded{9, 9, 9, 9};
  for (auto kind : kinds_that_agree) {
    auto x = make(kind, list);
    for (int i = 0; i < 50; ++i) {
      auto k = key(i);
      BOOST_REQUIRE((chosen_by(*x, wish{k}, {crowded, crowded, 0})
                     == chosen_by(*x, wish{k})));
    }
  }
}

// Words of 64 members, and one more.
BOOST_AUTO_TEST_CASE(any_one_of_many_members_is_found_by_its_label) {
  for (int n : {63, 64, 65, 130})
    for (int i : {0, 62, n - 1}) {
      auto list = alive(n);
      list[static_cast<std::size_t>(i)].labels = {"the-one"};
      constraints one{.needs = {"the-one"}};
      constraints others{.avoids = {"the-one"}};
      for (auto kind : all_kinds) {
        auto x = make(kind, list);
        BOOST_TEST((chosen_by(*x, wish{"ada", one}) == member(i).who));
        auto plan = x->explain(wish{"ada", others});
        BOOST_TEST(
          plan.why.ends_with("of " + std::to_string(n - 1) + " that fit"));
      }
    }
}

BOOST_AUTO_TEST_SUITE_END()
