// SPDX-License-Identifier: MIT
//
// What the registry promises its users, as stories of a few nodes. Whatever a
// story does, `sim_registries` checks views, watches and evictions after each
// step. The effects of single machines: `registry_steps.test.cpp`.

#include "horde/naming/registry.hpp"

#include <boost/test/unit_test.hpp>

#include "support/sim_registries.hpp"

using namespace horde;
using namespace horde::naming;
using namespace std::chrono_literals;
using sim::registries_config;
using sim::sim_registries;

namespace {

/// A quiet network in which everybody met everybody.
sim_registries together(std::size_t nodes,
                        member_mode mode = member_mode::fixed) {
  sim_registries result{1, {.nodes = nodes, .mode = mode}};
  result.run_for(1s);
  return result;
}

bool is_ok(const register_result& x) {
  return std::holds_alternative<registered>(x);
}

/// Who has the name, as seen on each live node; all must agree.
std::uint64_t owner(const sim_registries& all, const std::string& name) {
  std::set<std::uint64_t> result;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all.is_alive(i))
      result.insert(all.lookup(i, name));
  BOOST_REQUIRE_EQUAL(result.size(), 1U);
  return *result.begin();
}

std::size_t versions(const sim_registries& all, std::size_t node,
                     const std::string& name) {
  auto key = membership::make_key(membership::record_kind::name, name);
  return all.on(node).replica().versions(key).size();
}

void check(sim_registries& all) {
  BOOST_TEST(all.settle());
  BOOST_TEST(all.violation() == "");
}

} // namespace

BOOST_AUTO_TEST_SUITE(registry_stories)

// -- one node ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(of_eight_local_claims_at_once_exactly_one_wins) {
  auto all = together(2);
  for (int round = 0; round < 50; ++round) {
    std::size_t ok = 0;
    auto name = "name " + std::to_string(round);
    for (int i = 0; i < 8; ++i)
      ok += is_ok(all.register_name(all.spawn(0), name)) ? 1 : 0;
    BOOST_TEST(ok == 1U);
  }
  check(all);
  BOOST_TEST(all.evictions().empty());
}

BOOST_AUTO_TEST_CASE(a_name_is_visible_at_once_here_and_soon_everywhere) {
  auto all = together(3);
  auto who = all.spawn(1);
  BOOST_TEST(is_ok(all.register_name(who, "printer", "laser")));
  BOOST_TEST(all.lookup(1, "printer") == who);
  check(all);
  BOOST_TEST(owner(all, "printer") == who);
  BOOST_TEST(all.view(2).at("printer").value == "laser");
}

BOOST_AUTO_TEST_CASE(the_owner_that_registers_again_keeps_its_value) {
  auto all = together(2);
  auto who = all.spawn(0);
  all.register_name(who, "printer", "laser");
  auto again = all.register_name(who, "printer", "ink");
  auto by = std::get_if<already_registered>(&again);
  BOOST_REQUIRE(by != nullptr);
  BOOST_TEST(by->by.actor == who);
  check(all);
  BOOST_TEST(all.view(1).at("printer").value == "laser");
}

BOOST_AUTO_TEST_CASE(a_claim_that_failed_leaves_nothing_behind) {
  auto all = together(2);
  auto winner = all.spawn(0);
  auto loser = all.spawn(1);
  all.register_name(winner, "printer");
  check(all);
  auto failed = all.register_name(loser, "printer");
  BOOST_TEST(std::get<already_registered>(failed).by.actor == winner);
  BOOST_TEST(all.on(1).local_names() == 0U);
  all.end(winner);
  check(all);
  BOOST_TEST(owner(all, "printer") == 0U);
}

BOOST_AUTO_TEST_CASE(only_the_owner_takes_its_name_away) {
  auto all = together(2);
  auto who = all.spawn(0);
  all.register_name(who, "printer");
  check(all);
  all.unregister(all.spawn(0), "printer");
  all.unregister(all.spawn(1), "printer");
  all.unregister(who, "scanner");
  check(all);
  BOOST_TEST(owner(all, "printer") == who);
  all.unregister(who, "printer");
  BOOST_TEST(all.lookup(0, "printer") == 0U);
  check(all);
  BOOST_TEST(owner(all, "printer") == 0U);
}

