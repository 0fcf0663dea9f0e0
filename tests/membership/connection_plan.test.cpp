// SPDX-License-Identifier: MIT

#include "horde/membership/connection_plan.hpp"

#include <boost/test/unit_test.hpp>

using namespace horde;
using namespace horde::membership;
using namespace std::chrono_literals;

namespace {

using endpoints = std::vector<endpoint>;

const endpoint here{"here", 1}, x{"x", 1}, y{"y", 1}, z{"z", 1};
const endpoints nothing;

instant at(duration d) {
  return instant{d};
}

connection_plan plan(cluster_config cfg = {}) {
  cfg.jitter_percent = 0;
  return {here, cfg, 1};
}

} // namespace

BOOST_AUTO_TEST_SUITE(connection_plan_)

BOOST_AUTO_TEST_CASE(
  a_remembered_address_is_dialled_once_until_it_is_answered) {
  auto p = plan();
  p.remember(x, at(0s));
  p.remember(x, at(0s));
  BOOST_TEST((p.start_due(at(0s)) == endpoints{x}));
  p.remember(x, at(1s));
  BOOST_TEST((p.start_due(at(1s)) == nothing));
  BOOST_TEST((p.wake_at() == at(5s))); // the dial is given up
}

BOOST_AUTO_TEST_CASE(failed_dials_are_repeated_ever_more_slowly) {
  auto p = plan();
  p.remember(x, at(0s));
  auto now = at(0s);
  for (auto wait : {100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms, 5000ms}) {
    BOOST_TEST((p.start_due(now) == endpoints{x}));
    BOOST_TEST(p.failed(x, now));
    BOOST_TEST(!p.failed(x, now));
    BOOST_TEST((p.start_due(now) == nothing));
    BOOST_TEST((p.wake_at() == now + wait));
    now += wait;
  }
}

BOOST_AUTO_TEST_CASE(an_unanswered_dial_counts_as_failed) {
  auto p = plan();
  p.remember(x, at(0s));
  p.start_due(at(0s));
  BOOST_TEST((p.start_due(at(5s)) == nothing));
  BOOST_TEST((p.start_due(at(5100ms)) == endpoints{x}));
}

BOOST_AUTO_TEST_CASE(only_so_many_dials_are_open_and_the_rest_wait) {
  auto p = plan({.max_dials = 2});
  for (const auto& to : {x, y, z})
    p.remember(to, at(0s));
  BOOST_TEST((p.start_due(at(0s)) == endpoints{x, y}));
  BOOST_TEST((p.wake_at() == at(5s))); // not z, it would be a busy loop
  p.failed(x, at(1s));
  BOOST_TEST((p.start_due(at(1s)) == endpoints{z}));
}

BOOST_AUTO_TEST_CASE(an_address_that_failed_least_goes_first) {
  auto p = plan({.max_dials = 1});
  p.remember(x, at(0s));
  p.start_due(at(0s));
  p.failed(x, at(0s));
  p.seek("n", y, at(1s));
  BOOST_TEST((p.start_due(at(1s)) == endpoints{y}));
}

BOOST_AUTO_TEST_CASE(a_remembered_address_rests_while_its_node_is_linked) {
  auto p = plan();
  p.remember(x, at(0s));
  p.start_due(at(0s));
  p.reached("n", y, x); // it calls itself y
  BOOST_TEST((p.wake_at() == never));
  p.seek("n", y, at(9s));
  BOOST_TEST((p.start_due(at(9s)) == endpoints{x, y}));
  p.reached("n", y, {});
  BOOST_TEST((p.wake_at() == never));
}

BOOST_AUTO_TEST_CASE(an_address_of_a_node_that_left_is_dialled_slowly) {
  auto p = plan();
  p.remember(x, at(0s));
  p.reached("n", x, x);
  p.left("n", at(0s));
  for (auto i = 1; i < 5; ++i) {
    BOOST_TEST((p.wake_at() == at(5s * i)));
    BOOST_TEST((p.start_due(at(5s * i)) == endpoints{x}));
    p.failed(x, at(5s * i));
  }
  p.seek("m", y, at(0s));
  p.left("m", at(0s)); // nobody suggested y
  BOOST_TEST((p.start_due(at(1s)) == nothing));
}

BOOST_AUTO_TEST_CASE(the_next_node_at_such_an_address_is_dialled_as_any_other) {
  auto p = plan();
  p.remember(x, at(0s));
  p.reached("n", x, x);
  p.left("n", at(0s));
  p.reached("n", x, x); // its next incarnation
  p.seek("n", x, at(1s));
  BOOST_TEST((p.start_due(at(1s)) == endpoints{x}));
  p.failed(x, at(1s));
  BOOST_TEST((p.wake_at() == at(1100ms)));
}

BOOST_AUTO_TEST_CASE(our_own_address_is_never_dialled_again) {
  auto p = plan();
  p.remember(here, at(0s));
  p.remember(x, at(0s));
  BOOST_TEST((p.start_due(at(0s)) == endpoints{x}));
  p.found_self(x);
  p.remember(x, at(9s));
  p.seek("n", x, at(9s));
  BOOST_TEST((p.wake_at() == never));
}

BOOST_AUTO_TEST_CASE(somebody_who_is_not_linked_is_dialled_again_later) {
  auto p = plan();
  p.remember(x, at(0s));
  p.start_due(at(0s));
  p.found(x, "n", false, at(0s));
  BOOST_TEST((p.start_due(at(100ms)) == endpoints{x}));
  p.found(x, "n", true, at(0s));
  BOOST_TEST((p.wake_at() == never));
}

BOOST_AUTO_TEST_CASE(when_full_the_address_that_failed_most_makes_room) {
  auto p = plan({.max_endpoints = 2});
  p.remember(x, at(0s));
  p.remember(y, at(0s));
  p.remember(z, at(0s)); // none failed yet: refused
  BOOST_TEST((p.start_due(at(0s)) == endpoints{x, y}));
  p.failed(y, at(0s));
  p.remember(z, at(0s));
  BOOST_TEST((p.start_due(at(0s)) == endpoints{z}));
  BOOST_TEST((p.start_due(at(1s)) == nothing)); // y is forgotten
}

BOOST_AUTO_TEST_CASE(where_a_node_is_missing_is_dialled_though_it_makes_room) {
  auto p = plan({.max_endpoints = 2});
  p.remember(x, at(0s));
  p.remember(y, at(0s));
  p.reached("n", x, x);
  p.seek("n", x, at(0s));
  BOOST_TEST((p.start_due(at(0s)) == endpoints{x, y}));
  p.failed(x, at(0s));
  p.remember(z, at(0s));
  BOOST_TEST((p.start_due(at(1s)) == endpoints{z, x}));
  p.reached("n", x, x); // from now on nobody remembers it
  p.failed(z, at(1s));
  p.forget("n", at(1s));
  BOOST_TEST((p.start_due(at(2s)) == endpoints{z}));
}

BOOST_AUTO_TEST_CASE(a_forgotten_node_leaves_only_remembered_addresses) {
  auto p = plan();
  p.remember(x, at(0s));
  p.reached("n", x, x);
  p.seek("n", y, at(1s));
  p.reached("n", x, {});
  p.seek("m", y, at(1s));
  p.forget("m", at(1s));
  BOOST_TEST((p.wake_at() == never));
  p.forget("n", at(2s)); // who is at x now?
  BOOST_TEST((p.start_due(at(2s)) == endpoints{x}));
}

BOOST_AUTO_TEST_SUITE_END()
