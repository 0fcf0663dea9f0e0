// SPDX-License-Identifier: MIT

#include "horde/formation/lookup_plan.hpp"

#include <boost/test/unit_test.hpp>

using namespace horde;
using namespace horde::formation;
using namespace std::chrono_literals;

namespace {

using endpoints = std::vector<endpoint>;

const endpoint self{"self", 1}, a{"a", 1}, b{"b", 1}, c{"c", 1};
const endpoints nothing;

moment at(duration d) {
  return {instant{d}, wall_time{100s + d}};
}

lookup_config exact() {
  lookup_config result;
  result.jitter_percent = 0;
  return result;
}

/// A plan in virtual time: each lookup takes place when it is due.
struct world {
  explicit world(lookup_config cfg = exact(), std::uint64_t seed = 1)
      : plan(self, cfg, seed) {}

  lookup_plan::change answer(endpoints nodes,
                             std::optional<duration> valid_for = {}) {
    now = std::max(now, plan.due());
    return plan.ended(lookup{std::move(nodes), valid_for},
                      at(now.time_since_epoch()));
  }

  void fail(const std::string& why = "no route") {
    now = std::max(now, plan.due());
    auto x = plan.ended(failure{errc::cannot_connect, why},
                        at(now.time_since_epoch()));
    BOOST_TEST((x.found == nothing));
    BOOST_TEST((x.gone == nothing));
  }

  duration wait() const { return plan.due() - now; }

  lookup_plan plan;
  instant now{10s};
};

} // namespace

BOOST_AUTO_TEST_SUITE(lookup_plan_tests)

BOOST_AUTO_TEST_CASE(the_first_lookup_is_due_at_once_and_then_every_interval) {
  world x;
  BOOST_TEST((x.plan.due() <= x.now));
  x.answer({a});
  BOOST_TEST((x.wait() == 5s));
  x.answer({a});
  BOOST_TEST((x.now == instant{15s}));
  BOOST_TEST((x.wait() == 5s));
}

BOOST_AUTO_TEST_CASE(an_answer_tells_who_is_new_and_who_is_gone) {
  world x;
  auto first = x.answer({b, a, b});
  BOOST_TEST((first.found == endpoints{a, b}));
  BOOST_TEST((first.gone == nothing));
  auto same = x.answer({a, b});
  BOOST_TEST((same.found == nothing));
  BOOST_TEST((same.gone == nothing));
  auto other = x.answer({c, b});
  BOOST_TEST((other.found == endpoints{c}));
  BOOST_TEST((other.gone == endpoints{a}));
  BOOST_TEST((x.plan.addresses() == std::set<endpoint>{b, c}));
  BOOST_TEST((x.answer({a, b, c}).found == endpoints{a})); // it is back
}

BOOST_AUTO_TEST_CASE(an_empty_answer_changes_nothing) {
  world x;
  x.answer({a});
  auto empty = x.answer({});
  BOOST_TEST((empty.gone == nothing));
  BOOST_TEST((x.plan.addresses() == std::set<endpoint>{a}));
  BOOST_TEST(x.plan.count().succeeded == 2u);
  BOOST_TEST(x.plan.count().empty == 1u);
  BOOST_TEST((x.answer({a}).found == nothing));
}

BOOST_AUTO_TEST_CASE(an_answer_that_names_only_ourselves_is_not_empty) {
  world x;
  BOOST_TEST((x.answer({self, a}).found == endpoints{a}));
  BOOST_TEST((x.answer({self}).gone == endpoints{a}));
  BOOST_TEST(x.plan.addresses().empty());
  BOOST_TEST(x.plan.count().empty == 0u);
}

BOOST_AUTO_TEST_CASE(a_failure_changes_nothing_and_is_repeated_ever_later) {
  world x;
  x.answer({a});
  for (auto wait : {1250ms, 2500ms, 5000ms, 10000ms, 20000ms, 20000ms}) {
    x.fail();
    BOOST_TEST((x.wait() == wait));
  }
  BOOST_TEST((x.plan.addresses() == std::set<endpoint>{a}));
  BOOST_TEST(x.plan.count().failed == 6u);
  BOOST_TEST(x.plan.count().last_error == "no route");
  x.answer({a}); // the next failure is a first one
  BOOST_TEST((x.wait() == 5s));
  x.fail("again");
  BOOST_TEST((x.wait() == 1250ms));
  BOOST_TEST(x.plan.count().last_error == "again");
}