BOOST_AUTO_TEST_CASE(only_the_owner_updates_its_value_and_keeps_its_claim) {
  auto all = together(2);
  auto who = all.spawn(0);
  auto other = all.spawn(0);
  all.register_name(who, "printer", "laser");
  BOOST_TEST(!all.update(other, "printer", "stolen"));
  BOOST_TEST(!all.update(who, "scanner", "flat"));
  BOOST_TEST(all.update(who, "printer", "ink"));
  check(all);
  BOOST_TEST(all.view(1).at("printer").value == "ink");
  BOOST_TEST(versions(all, 1, "printer") == 1u);
}

BOOST_AUTO_TEST_CASE(an_updated_claim_is_as_old_as_before) {
  auto all = together(2);
  auto first = all.spawn(0, true);
  auto second = all.spawn(1, true);
  all.cut(0, 1);
  all.run_for(5s);
  all.register_name(first, "printer");
  all.run_for(1s);
  all.register_name(second, "printer");
  all.run_for(1s);
  BOOST_TEST(all.update(first, "printer", "much later"));
  all.heal_all();
  check(all);
  BOOST_TEST(owner(all, "printer") == second);
  BOOST_TEST(all.was_evicted(first, "printer"));
}

BOOST_AUTO_TEST_CASE(meta_data_are_of_all_members_and_the_latest_write_wins) {
  auto all = together(3);
  BOOST_TEST(!all.put_meta(0, "colour", "red"));
  check(all);
  BOOST_TEST(all.meta(2).at("colour") == "red");
  all.cut(0, 1);
  all.cut(0, 2);
  BOOST_TEST(!all.put_meta(0, "colour", "green"));
  all.run_for(10ms);
  BOOST_TEST(!all.put_meta(1, "colour", "blue"));
  BOOST_TEST(!all.put_meta(1, "", "empty keys and values are some"));
  BOOST_TEST(!all.put_meta(1, "nothing", ""));
  all.heal_all();
  check(all);
  for (std::size_t i = 0; i < 3; ++i) {
    BOOST_TEST(all.meta(i).at("colour") == "blue");
    BOOST_TEST(all.meta(i).at("nothing") == "");
    BOOST_TEST(all.meta(i).size() == 3u);
  }
  BOOST_TEST(!all.delete_meta(2, "colour"));
  check(all);
  BOOST_TEST(!all.meta(0).contains("colour"));
}

BOOST_AUTO_TEST_CASE(meta_data_outlive_who_wrote_them) {
  sim_registries all{1, {.nodes = 3, .mode = member_mode::automatic}};
  all.run_for(1s);
  BOOST_TEST(!all.put_meta(0, "colour", "red"));
  check(all);
  all.leave(0);
  check(all);
  BOOST_TEST(all.meta(1).at("colour") == "red");
  all.restart(0);
  all.run_for(1s);
  check(all);
  BOOST_TEST(all.meta(0).at("colour") == "red");
}

BOOST_AUTO_TEST_CASE(all_names_of_a_process_end_with_it_and_no_others) {
  auto all = together(2);
  auto ends = all.spawn(0);
  auto stays = all.spawn(0);
  all.register_name(ends, "one");
  all.register_name(ends, "two");
  all.register_name(stays, "three");
  check(all);
  all.end(ends);
  BOOST_TEST(all.view(0).size() == 1U);
  check(all);
  BOOST_TEST(owner(all, "one") == 0U);
  BOOST_TEST(owner(all, "two") == 0U);
  BOOST_TEST(owner(all, "three") == stays);
}

// -- owners that are down ----------------------------------------------------

BOOST_AUTO_TEST_CASE(a_suspect_owner_keeps_its_names_and_they_stay_readable) {
  auto all = together(2);
  auto who = all.spawn(0);
  all.register_name(who, "printer");
  all.settle();
  all.doubt(1, 0);
  all.run_for(1ms);
  BOOST_TEST(all.lookup(1, "printer") == who);
  BOOST_TEST(!is_ok(all.register_name(all.spawn(1), "printer")));
  check(all);
}

BOOST_AUTO_TEST_CASE(names_of_a_down_node_are_hidden_and_return_with_it) {
  auto all = together(3);
  auto who = all.spawn(0);
  all.register_name(who, "printer");
  all.settle();
  all.cut(0, 1);
  all.cut(0, 2);
  all.run_for(5s);
  BOOST_TEST(all.lookup(1, "printer") == 0U);
  BOOST_TEST(all.lookup(2, "printer") == 0U);
  BOOST_TEST(all.lookup(0, "printer") == who);
  BOOST_TEST(versions(all, 1, "printer") == 1U); // hidden, not dropped
  all.heal_all();
  check(all);
  BOOST_TEST(owner(all, "printer") == who);
}

