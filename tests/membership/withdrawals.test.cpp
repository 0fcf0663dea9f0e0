// SPDX-License-Identifier: MIT
//
// Who suggested addresses takes them back.

#include <boost/test/unit_test.hpp>

#include "horde/membership/cluster_view.hpp"

using namespace horde;
using namespace horde::membership;
using namespace std::chrono_literals;

namespace {

using enum node_state;

const node_id a{"a", {1, 1}}, b{"b", {1, 1}}, b2{"b", {2, 1}};
const endpoint at_a{"a", 1}, at_b{"b", 1}, at_x{"x", 1};
const cluster_effects none;

moment ms(int x) {
  return {instant{1ms * x}, wall_time{1h + 1ms * x}};
}

cluster_config still() {
  cluster_config cfg;
  cfg.jitter_percent = 0;
  cfg.heartbeat_interval = 0ms;
  cfg.down_after = 3s;
  return cfg;
}

/// Node a, which was told of b's address and has linked it.
struct fixture : cluster_view {
  fixture() : cluster_view(a, at_a, still(), 1) {
    connect(at_b, ms(0));
    linked(1, b, at_b, ms(1), at_b);
  }

  void kill_b(int when) {
    link_lost(1, ms(when));
    dial_failed(at_b, true, ms(when + 1));
  }

  /// What its subscribers were told last.
  static std::string told(const cluster_effects& all) {
    std::string result;
    for (const auto& effect : all)
      if (auto* x = std::get_if<announce>(&effect))
        result = std::string{to_string(x->event.what)} + ", " + x->event.reason;
    return result;
  }

  /// Dials until that time.
  std::size_t dials_until(int when) {
    std::size_t result = 0;
    while (wake_at() <= ms(when).at)
      for (const auto& effect : tick({wake_at(), wall_time{}}))
        if (auto* x = std::get_if<dial>(&effect)) {
          ++result;
          dial_failed(x->to, true, {wake_at(), wall_time{}});
        }
    return result;
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(withdrawals)

BOOST_FIXTURE_TEST_CASE(a_down_node_that_is_withdrawn_has_left, fixture) {
  kill_b(2);
  BOOST_TEST((state_of(b) == down));
  BOOST_TEST(told(withdraw(at_b, ms(5))) == "left, withdrawn");
  BOOST_TEST((withdraw(at_b, ms(6)) == none)); // once
  BOOST_TEST(dials_until(60'000) == 0u);
}

BOOST_FIXTURE_TEST_CASE(a_withdrawn_node_has_left_when_it_is_down, fixture) {
  BOOST_TEST((withdraw(at_b, ms(2)) == none));
  BOOST_TEST((state_of(b) == up));
  link_lost(1, ms(3));
  BOOST_TEST((state_of(b) == suspect)); // dialled, though nobody suggests it
  BOOST_TEST(told(dial_failed(at_b, true, ms(4)))
             == "left, down and withdrawn");
  BOOST_TEST(dials_until(60'000) == 0u);
}

BOOST_FIXTURE_TEST_CASE(a_withdrawn_node_that_answers_stays_up, fixture) {
  withdraw(at_b, ms(2));
  link_lost(1, ms(3));
  linked(2, b, at_b, ms(4), at_b);
  BOOST_TEST((state_of(b) == up));
  BOOST_TEST((withdraw(at_b, ms(5)) == none));
  BOOST_TEST((state_of(b) == up));
}

BOOST_FIXTURE_TEST_CASE(what_is_suggested_again_is_as_before, fixture) {
  withdraw(at_b, ms(2));
  connect(at_b, ms(3));
  kill_b(4);
  BOOST_TEST((state_of(b) == down));
  BOOST_TEST(dials_until(60'000) > 5u);
}

BOOST_FIXTURE_TEST_CASE(a_new_incarnation_at_the_address_is_not_withdrawn,
                        fixture) {
  withdraw(at_b, ms(2));
  kill_b(3);
  BOOST_TEST((state_of(b) == left));
  linked(2, b2, at_b, ms(5));
  BOOST_TEST((state_of(b2) == up));
  link_lost(2, ms(6));
  dial_failed(at_b, true, ms(7));
  BOOST_TEST((state_of(b2) == down));
}

BOOST_AUTO_TEST_CASE(the_node_is_known_by_any_spelling_of_its_address) {
  cluster_view v{a, at_a, still(), 1};
  v.connect(at_x, ms(0));
  v.linked(1, b, at_b, ms(1), at_x);
  v.withdraw(at_x, ms(2));
  // It is suggested again, and found there.
  v.connect(at_x, ms(3));
  v.dial_redundant(at_x, b, ms(4));
  v.link_lost(1, ms(5));
  v.dial_failed(at_b, true, ms(6));
  BOOST_TEST((v.state_of(b) == down));
  // And withdrawn, and found by a new link.
  v.linked(2, b, at_b, ms(7), at_x);
  v.withdraw(at_x, ms(7));
  v.connect(at_x, ms(7));
  v.linked(3, b, at_b, ms(7), at_x);
  v.link_lost(3, ms(7));
  v.dial_failed(at_b, true, ms(8));
  BOOST_TEST((v.state_of(b) == down));
  v.withdraw(at_x, ms(9));
  BOOST_TEST((v.state_of(b) == left));
}

BOOST_AUTO_TEST_CASE(an_address_where_nobody_was_is_dialled_no_more) {
  cluster_view v{a, at_a, still(), 1};
  v.connect(at_x, ms(0));
  BOOST_TEST((v.withdraw(at_x, ms(1)) == none));
  BOOST_TEST((v.dial_failed(at_x, true, ms(2)) == none));
  BOOST_TEST((v.wake_at() == never));
  BOOST_TEST((v.withdraw(at_x, ms(3)) == none));
  BOOST_TEST((v.connect(at_x, ms(4)) == cluster_effects{dial{at_x}}));
}

BOOST_AUTO_TEST_CASE(withdrawn_addresses_make_room) {
  auto cfg = still();
  cfg.max_endpoints = 1;
  cluster_view v{a, at_a, cfg, 1};
  v.connect(at_x, ms(0));
  BOOST_TEST((v.connect(at_b, ms(1)) == none));
  v.withdraw(at_x, ms(2));
  BOOST_TEST((v.connect(at_b, ms(3)) == cluster_effects{dial{at_b}}));
}

BOOST_AUTO_TEST_SUITE_END()
