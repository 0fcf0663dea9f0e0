// SPDX-License-Identifier: MIT
//
// What members of a registry agree on: who wins a conflict, and keys that many
// may have.

#include "horde/naming/rules.hpp"

#include <boost/test/unit_test.hpp>

#include "support/sim_registries.hpp"

using namespace horde;
using namespace horde::naming;
using namespace std::chrono_literals;
using sim::sim_registries;

namespace {

/// A process of each node registers one name while nobody hears of the others,
/// the first node first; then all meet. Returns them.
std::vector<std::uint64_t> claim_behind_cuts(sim_registries& all,
                                             const std::string& name) {
  std::vector<std::uint64_t> result;
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      all.cut(i, j);
  all.run_for(5s);
  for (std::size_t i = 0; i < all.size(); ++i) {
    result.push_back(all.spawn(i, true));
    all.register_name(result.back(), name);
    all.run_for(1s);
  }
  all.heal_all();
  BOOST_TEST(all.settle());
  BOOST_TEST(all.violation() == "");
  return result;
}

sim_registries together(std::size_t nodes, conflict_rule rule,
                        key_mode keys = key_mode::unique) {
  sim_registries result{1, {.nodes = nodes, .keys = keys, .conflicts = rule}};
  result.run_for(1s);
  return result;
}

using names_of_actors = std::multiset<std::pair<std::string, std::uint64_t>>;

} // namespace

BOOST_AUTO_TEST_SUITE(registry_rules)

BOOST_AUTO_TEST_CASE(the_first_claim_wins_where_that_is_the_rule) {
  auto all = together(4, conflict_rule::first_wins);
  auto claimants = claim_behind_cuts(all, "printer");
  for (std::size_t i = 0; i < all.size(); ++i) {
    BOOST_TEST(all.lookup(i, "printer") == claimants[0]);
    BOOST_TEST(all.was_evicted(claimants[i], "printer") == (i != 0));
  }
}

BOOST_AUTO_TEST_CASE(the_one_that_a_function_chooses_keeps_the_name) {
  // In the simulation that is whoever was started first.
  auto all = together(4, conflict_rule::decided);
  auto early = all.spawn(2, true);
  auto claimants = claim_behind_cuts(all, "printer");
  for (std::size_t i = 0; i < all.size(); ++i)
    BOOST_TEST(all.lookup(i, "printer") == claimants[0]);
  BOOST_TEST(all.evictions().size() == 3u);
  all.end(claimants[0]);
  BOOST_TEST(all.settle());
  BOOST_TEST(all.lookup(3, "printer") == 0u);
  all.register_name(early, "printer");
  BOOST_TEST(all.settle());
  BOOST_TEST(all.lookup(3, "printer") == early);
  BOOST_TEST(all.violation() == "");
}

/// One machine and what another, of a larger or smaller id, says.
struct judge {
  explicit judge(std::uint64_t id) {
    naming::config cfg;
    cfg.roster = {
      {"h", "a"}, {"a", {1, 1}}, member_mode::fixed, {{"h", "a"}, {"h", "b"}}};
    cfg.conflicts = conflict_rule::decided;
    core.emplace(cfg, replica_id{id}, 1);
    core->start(now);
    core->register_name(7, "name", "ours", now);
    finish();
    naming::config other = cfg;
    other.roster = {
      {"h", "b"}, {"b", {1, 2}}, member_mode::fixed, {{"h", "a"}, {"h", "b"}}};
    peer.emplace(other, replica_id{50}, 1);
    peer->start(now);
    peer->register_name(8, "name", "theirs", now);
    peer->finish(now);
  }

  void finish() {
    for (auto& x : core->finish(now))
      if (auto* e = std::get_if<decide>(&x))
        questions.push_back(*e);
      else if (auto* e = std::get_if<evict>(&x))
        evictions.push_back(*e);
      else if (auto* e = std::get_if<send>(&x))
        mail.push_back(e->bytes);
  }

  /// Until neither has anything to say.
  void meet() {
    core->node_changed({"b", {1, 2}}, node_state::up, now);
    core->peer_up({"h", "b"}, {"b", {1, 2}}, replica_id{50}, now);
    peer->node_changed({"a", {1, 1}}, node_state::up, now);
    peer->peer_up({"h", "a"}, {"a", {1, 1}}, core->replica().id(), now);
    talk();
  }

  void talk() {
    for (int i = 0; i < 20; ++i) {
      now.at += 10ms;
      now.wall += 10ms;
      core->tick(now);
      finish();
      for (const auto& bytes : std::exchange(mail, {}))
        peer->receive(core->replica().id(), *bytes, now);
      peer->tick(now);
      for (auto& x : peer->finish(now))
        if (auto* e = std::get_if<send>(&x))
          core->receive(replica_id{50}, *e->bytes, now);
        else if (std::holds_alternative<evict>(x))
          ++lost_by_peer;
      finish();
    }
  }

