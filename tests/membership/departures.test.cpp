// SPDX-License-Identifier: MIT

#include "horde/membership/departures.hpp"

#include <boost/test/unit_test.hpp>

using namespace horde;
using namespace horde::membership;
using namespace std::chrono_literals;

namespace {

constexpr replica_id a{1};
constexpr replica_id b{2};
constexpr replica_id c{3};

using ids = std::vector<replica_id>;

struct looks {
  departures x{1h};
  instant now{10h};

  looks() { x.start(now); }

  ids look(const ids& gone, const ids& silent = {}) {
    now = x.next_look();
    return x.look(gone, silent, now);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(departures_tests, looks)

BOOST_AUTO_TEST_CASE(nobody_looks_before_the_start) {
  BOOST_TEST((departures{1h}.next_look() == never));
}

BOOST_AUTO_TEST_CASE(the_departed_are_forgotten_after_the_time_and_no_sooner) {
  while (look({a}).empty())
    BOOST_REQUIRE(now < instant{12h});
  BOOST_TEST((now >= instant{11h}));
  BOOST_TEST((now <= instant{11h + 30min}));
  BOOST_TEST((look({a, b}) == ids{a}));
}

BOOST_AUTO_TEST_CASE(who_was_back_meanwhile_is_remembered_anew) {
  look({a});
  look({a});
  look({});
  auto back = now;
  while (look({a}).empty())
    BOOST_REQUIRE(now < instant{13h});
  BOOST_TEST((now >= back + 1h));
}

BOOST_AUTO_TEST_CASE(
  nobody_is_forgotten_while_a_member_has_just_become_silent) {
  look({a});
  look({a});
  look({a});
  auto silent_since = now + 15min;
  while (look({a}, {c}).empty())
    BOOST_REQUIRE(now < instant{13h});
  BOOST_TEST((now >= silent_since + 1h));
}

BOOST_AUTO_TEST_SUITE_END()
