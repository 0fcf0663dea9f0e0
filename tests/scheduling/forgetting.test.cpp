// SPDX-License-Identifier: MIT
//
// What becomes of children when members are apart for longer than departed ones
// are remembered, so that both sides forget each other.

#include <boost/test/unit_test.hpp>

#include "horde/scheduling/scheduler.hpp"
#include "scheduling/stories.hpp"

using namespace horde;
using namespace horde::scheduling;
using namespace horde::sim;
using namespace std::chrono_literals;

namespace {

using nodes = std::vector<std::size_t>;

constexpr duration forget_after = 10s;

sim_config forgetful(sim_config result = {}) {
  result.mode = member_mode::dynamic;
  result.adjust = [](config& x) {
    x.roster.forget_after = forget_after;
    x.sync.reconcile_every = 2s;
  };
  return result;
}

/// Two sides that forget each other.
struct estranged : sim_members {
  nodes here;
  nodes there;
  std::map<std::size_t, replica_id> before; ///< ids, when they were together

  estranged(nodes some, nodes others, std::uint64_t seed = 1)
      : sim_members(seed, some.size() + others.size(), forgetful()),
        here(std::move(some)), there(std::move(others)) {
    run_for(1s);
    for (auto i : everybody())
      before[i] = on(i).replica().id();
  }

  nodes everybody() const {
    auto result = here;
    result.insert(result.end(), there.begin(), there.end());
    return result;
  }

  void start_many(int n) {
    for (int i = 0; i < n; ++i)
      start_child(static_cast<std::size_t>(i) % size(),
                  child("c" + std::to_string(i)));
    run_for(1s);
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
        BOOST_TEST(on(i).replica().map().seen().is_forgotten(before.at(j)));
        BOOST_TEST(on(j).replica().map().seen().is_forgotten(before.at(i)));
      }
    set_members(here.front(), everybody());
    set_members(there.front(), everybody());
  }

  void check() {
    BOOST_TEST(disagreement() == "");
    BOOST_TEST(violation() == "");
    for (const auto& x : calls())
      BOOST_TEST((!x.starts.empty() || !x.terminates.empty() || x.lost), x.id);
    for (auto i : alive())
      BOOST_TEST(on(i).replica().stats().known_replicas <= size());
  }

