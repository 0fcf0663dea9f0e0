// SPDX-License-Identifier: MIT

#include "horde/membership/suspicion.hpp"

#include <boost/test/unit_test.hpp>

using namespace horde;
using namespace horde::membership;
using namespace std::chrono_literals;

namespace {

const node_id b{"b", {1, 1}}, c{"c", {1, 1}};
const std::vector<node_id> nobody, both{b, c};

instant at(duration d) {
  return instant{d};
}

suspicion fresh() {
  return {3s, at(0s), at(0s)};
}

} // namespace

BOOST_AUTO_TEST_SUITE(suspicion_)

BOOST_AUTO_TEST_CASE(a_refusal_condemns_only_when_every_peer_denies) {
  struct row {
    bool refused;
    std::optional<bool> b_says, c_says;
    bool is_down;
  };
  for (auto [refused, b_says, c_says, is_down] : {
         row{true, false, false, true},
         row{true, false, {}, false},
         row{true, false, true, false},
         row{true, {}, {}, false},
         row{false, false, false, false},
       }) {
    auto x = fresh();
    if (b_says)
      x.report("b", *b_says, {}, at(1ms));
    if (c_says)
      x.report("c", *c_says, {}, at(1ms));
    x.redialled(refused);
    BOOST_TEST(x.verdict(both, at(2ms)).has_value() == is_down);
  }
}

BOOST_AUTO_TEST_CASE(without_peers_a_refusal_is_enough) {
  auto x = fresh();
  BOOST_TEST(!x.verdict(nobody, at(1ms)));
  x.redialled(true);
  BOOST_TEST((x.verdict(nobody, at(1ms)) == "connection refused"));
}

BOOST_AUTO_TEST_CASE(nobody_reaching_it_for_the_whole_time_condemns) {
  auto x = fresh();
  BOOST_TEST(!x.verdict(both, at(3s - 1ns)));
  BOOST_TEST((x.verdict(both, at(3s)) == "unreachable"));
}

BOOST_AUTO_TEST_CASE(
  a_report_that_is_renewed_holds_it_for_as_long_as_it_takes) {
  auto x = fresh();
  for (auto i = 0; i < 1000; ++i) {
    auto now = at(1500ms * i);
    x.report("b", true, {}, now);
    BOOST_TEST(!x.expire(now));
    BOOST_TEST(!x.verdict(both, now));
  }
}

BOOST_AUTO_TEST_CASE(a_report_that_is_not_renewed_lapses) {
  auto x = fresh();
  x.report("b", true, {}, at(1s));
  BOOST_TEST(!x.expire(at(4s - 1ns)));
  BOOST_TEST(x.is_held());
  BOOST_TEST(x.expire(at(4s)));
  BOOST_TEST(!x.is_held());
  BOOST_TEST(!x.verdict(both, at(7s - 1ns)));
  BOOST_TEST((x.verdict(both, at(7s)) == "unreachable"));
}

BOOST_AUTO_TEST_CASE(when_the_last_report_is_taken_back_a_fresh_redial_counts) {
  auto x = fresh();
  x.redialled(true);
  x.report("b", true, {}, at(1ms));
  x.report("c", true, {}, at(1ms));
  BOOST_TEST(!x.report("b", false, {}, at(2ms)));
  BOOST_TEST(x.report("c", false, {}, at(2ms)));
  BOOST_TEST(!x.verdict(both, at(3ms)));
  x.redialled(true);
  BOOST_TEST(x.verdict(both, at(3ms)).has_value());
}

BOOST_AUTO_TEST_CASE(the_time_counts_from_when_anybody_last_heard_of_it) {
  suspicion x{3s, at(1s), at(2s)};
  BOOST_TEST((x.wake_at() == at(3500ms))); // to ask again
  BOOST_TEST(!x.verdict(nobody, at(4s - 1ns)));
  BOOST_TEST(x.verdict(nobody, at(4s)).has_value());
  x.report("b", false, at(1500ms), at(2s));
  x.report("c", false, at(500ms), at(2s));
  BOOST_TEST(!x.verdict(nobody, at(4500ms - 1ns)));
  BOOST_TEST(x.verdict(nobody, at(4500ms)).has_value());
  x.report("b", false, at(1h), at(2s)); // nobody hears the future
  BOOST_TEST(x.verdict(nobody, at(5s)).has_value());
}

BOOST_AUTO_TEST_CASE(a_report_that_is_taken_back_says_until_when_it_was_true) {
  auto x = fresh();
  x.report("b", true, {}, at(1s));
  x.report("b", false, at(1200ms), at(2s));
  BOOST_TEST(!x.verdict(nobody, at(4200ms - 1ns)));
  BOOST_TEST(x.verdict(nobody, at(4200ms)).has_value());
}

BOOST_AUTO_TEST_CASE(time_in_which_we_did_not_run_does_not_count) {
  auto x = fresh();
  x.forgive(10s, at(11s));
  BOOST_TEST(!x.verdict(nobody, at(13s - 1ns)));
  BOOST_TEST(x.verdict(nobody, at(13s)).has_value());
}

BOOST_AUTO_TEST_CASE(what_a_dismissed_peer_said_counts_no_more) {
  auto x = fresh();
  x.report("b", true, {}, at(1ms));
  BOOST_TEST(x.dismiss("b", at(2ms)));
  BOOST_TEST(!x.dismiss("b", at(2ms)));
  BOOST_TEST(!x.said("b"));
}

BOOST_AUTO_TEST_CASE(everybody_is_asked_once_and_again_at_half_time) {
  auto x = fresh();
  BOOST_TEST((x.to_ask({b}, at(0s)) == std::vector{b}));
  x.peers_changed();
  BOOST_TEST((x.to_ask(both, at(1ms)) == std::vector{c})); // it came later
  BOOST_TEST((x.to_ask(both, at(1s)) == nobody));
  BOOST_TEST((x.wake_at() == at(1500ms)));
  BOOST_TEST((x.to_ask(both, at(1500ms)) == both));
  BOOST_TEST((x.to_ask(both, at(1500ms)) == nobody));
  BOOST_TEST((x.wake_at() == at(3s)));
}

BOOST_AUTO_TEST_CASE(for_a_stranger_nobody_is_asked_before_our_dial_failed) {
  auto x = fresh(), y = fresh();
  x.ask_later();
  y.ask_later();
  BOOST_TEST((x.to_ask(both, at(1ms)) == nobody));
  x.redialled(false);
  BOOST_TEST((x.to_ask(both, at(2ms)) == both));
  BOOST_TEST((y.to_ask(both, at(1500ms)) == both)); // it takes too long
}

BOOST_AUTO_TEST_CASE(nobody_else_is_asked_while_somebody_reaches_it) {
  auto x = fresh();
  x.report("b", true, {}, at(0s));
  BOOST_TEST((x.to_ask(both, at(1ms)) == nobody));
  x.report("b", false, {}, at(2ms));
  BOOST_TEST((x.to_ask(both, at(2ms)) == std::vector{c}));
}

BOOST_AUTO_TEST_SUITE_END()
