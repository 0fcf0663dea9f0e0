// SPDX-License-Identifier: MIT
//
// What becomes of names when members are apart for longer than departed ones
// are remembered, so that both sides forget each other. `sim_registries` checks
// views, watches and evictions after each step.

#include <boost/test/unit_test.hpp>

#include "horde/naming/registry.hpp"
#include "support/sim_registries.hpp"

using namespace horde;
using namespace horde::naming;
using namespace std::chrono_literals;
using sim::registries_config;
using sim::sim_registries;

namespace {

using nodes = std::vector<std::size_t>;

constexpr duration forget_after = 10s;

/// Two sides that forget each other.
struct estranged : sim_registries {
  nodes here;
  nodes there;
  std::map<std::size_t, replica_id> before; ///< ids, when they were together

  estranged(nodes some, nodes others, nodes listed = {})
      : sim_registries(1, {.nodes = some.size() + others.size(),
                           .mode = member_mode::dynamic,
                           .listed = std::move(listed),
                           .forget_after = forget_after}),
        here(std::move(some)), there(std::move(others)) {
    run_for(1s);
    set_members(here.front(), everybody());
    run_for(1s);
    for (auto i : everybody())
      before[i] = on(i).replica().id();
  }

  nodes everybody() const {
    auto result = here;
    result.insert(result.end(), there.begin(), there.end());
    return result;
  }

  void part() {
    for (auto i : here)
      for (auto j : there)
        cut(i, j);
    run_for(2s); // both are down to the other
    set_members(here.front(), here);
    set_members(there.front(), there);
    run_for(1s);
  }

  void wait_until_forgotten() {
    run_for(2 * forget_after);
    for (auto i : here)
      for (auto j : there) {
        BOOST_TEST(has_forgotten(i, j));
        BOOST_TEST(has_forgotten(j, i));
      }
  }

  bool has_forgotten(std::size_t i, std::size_t j) const {
    return on(i).replica().map().seen().is_forgotten(before.at(j));
  }

  void meet_again() {
    set_members(here.front(), everybody());
    set_members(there.front(), everybody());
    heal_all();
    BOOST_TEST(settle());
    BOOST_TEST(violation() == "");
  }

  std::uint64_t claim(std::size_t node, const std::string& name) {
    auto who = spawn(node, true);
    BOOST_TEST(std::holds_alternative<registered>(register_name(who, name)));
    return who;
  }

  std::size_t renewals(const nodes& side) const {
    std::size_t result = 0;
    for (auto i : side)
      result += on(i).replica().stats().renewals > 0 ? 1 : 0;
    return result;
  }

  /// All find `who`; zero: nobody.
  void check_owner(const std::string& name, std::uint64_t who) const {
    for (auto i : everybody())
      BOOST_TEST(lookup(i, name) == who, name << " on " << i);
    if (who != 0)
      BOOST_TEST(held().contains({name, who}));
  }

  std::size_t evictions_of(std::uint64_t who) const {
    std::size_t result = 0;
    for (const auto& x : evictions())
      result += x.what.actor == who ? 1 : 0;
    return result;
  }

  void check_members() const {
    for (auto i : everybody()) {
      BOOST_TEST(on(i).replica().stats().known_replicas <= size());
      for (const auto& x : on(i).roster().members()) {
        BOOST_TEST((x.status == member_status::alive), to_string(x.who));
        BOOST_TEST(x.linked);
      }
    }
  }
};

struct {
  nodes here;
  nodes there;
  std::size_t begin_anew_here; ///< and the others do not
  std::size_t begin_anew_there;
} const sides[] = {
  {{0, 1, 2}, {3}, 0, 1},
  {{0}, {1, 2, 3}, 1, 0},
  {{0, 1, 2}, {3, 4}, 0, 2},
};

} // namespace

BOOST_AUTO_TEST_SUITE(registry_forgetting)

BOOST_AUTO_TEST_CASE(whoever_had_a_name_keeps_it_or_is_told_once) {
  for (const auto& row : sides) {
    estranged all{row.here, row.there};
    auto a = row.here.front();
    auto b = row.there.front();
    auto kept_a = all.claim(a, "kept by a");
    auto kept_b = all.claim(b, "kept by b");
    auto lost_a = all.claim(a, "taken by b");
    auto lost_b = all.claim(b, "taken by a");
    all.run_for(1s);
    all.part();
    auto new_a = all.claim(a, "new at a");
    auto new_b = all.claim(b, "new at b");
    auto taker_a = all.claim(a, "taken by a");
    auto taker_b = all.claim(b, "taken by b");
    all.wait_until_forgotten();
    auto late_a = all.claim(a, "late");
    all.run_for(1s);
    auto late_b = all.claim(b, "late");
    all.meet_again();
    BOOST_TEST(all.renewals(row.here) == row.begin_anew_here);
    BOOST_TEST(all.renewals(row.there) == row.begin_anew_there);
    all.check_owner("kept by a", kept_a);
    all.check_owner("kept by b", kept_b);
    all.check_owner("new at a", new_a);
    all.check_owner("new at b", new_b);
    all.check_owner("taken by a", taker_a);
    all.check_owner("taken by b", taker_b);
    all.check_owner("late", late_b);
    for (auto loser : {lost_a, lost_b, late_a})
      BOOST_TEST(all.evictions_of(loser) == 1U);
    BOOST_TEST(all.evictions().size() == 3U);
    all.run_for(2 * forget_after);
    BOOST_TEST(all.settle());
    all.check_members();
  }
}

