// SPDX-License-Identifier: MIT

#include "horde/supervision/restart_history.hpp"

#include <boost/test/unit_test.hpp>

using namespace horde;
using namespace horde::supervision;
using namespace std::chrono_literals;

namespace {

instant at(duration x) {
  return instant{x};
}

constexpr restart_limits exact{3, 5s, 1s, 8s, 0};

} // namespace

BOOST_AUTO_TEST_SUITE(restart_tests)

// -- restart_window ----------------------------------------------------------

BOOST_AUTO_TEST_CASE(as_many_restarts_as_allowed_and_not_one_more) {
  restart_window x{3, 5s};
  BOOST_TEST(x.note(at(0s)));
  BOOST_TEST(x.note(at(1s)));
  BOOST_TEST(x.note(at(2s)));
  BOOST_TEST(!x.note(at(3s)));
}

BOOST_AUTO_TEST_CASE(a_restart_counts_until_the_period_is_over_inclusive) {
  restart_window x{1, 5s};
  BOOST_TEST(x.note(at(0s)));
  BOOST_TEST(x.count(at(5s)) == 1u);
  BOOST_TEST(x.count(at(5s + 1ns)) == 0u);
  BOOST_TEST(!x.note(at(5s))); // the one at 0 s counts
  BOOST_TEST(x.note(at(10s + 1ns)));
}

BOOST_AUTO_TEST_CASE(with_no_restarts_allowed_the_first_is_too_many) {
  restart_window x{0, 5s};
  BOOST_TEST(!x.note(at(0s)));
}

BOOST_AUTO_TEST_CASE(a_window_stays_small_whatever_happens) {
  restart_window x{3, 5s};
  for (int i = 0; i < 10'000; ++i)
    x.note(at(1ms * i));
  BOOST_TEST(x.count(at(10s)) == 4u);
  x.restore(1'000'000, at(10s));
  BOOST_TEST(x.count(at(10s)) == 4u);
}

// -- backoff -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(delays_double_up_to_the_limit) {
  BOOST_TEST((backoff(1, 1s, 8s) == duration{1s}));
  BOOST_TEST((backoff(2, 1s, 8s) == duration{2s}));
  BOOST_TEST((backoff(4, 1s, 8s) == duration{8s}));
  BOOST_TEST((backoff(64, 1s, 8s) == duration{8s}));
  BOOST_TEST((backoff(4'000'000'000U, 1s, duration::max()) == duration::max()));
  BOOST_TEST((backoff(1, 10s, 8s) == duration{8s}));
}

// -- restart_history ---------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_child_is_restarted_at_once_within_its_intensity) {
  random_engine rng{1};
  restart_history x{exact};
  for (int i = 0; i < 3; ++i)
    BOOST_TEST((x.ended(10ms, at(100ms * i), rng) == duration::zero()));
  BOOST_TEST((x.ended(10ms, at(400ms), rng) == duration{1s}));
  BOOST_TEST(x.memory(at(400ms)).strikes == 1u);
}

BOOST_AUTO_TEST_CASE(once_set_back_each_crash_waits_longer) {
  random_engine rng{1};
  restart_history x{exact};
  x.restore({0, 1}, false, 0s, at(0s));
  BOOST_TEST((x.ended(10ms, at(100s), rng) == duration{2s}));
  BOOST_TEST((x.ended(10ms, at(200s), rng) == duration{4s}));
  BOOST_TEST((x.ended(10ms, at(300s), rng) == duration{8s}));
  BOOST_TEST((x.ended(10ms, at(400s), rng) == duration{8s}));
}

BOOST_AUTO_TEST_CASE(a_child_that_ran_long_enough_is_healthy_again) {
  random_engine rng{1};
  restart_history x{exact};
  x.restore({0, 4}, false, 0s, at(0s));
  BOOST_TEST((x.ended(7s, at(100s), rng) == duration{8s})); // not long enough
  BOOST_TEST((x.ended(8s, at(200s), rng) == duration::zero()));
  BOOST_TEST(x.memory(at(200s)).strikes == 0u);
}

BOOST_AUTO_TEST_CASE(delays_have_jitter) {
  random_engine rng{1};
  restart_history x{{0, 5s, 10s, 60s, 20}};
  auto first = x.ended(0s, at(0s), rng);
  BOOST_TEST((first >= duration{8s} && first < duration{12s}));
  restart_history y{{0, 5s, 10s, 60s, 20}};
  BOOST_TEST((y.ended(0s, at(0s), rng) != first));
}

BOOST_AUTO_TEST_CASE(what_it_remembers_goes_with_the_child) {
  random_engine rng{1};
  restart_history before{exact};
  before.ended(0s, at(0s), rng);
  before.ended(0s, at(0s), rng);
  BOOST_TEST((before.memory(at(1s)) == restart_memory{2, 0}));
  restart_history after{exact};
  after.restore(before.memory(at(1s)), true, 1s, at(50s));
  BOOST_TEST((after.ended(0s, at(50s), rng) == duration::zero()));
  BOOST_TEST((after.ended(0s, at(50s), rng) == duration{1s}));
}

BOOST_AUTO_TEST_CASE(old_memories_do_not_count) {
  random_engine rng{1};
  restart_history x{exact};
  x.restore({3, 2}, true, 1h, at(0s)); // it ran for an hour since
  BOOST_TEST((x.memory(at(0s)) == restart_memory{0, 0}));
  restart_history y{exact};
  y.restore({3, 2}, false, 1h, at(0s)); // it waited for an hour
  BOOST_TEST((y.memory(at(0s)) == restart_memory{0, 2}));
  BOOST_TEST((y.current_delay(rng) == duration{2s}));
}

BOOST_AUTO_TEST_CASE(strikes_that_a_peer_made_up_are_bounded) {
  random_engine rng{1};
  restart_history x{exact};
  x.restore({0, ~std::uint32_t{0}}, false, 0s, at(0s));
  BOOST_TEST(x.memory(at(0s)).strikes == 64u);
  BOOST_TEST((x.ended(0s, at(0s), rng) == exact.backoff_at_most));
}

BOOST_AUTO_TEST_SUITE_END()