BOOST_AUTO_TEST_CASE(a_hidden_name_is_free_and_its_entry_stays_beside_the_new) {
  auto all = together(2);
  all.register_name(all.spawn(0), "printer");
  all.settle();
  all.crash(0);
  all.run_for(5s);
  auto taker = all.spawn(1);
  BOOST_TEST(is_ok(all.register_name(taker, "printer")));
  BOOST_TEST(versions(all, 1, "printer") == 2U);
  all.end(taker); // the hidden one is not shown instead
  BOOST_TEST(all.lookup(1, "printer") == 0U);
  BOOST_TEST(versions(all, 1, "printer") == 1U);
  check(all);
}

BOOST_AUTO_TEST_CASE(when_both_owners_meet_the_later_claim_wins) {
  for (auto skew : {-10min, 10min}) { // of who takes the name
    auto all = together(2);
    all.set_clock(1, skew);
    all.set_clock(0, 0min);
    auto first = all.spawn(0, true);
    // The second claim saw nothing of the first: the cut was before.
    all.cut(0, 1);
    all.run_for(5s);
    all.register_name(first, "printer");
    auto second = all.spawn(1, true);
    BOOST_TEST(is_ok(all.register_name(second, "printer")));
    all.heal_all();
    check(all);
    BOOST_TEST(owner(all, "printer") == (skew > 0min ? second : first));
    BOOST_TEST(all.evictions().size() == 1U);
  }
}

BOOST_AUTO_TEST_CASE(names_are_lost_one_by_one_not_with_the_process) {
  auto all = together(2);
  all.cut(0, 1);
  all.run_for(5s);
  auto loser = all.spawn(0, true); // lives on, unregistered
  all.register_name(loser, "printer");
  all.register_name(loser, "other");
  all.run_for(1s);
  auto winner = all.spawn(1);
  all.register_name(winner, "printer", "new");
  all.heal_all();
  check(all);
  BOOST_TEST(owner(all, "printer") == winner);
  BOOST_TEST(owner(all, "other") == loser);
  BOOST_REQUIRE(all.evictions().size() == 1U);
  BOOST_TEST(all.evictions()[0].node == 0U);
  BOOST_TEST((all.evictions()[0].what.winner.actor == winner));
}

BOOST_AUTO_TEST_CASE(of_five_claimants_behind_cuts_one_stays) {
  auto all = together(5);
  for (std::size_t i = 0; i < 5; ++i)
    for (std::size_t j = 0; j < i; ++j)
      all.cut(i, j);
  all.run_for(5s);
  for (std::size_t i = 0; i < 5; ++i)
    BOOST_TEST(is_ok(all.register_name(all.spawn(i), "printer")));
  all.heal_all();
  check(all);
  BOOST_TEST(all.held().size() == 1U);
  BOOST_TEST(all.evictions().size() == 4U);
  BOOST_TEST(owner(all, "printer") == all.held().begin()->second);
}

BOOST_AUTO_TEST_CASE(the_winner_keeps_its_name_when_the_loser_ends_meanwhile) {
  for (auto wait : {0ms, 1ms, 50ms, 100ms, 101ms, 200ms, 1000ms}) {
    auto all = together(2);
    all.cut(0, 1);
    all.run_for(5s);
    auto loser = all.spawn(0);
    all.register_name(loser, "printer");
    all.run_for(1s);
    auto winner = all.spawn(1);
    all.register_name(winner, "printer");
    all.heal_all();
    all.run_for(wait);
    all.end(loser);
    check(all);
    BOOST_TEST(owner(all, "printer") == winner);
  }
}

// -- re-assertion ------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_owner_asserts_what_others_erased_with_its_claim_stamp) {
  auto all = together(3, member_mode::dynamic);
  auto who = all.spawn(0);
  all.register_name(who, "printer");
  all.settle();
  all.cut(0, 1);
  all.cut(0, 2);
  all.run_for(5s);
  all.set_members(1, {1, 2}); // forgotten, and erased ...
  all.run_for(5s);
  BOOST_TEST(versions(all, 1, "printer") == 0U);
  all.set_members(1, {0, 1, 2}); // ... and then wanted again
  all.heal_all();
  check(all); // the simulation compares claim stamps
  BOOST_TEST(owner(all, "printer") == who);
}