  std::size_t renewals(const nodes& side) const {
    std::size_t result = 0;
    for (auto i : side)
      if (is_alive(i))
        result += on(i).replica().stats().renewals > 0 ? 1 : 0;
    return result;
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

BOOST_AUTO_TEST_SUITE(scheduler_forgetting)

BOOST_AUTO_TEST_CASE(each_child_runs_once_when_they_meet_again) {
  for (const auto& row : sides) {
    estranged all{row.here, row.there};
    all.start_many(60);
    all.part();
    all.wait_until_forgotten();
    BOOST_TEST(all.running().size() == 120U); // on both sides
    auto stay = row.begin_anew_here > 0 ? row.there.front() : row.here.front();
    all.start_child(stay, child("new"));
    all.run_for(1s);
    std::map<std::string, std::uint64_t> starts;
    for (const auto& x : all.on(stay).children())
      starts[x.id] = all.starts_of(x.id);
    all.heal_all();
    all.run_for(5s);
    BOOST_TEST(all.renewals(row.here) == row.begin_anew_here);
    BOOST_TEST(all.renewals(row.there) == row.begin_anew_there);
    BOOST_TEST(all.running().size() == 61U);
    for (const auto& [id, n] : starts)
      BOOST_TEST(all.starts_of(id) == n, id); // the other copy stopped
    all.run_for(2 * forget_after);
    all.check();
  }
}

BOOST_AUTO_TEST_CASE(children_terminated_meanwhile_do_not_come_back) {
  for (const auto& row : sides) {
    estranged all{row.here, row.there};
    all.start_many(40);
    all.part();
    auto stay = row.begin_anew_here > 0 ? row.there : row.here;
    auto lose = row.begin_anew_here > 0 ? row.here : row.there;
    for (int i = 0; i < 20; ++i)
      all.terminate(stay.front(), "c" + std::to_string(i));
    all.run_for(1s);
    for (const auto& id : all.running()) // each copy says that it was restarted
      all.crash(lose.front(), id);
    all.wait_until_forgotten();
    all.heal_all();
    all.run_for(5s);
    for (int i = 0; i < 40; ++i) {
      auto id = "c" + std::to_string(i);
      BOOST_TEST(all.runs_on(id).size() == (i < 20 ? 0U : 1U), id);
    }
    all.run_for(2 * forget_after);
    all.check();
  }
}

BOOST_AUTO_TEST_CASE(children_that_nobody_took_over_run_on) {
  // One is out of reach, but nobody takes it for dead. It is wrong about a
  // third, and forgets it; of these two one begins anew.
  std::uint64_t renewals = 0;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    sim_members all{seed, 4, forgetful({.down_after = 1h})};
    all.run_for(1s);
    std::vector<std::string> ids;
    for (int i = 0; i < 20; ++i)
      ids.push_back(id_on(all, 3, i));
    for (const auto& id : ids)
      all.start_child(3, child(id));
    all.run_for(1s);
    for (std::size_t i : {0, 1, 2})
      all.cut(3, i);
    all.run_for(100ms);
    all.on(3).node_changed(all.on(2).roster().node(), node_state::left,
                           all.moment_now());
    all.run_for(3 * forget_after);
    BOOST_TEST(
      all.on(3).replica().map().seen().is_forgotten(all.on(2).replica().id()));
    all.heal_all();
    all.run_for(20s);
    renewals += all.on(3).replica().stats().renewals;
    for (const auto& id : ids) {
      BOOST_TEST(all.runs_on(id) == nodes{3});
      BOOST_TEST(all.starts_of(id) == 1U, id << ", seed " << seed);
    }
    BOOST_TEST(all.disagreement() == "");
    BOOST_TEST(all.violation() == "");
  }
  BOOST_TEST(renewals > 0U);
}

BOOST_AUTO_TEST_CASE(a_drain_ends_also_if_the_member_begins_anew_meanwhile) {
  for (auto stops_within : {2ms, 2000ms}) {
    estranged all{{0, 1, 2}, {3}};
    all.start_many(40);
    all.part();
    all.wait_until_forgotten();
    all.factories["ok"].stops_within = stops_within;
    all.heal_all();
    all.drain(3);
    all.run_for(60s);
    BOOST_TEST(!all.is_alive(3));
    BOOST_TEST(all.running().size() == 40U);
    all.check();
  }
}

BOOST_AUTO_TEST_CASE(starts_under_way_are_answered_with_the_truth) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    estranged all{{0, 1, 2}, {3}, seed};
    all.part();
    all.wait_until_forgotten();
    all.heal_all();
    for (int i = 0; i < 40; ++i) {
      all.start_child(3, child("c" + std::to_string(i)));
      all.run_for(250us);
    }
    all.run_for(40s);
    BOOST_TEST(all.renewals({3}) == 1U);
    for (const auto& x : all.calls()) {
      BOOST_REQUIRE(x.starts.size() == 1U);
      // One that was alone may lose what it wrote.
      if (!x.alone)
        BOOST_TEST((!std::holds_alternative<started>(x.starts.front())
                    || all.runs_on(x.id).size() == 1U),
                   x.id << ", seed " << seed);
    }
    all.check();
  }
}

BOOST_AUTO_TEST_CASE(terminates_under_way_are_answered_with_the_truth) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    estranged all{{0, 1, 2}, {3}, seed};
    all.start_many(40);
    all.part();
    all.wait_until_forgotten();
    all.heal_all();
    for (int i = 0; i < 40; ++i) {
      all.terminate(3, "c" + std::to_string(i));
      all.run_for(250us);
    }
    all.run_for(40s);
    BOOST_TEST(all.renewals({3}) == 1U);
    for (const auto& x : all.calls())
      if (!x.terminates.empty() && !x.terminates.front())
        BOOST_TEST(all.runs_on(x.id).empty(), x.id << ", seed " << seed);
    all.check();
  }
}

BOOST_AUTO_TEST_SUITE_END()
