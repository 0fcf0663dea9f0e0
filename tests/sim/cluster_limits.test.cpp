// SPDX-License-Identifier: MIT
//
// Can the checks of `cluster_sim` fail? With settings that cannot keep the
// promises they must.

#include "sim/cluster_sim.hpp"

#include <algorithm>

#include <boost/test/unit_test.hpp>

#include "sim/cluster_checks.hpp"

using namespace horde;
using namespace horde::sim;
using namespace std::chrono_literals;

namespace {

/// Each told only of the one before it.
struct chain : cluster_sim {
  explicit chain(std::size_t size, cluster_config cfg = {})
      : cluster_sim(1, size, cfg) {
    for (host x = 0; x < size; ++x)
      start(x);
    for (host x = 1; x < size; ++x)
      connect(x, x - 1);
    run_for(15s);
  }

  bool has_fault(std::string_view what) const {
    return std::any_of(faults().begin(), faults().end(),
                       [&](const auto& x) { return x.ends_with(what); });
  }
};

constexpr auto false_death = "it is alive and was not cut off";
constexpr auto late_death = "it is dead since 3000 ms";

} // namespace

BOOST_AUTO_TEST_SUITE(cluster_limits)

BOOST_AUTO_TEST_CASE(who_gives_up_too_early_is_found_out) {
  chain good{5}, hasty{5, {.down_after = 1500ms}};
  for (auto c : {&good, &hasty}) {
    c->pause(0, 2s);
    c->run_for(5s);
  }
  BOOST_TEST(good.faults().empty());
  BOOST_TEST(hasty.has_fault(false_death));
}

BOOST_AUTO_TEST_CASE(who_suspects_at_the_first_lost_beat_is_found_out) {
  chain good{2}, hasty{2, {.suspect_after = 200ms, .down_after = 400ms}};
  for (auto c : {&good, &hasty}) {
    c->lose_packets(20);
    c->run_for(60s);
  }
  BOOST_TEST(good.faults().empty());
  BOOST_TEST(hasty.has_fault(false_death));
}

BOOST_AUTO_TEST_CASE(who_gives_up_too_late_is_found_out) {
  chain good{5}, slow{5, {.down_after = 4s}};
  for (auto c : {&good, &slow}) {
    c->pause(0, 1h);
    c->run_for(5s);
  }
  BOOST_TEST(good.faults().empty());
  BOOST_TEST(slow.has_fault(late_death));
}

BOOST_AUTO_TEST_CASE(who_redials_too_late_is_found_out) {
  chain good{5},
    slow{5, {.redial_first = 1s, .redial_at_most = 1h, .free_redials = 0}};
  for (auto c : {&good, &slow}) {
    c->kill(0);
    c->run_for(1s);
  }
  BOOST_TEST(good.faults().empty());
  BOOST_TEST(slow.has_fault("it is dead since 60 ms"));
}

BOOST_AUTO_TEST_CASE(who_never_meets_all_others_is_found_out) {
  chain good{40}, one{40, {.rumour_fanout = 1}},
    silent{40, {.rumour_fanout = 0, .comparisons = 0}};
  BOOST_TEST(good.disagreement() == "");
  BOOST_TEST(one.disagreement() == "");
  BOOST_TEST(silent.disagreement() != "");
}

BOOST_AUTO_TEST_SUITE_END()