// -- departed owners ---------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_removed_member_releases_its_names_and_evicts_nobody) {
  auto all = together(3, member_mode::dynamic);
  auto who = all.spawn(0);
  all.register_name(who, "printer");
  all.settle();
  all.set_members(2, {1, 2});
  check(all);
  BOOST_TEST(owner(all, "printer") == 0U);
  BOOST_TEST(all.evictions().empty());
  BOOST_TEST(versions(all, 1, "printer") == 0U);
  auto refused = all.register_name(who, "printer");
  BOOST_TEST((std::get<failure>(refused).code == errc::not_a_member));
}

BOOST_AUTO_TEST_CASE(whoever_removes_itself_takes_its_names_along) {
  auto all = together(2, member_mode::dynamic);
  all.register_name(all.spawn(0), "printer");
  all.settle();
  all.set_members(0, {1});
  BOOST_TEST(all.on(0).local_names() == 0U);
  check(all);
  BOOST_TEST(owner(all, "printer") == 0U);
}

BOOST_AUTO_TEST_CASE(entries_of_an_earlier_incarnation_are_erased) {
  auto all = together(3);
  for (int i = 0; i < 20; ++i)
    all.register_name(all.spawn(0), "name " + std::to_string(i));
  all.settle();
  all.crash(0);
  all.restart(0);
  check(all);
  for (std::size_t i = 0; i < 3; ++i) {
    BOOST_TEST(all.entries_of_departed(i) == 0U);
    BOOST_TEST(all.view(i).empty());
  }
}

BOOST_AUTO_TEST_CASE(
  whoever_left_is_forgotten_though_nobody_got_its_last_words) {
  auto all = together(3);
  for (int i = 0; i < 5; ++i)
    all.register_name(all.spawn(2), "name " + std::to_string(i));
  all.settle();
  all.cut(2, 0);
  all.cut(2, 1);
  all.leave(2);
  check(all);
  BOOST_TEST(all.entries_of_departed(0) == 0U);
  BOOST_TEST(all.entries_of_departed(1) == 0U);
}

BOOST_AUTO_TEST_CASE(a_new_janitor_erases_what_departed_before_it_came) {
  auto all = together(3);
  all.register_name(all.spawn(1), "printer");
  all.settle();
  // The janitor, n0, is away while n1 comes back as another, and n2 is the
  // only one that remembers; then a new n0 comes and knows nothing.
  all.crash(0);
  all.cut(1, 2);
  all.run_for(5s);
  all.crash(1);
  all.restart(0);
  all.restart(1);
  all.heal_all();
  check(all);
  for (std::size_t i = 0; i < 3; ++i)
    BOOST_TEST(all.entries_of_departed(i) == 0U);
}

BOOST_AUTO_TEST_CASE(
  what_arrives_of_a_departed_owner_after_the_sweep_is_erased) {
  auto all = together(3);
  all.cut(0, 2); // n2 has what n0 never heard of
  all.cut(0, 1);
  all.register_name(all.spawn(1), "printer");
  all.run_for(5s);
  all.cut(1, 2);
  all.crash(1);
  all.restart(1);
  all.heal(0, 1);
  all.heal(1, 0);
  all.run_for(5s); // n0 is the janitor and knows that the old n1 departed
  BOOST_TEST(versions(all, 2, "printer") == 1U);
  all.heal_all();
  check(all);
  for (std::size_t i = 0; i < 3; ++i)
    BOOST_TEST(all.entries_of_departed(i) == 0U);
}

// -- who may take part -------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_static_list_keeps_outsiders_out) {
  sim_registries all{1, {.nodes = 3, .listed = {0, 1}}};
  all.run_for(1s);
  auto refused = all.register_name(all.spawn(2), "printer");
  BOOST_TEST((std::get<failure>(refused).code == errc::not_a_member));
  BOOST_TEST((all.on(0).roster().outsiders() == std::set{all.member(2)}));
  BOOST_TEST(all.on(0).replica().neighbours().size() == 1U);
  BOOST_TEST(all.set_members(0, {0, 1, 2}).has_value());
  BOOST_TEST(all.violation() == "");
}

BOOST_AUTO_TEST_SUITE_END()