BOOST_AUTO_TEST_CASE(names_that_went_meanwhile_do_not_return) {
  for (const auto& row : sides) {
    estranged all{row.here, row.there};
    std::map<std::string, std::uint64_t> owners;
    for (auto i : all.everybody())
      for (auto name : {"unregistered ", "ended ", "kept "}) {
        auto full = name + std::to_string(i);
        owners[full] = all.claim(i, full);
      }
    all.run_for(1s);
    all.part();
    for (auto i : all.everybody()) {
      auto n = std::to_string(i);
      all.unregister(owners["unregistered " + n], "unregistered " + n);
      all.end(owners["ended " + n]);
    }
    all.wait_until_forgotten();
    all.meet_again();
    for (auto i : all.everybody()) {
      auto n = std::to_string(i);
      all.check_owner("unregistered " + n, 0);
      all.check_owner("ended " + n, 0);
      all.check_owner("kept " + n, owners["kept " + n]);
      BOOST_TEST(all.on(i).local_names() == 1U);
      BOOST_TEST(all.entries_of_departed(i) == 0U);
    }
    BOOST_TEST(all.evictions().empty());
  }
}

BOOST_AUTO_TEST_CASE(another_life_of_a_third_departs_and_is_forgotten) {
  estranged all{{0, 1, 2}, {3}};
  auto lost = all.claim(2, "of a former life");
  auto kept = all.claim(3, "of one that was away");
  all.run_for(1s);
  all.part();
  all.crash(2);
  all.restart(2);
  all.run_for(2s);
  auto id = all.on(2).replica().id();
  all.claim(2, "of a life that comes and goes");
  all.run_for(1s);
  all.crash(2);
  all.restart(2);
  all.run_for(1s);
  auto stays = all.claim(2, "of the life that stays");
  all.wait_until_forgotten();
  BOOST_TEST(all.on(0).replica().map().seen().is_forgotten(id));
  all.meet_again();
  BOOST_TEST(!all.is_running(lost));
  all.check_owner("of a former life", 0);
  all.check_owner("of a life that comes and goes", 0);
  all.check_owner("of the life that stays", stays);
  all.check_owner("of one that was away", kept);
  BOOST_TEST(all.evictions().empty());
  all.run_for(2 * forget_after);
  BOOST_TEST(all.settle());
  all.check_members();
}

BOOST_AUTO_TEST_CASE(
  whoever_begins_anew_is_still_a_member_until_it_knows_more) {
  // The last one was added to the list later.
  estranged all{{0, 1, 2}, {3}, {0, 1, 2}};
  auto kept = all.claim(3, "kept");
  all.part();
  all.wait_until_forgotten();
  all.meet_again();
  BOOST_TEST(all.renewals({3}) == 1U);
  all.check_owner("kept", kept);
  BOOST_TEST(all.on(3).local_names() == 1U);
}

BOOST_AUTO_TEST_CASE(the_list_of_those_that_stay_counts_in_the_end) {
  // Nobody there has ever set one; who begins anew has.
  sim_registries all{
    1,
    {.nodes = 4, .mode = member_mode::dynamic, .forget_after = forget_after}};
  all.run_for(1s);
  auto kept = all.spawn(3);
  all.register_name(kept, "kept");
  for (std::size_t i : {0, 1, 2})
    all.cut(i, 3);
  all.set_members(3, {3});
  all.run_for(3 * forget_after);
  all.heal_all();
  BOOST_TEST(all.settle());
  BOOST_TEST(all.violation() == "");
  for (std::size_t i = 0; i < 4; ++i) {
    BOOST_TEST(all.on(i).roster().members().size() == 4U);
    BOOST_TEST(all.lookup(i, "kept") == kept);
  }
}

// -- automatic members, which are removed before they are forgotten -----------

BOOST_AUTO_TEST_CASE(names_of_a_removed_member_go_and_come_back_with_it) {
  sim_registries all{
    1,
    {.nodes = 3, .mode = member_mode::automatic, .forget_after = forget_after}};
  all.run_for(1s);
  auto kept = all.spawn(2);
  auto lost = all.spawn(2, true);
  all.register_name(kept, "kept");
  all.register_name(lost, "taken");
  all.run_for(1s);
  for (std::size_t i : {0, 1})
    all.cut(i, 2);
  all.run_for(forget_after / 2);
  auto taker = all.spawn(0);
  all.register_name(taker, "taken");
  BOOST_TEST(all.on(0).roster().members().size() == 3U);
  all.run_for(forget_after + 4s);
  for (std::size_t i : {0, 1}) {
    BOOST_TEST(all.on(i).roster().members().size() == 2U);
    BOOST_TEST(all.lookup(i, "kept") == 0U);
    BOOST_TEST(all.on(i).replica().versions("nkept").empty()); // dropped
  }
  BOOST_TEST(all.lookup(2, "kept") == kept); // the other side of the cut
  BOOST_TEST(all.on(2).roster().members().size() == 1U);
  all.heal_all();
  BOOST_TEST(all.settle());
  BOOST_TEST(all.violation() == "");
  for (std::size_t i = 0; i < 3; ++i) {
    BOOST_TEST(all.on(i).roster().members().size() == 3U);
    BOOST_TEST(all.on(i).replica().stats().renewals == 0U);
    BOOST_TEST(all.lookup(i, "kept") == kept);
    BOOST_TEST(all.lookup(i, "taken") == taker);
  }
  BOOST_TEST(all.evictions().size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