  moment now{instant{1h}, wall_time{1000h}};
  std::optional<registry> core;
  std::optional<registry> peer;
  std::vector<decide> questions;
  std::vector<evict> evictions;
  std::vector<std::shared_ptr<const std::string>> mail;
  int lost_by_peer = 0;
};

BOOST_AUTO_TEST_CASE(only_the_claimant_with_the_larger_id_asks_and_once) {
  judge smaller{40};
  smaller.meet();
  BOOST_TEST(smaller.questions.empty());
  judge larger{60};
  larger.meet();
  BOOST_REQUIRE(larger.questions.size() == 1u);
  BOOST_TEST(larger.questions[0].our_entry.value == "ours");
  BOOST_TEST(larger.questions[0].their_entry.value == "theirs");
  BOOST_TEST(larger.evictions.empty());
}

BOOST_AUTO_TEST_CASE(nobody_loses_before_the_answer_then_one_does) {
  judge x{60};
  x.meet();
  BOOST_TEST((x.evictions.empty() && x.lost_by_peer == 0));
  x.core->decided(x.questions.at(0), true, x.now);
  x.talk();
  BOOST_TEST((x.evictions.empty() && x.lost_by_peer == 1));
  BOOST_TEST(x.questions.size() == 1u);

  judge y{60};
  y.meet();
  y.core->decided(y.questions.at(0), false, y.now);
  y.core->decided(y.questions.at(0), false, y.now); // twice is once
  y.talk();
  BOOST_TEST((y.evictions.size() == 1u && y.lost_by_peer == 0));
  BOOST_TEST(y.evictions.at(0).winner.actor == 8u);
}

BOOST_AUTO_TEST_CASE(an_answer_about_a_former_claim_changes_nothing) {
  judge x{60};
  x.meet();
  x.core->unregister(7, "name");
  x.core->decided(x.questions.at(0), false, x.now);
  x.talk();
  BOOST_TEST((x.evictions.empty() && x.lost_by_peer == 0));
  judge y{60};
  y.meet();
  y.peer->unregister(8, "name");
  y.talk();
  y.core->decided(y.questions.at(0), false, y.now);
  y.talk();
  BOOST_TEST(y.evictions.empty());
}

// -- duplicate keys ----------------------------------------------------------

BOOST_AUTO_TEST_CASE(with_duplicate_keys_each_registration_is_one_entry) {
  auto all = together(3, conflict_rule::last_wins, key_mode::duplicate);
  auto twice = all.spawn(0);
  auto once = all.spawn(1);
  all.register_name(twice, "team");
  all.register_name(twice, "team");
  all.register_name(once, "team");
  BOOST_TEST(all.settle());
  auto expected =
    names_of_actors{{"team", twice}, {"team", twice}, {"team", once}};
  for (std::size_t i = 0; i < 3; ++i)
    BOOST_TEST((all.found(i) == expected));
  all.unregister(twice, "team"); // both
  BOOST_TEST(all.settle());
  BOOST_TEST((all.found(2) == names_of_actors{{"team", once}}));
  all.end(once);
  BOOST_TEST(all.settle());
  BOOST_TEST(all.found(2).empty());
  BOOST_TEST(all.violation() == "");
}

BOOST_AUTO_TEST_CASE(entries_of_a_group_behind_a_cut_are_all_there_again) {
  auto all = together(4, conflict_rule::last_wins, key_mode::duplicate);
  auto members = claim_behind_cuts(all, "team");
  names_of_actors expected;
  for (auto x : members)
    expected.emplace("team", x);
  for (std::size_t i = 0; i < 4; ++i)
    BOOST_TEST((all.found(i) == expected));
  BOOST_TEST(all.evictions().empty());
}

BOOST_AUTO_TEST_CASE(one_entry_of_several_is_given_up_by_its_revision) {
  naming::config cfg;
  cfg.roster = {{"h", "a"}, {"a", {1, 1}}, member_mode::automatic, {}};
  cfg.keys = key_mode::duplicate;
  registry x{cfg, replica_id{1}, 1};
  moment now{instant{1h}, wall_time{1000h}};
  x.start(now);
  for (auto value : {"1", "2", "3"})
    x.register_name(7, "team", value, now);
  x.register_name(7, "teams", "of a longer name", now);
  x.register_name(8, "team", "of another", now);
  BOOST_TEST(x.held(7, "tea").empty());
  auto held = x.held(7, "team");
  BOOST_REQUIRE(held.size() == 3u);
  for (const auto& entry : held)
    if (entry.value == "2") {
      BOOST_TEST(!x.unregister(8, "team", entry.revision));
      BOOST_TEST(x.unregister(7, "team", entry.revision));
      BOOST_TEST(!x.unregister(7, "team", entry.revision));
    }
  for (const auto& entry : x.held(7, "team"))
    BOOST_TEST(entry.value != "2");
  BOOST_TEST(x.local_names() == 4u);
  x.process_ended(7);
  BOOST_TEST(x.local_names() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
