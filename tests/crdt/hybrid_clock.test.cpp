// SPDX-License-Identifier: MIT

#include "horde/crdt/hybrid_clock.hpp"

#include <boost/test/unit_test.hpp>

using namespace horde;
using namespace horde::crdt;
using namespace std::chrono_literals;

namespace {

constexpr wall_time noon{1'000'000h};

std::uint64_t raw(stamp x) {
  return static_cast<std::uint64_t>(x);
}

} // namespace

BOOST_AUTO_TEST_SUITE(hybrid_clock_tests)

BOOST_AUTO_TEST_CASE(stamps_follow_the_wall_clock) {
  hybrid_clock clock{1h};
  auto x = clock.tick(noon);
  BOOST_TEST((wall_of(x) == noon));
  BOOST_TEST((wall_of(clock.tick(noon + 5ms)) == noon + 5ms));
}

BOOST_AUTO_TEST_CASE(stamps_grow_while_the_wall_clock_stands_still) {
  hybrid_clock clock{1h};
  auto x = clock.tick(noon);
  auto y = clock.tick(noon);
  BOOST_TEST((x < y));
  BOOST_TEST((wall_of(y) == noon));
}

BOOST_AUTO_TEST_CASE(stamps_grow_when_the_wall_clock_jumps_back) {
  hybrid_clock clock{1h};
  auto x = clock.tick(noon);
  auto y = clock.tick(noon - 5h);
  BOOST_TEST((x < y));
}

BOOST_AUTO_TEST_CASE(too_many_stamps_in_a_millisecond_carry_into_the_next) {
  hybrid_clock clock{1h};
  auto x = clock.tick(noon);
  for (int i = 0; i < 0x10000; ++i) {
    auto y = clock.tick(noon);
    BOOST_REQUIRE((x < y));
    x = y;
  }
  BOOST_TEST((wall_of(x) == noon + 1ms));
}

BOOST_AUTO_TEST_CASE(a_stamp_is_later_than_what_was_heard) {
  hybrid_clock fast{1h};
  hybrid_clock slow{1h};
  auto heard = fast.tick(noon + 10min);
  BOOST_TEST(slow.observe(heard, noon));
  BOOST_TEST((slow.tick(noon) > heard));
}

BOOST_AUTO_TEST_CASE(a_stamp_beyond_the_drift_limit_is_not_followed) {
  hybrid_clock fast{1h};
  hybrid_clock slow{1h};
  auto heard = fast.tick(noon + 2h);
  BOOST_TEST(!slow.observe(heard, noon));
  BOOST_TEST((wall_of(slow.tick(noon)) == noon));
  BOOST_TEST(!slow.observe(stamp{~std::uint64_t{0}}, noon));
}

BOOST_AUTO_TEST_CASE(the_drift_limit_itself_is_allowed) {
  hybrid_clock fast{1h};
  hybrid_clock slow{1h};
  BOOST_TEST(slow.observe(fast.tick(noon + 1h), noon));
}

BOOST_AUTO_TEST_CASE(absurd_wall_times_do_no_harm) {
  hybrid_clock clock{1h};
  auto x = clock.tick(wall_time::min());
  auto y = clock.tick(wall_time::max());
  auto z = clock.tick(wall_time::max());
  BOOST_TEST(raw(x) < raw(y));
  BOOST_TEST(raw(y) < raw(z));
  BOOST_TEST((wall_of(stamp{~std::uint64_t{0}}) > noon));
}

BOOST_AUTO_TEST_SUITE_END()