BOOST_AUTO_TEST_CASE(it_is_known_when_the_last_good_answer_came) {
  world x;
  BOOST_TEST((x.plan.count().last_success == wall_time{}));
  x.fail();
  BOOST_TEST((x.plan.count().last_success == wall_time{}));
  x.answer({a});
  auto then = x.plan.count().last_success;
  BOOST_TEST((then == at(x.now.time_since_epoch()).wall));
  x.fail();
  BOOST_TEST((x.plan.count().last_success == then));
}

BOOST_AUTO_TEST_CASE(a_ttl_defers_within_bounds) {
  world x;
  for (auto [ttl, wait] :
       std::vector<std::pair<duration, duration>>{{0s, 5s},
                                                  {1s, 5s},
                                                  {30s, 30s},
                                                  {60s, 60s},
                                                  {24h, 60s},
                                                  {-1s, 5s},
                                                  {duration::max(), 60s},
                                                  {duration::min(), 5s}}) {
    x.answer({a}, ttl);
    BOOST_TEST((x.wait() == wait));
  }
}

BOOST_AUTO_TEST_CASE(waits_are_spread_within_the_bounds_of_the_jitter) {
  auto cfg = exact();
  cfg.jitter_percent = 20;
  std::set<duration> waits;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    world x{cfg, seed};
    x.answer({a});
    waits.insert(x.wait());
    BOOST_TEST((x.wait() >= 4s && x.wait() < 6s));
    x.fail();
    BOOST_TEST((x.wait() >= 1s && x.wait() < 1500ms));
    x.answer({a}, 30s);
    BOOST_TEST((x.wait() >= 24s && x.wait() < 36s));
  }
  BOOST_TEST(waits.size() > 150u);
  BOOST_TEST((*waits.begin() < 4200ms && *waits.rbegin() > 5800ms));
}

BOOST_AUTO_TEST_CASE(who_is_told_of_changes_still_leaves_a_gap) {
  world x;
  x.answer({a});
  BOOST_TEST((x.plan.earliest() == x.now + 50ms));
  x.fail();
  BOOST_TEST((x.plan.earliest() == x.now + 50ms));
  auto cfg = exact();
  cfg.interval = 10ms;
  world y{cfg};
  y.answer({a});
  BOOST_TEST((y.wait() == 50ms));
  cfg.jitter_percent = 100; // the wait may be nothing, the gap stays
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    world z{cfg, seed};
    z.answer({a});
    BOOST_TEST((z.wait() >= 50ms));
  }
}

BOOST_AUTO_TEST_CASE(an_endless_answer_is_cut) {
  auto cfg = exact();
  cfg.max_addresses = 3;
  world x{cfg};
  auto got = x.answer({{"d", 1}, self, a, a, b, c, {"e", 1}, b});
  BOOST_TEST((got.found == endpoints{a, b, {"d", 1}}));
  BOOST_TEST(x.plan.count().left_out == 2u);
}

BOOST_AUTO_TEST_CASE(whatever_is_answered_the_set_is_that_of_the_last_answer) {
  random_engine rng{7};
  for (auto round = 0; round < 200; ++round) {
    world x;
    std::set<endpoint> known;
    for (auto step = 0; step < 20; ++step) {
      if (below(rng, 4) == 0) {
        x.fail();
        continue;
      }
      endpoints nodes;
      for (auto n = below(rng, 6); n > 0; --n)
        nodes.push_back({"n", static_cast<std::uint16_t>(below(rng, 8))});
      auto change = x.answer(nodes);
      for (const auto& y : change.found)
        BOOST_TEST(known.insert(y).second);
      for (const auto& y : change.gone)
        BOOST_TEST(known.erase(y) == 1u);
      BOOST_TEST((known == x.plan.addresses()));
      if (!nodes.empty())
        BOOST_TEST((known == std::set<endpoint>{nodes.begin(), nodes.end()}));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
