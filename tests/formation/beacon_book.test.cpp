// SPDX-License-Identifier: MIT

#include <boost/test/unit_test.hpp>

#include "horde/formation/beacon_book.hpp"

using namespace horde;
using namespace horde::formation;
using namespace std::chrono_literals;

namespace {

const wall_time noon{1732262400000ms};
const endpoint a{"10.0.0.1", 1};
const endpoint b{"10.0.0.2", 2};

moment at(duration since_start) {
  return {instant{since_start}, noon + since_start};
}

stream_id stream(std::uint32_t x) {
  stream_id result{};
  for (auto i = 0; i < 4; ++i)
    result[static_cast<std::size_t>(i)] = static_cast<char>(x >> (8 * i));
  return result;
}

using list = std::vector<endpoint>;

/// A book and one clock for all.
struct world {
  beacon_book book;
  duration now = 0s;

  hearing hear(std::uint32_t who, std::uint64_t number, const endpoint& where,
               way by = way::told) {
    return hear_sent(who, number, noon + now, {where, by});
  }

  hearing hear_sent(std::uint32_t who, std::uint64_t number, wall_time sent,
                    std::pair<endpoint, way> where = {a, way::told}) {
    beacon_head head{1, stream(who), number};
    if (!book.may_be_new(head))
      return hearing::repeated;
    return book.hear(head, sent, where.first, where.second, at(now));
  }

  list nodes() const { return book.nodes(at(now).at); }
};

} // namespace

BOOST_AUTO_TEST_SUITE(beacon_book_tests)

BOOST_AUTO_TEST_CASE(who_was_heard_is_named_once) {
  world w;
  BOOST_TEST((w.nodes() == list{}));
  BOOST_TEST((w.hear(1, 1, b) == hearing::taken));
  BOOST_TEST((w.hear(1, 2, b) == hearing::taken));
  BOOST_TEST((w.hear(2, 1, a) == hearing::taken));
  BOOST_TEST((w.hear(3, 1, a) == hearing::taken)); // an earlier life of it
  BOOST_TEST((w.nodes() == list{a, b}));
}

BOOST_AUTO_TEST_CASE(who_is_silent_for_too_long_is_not_named) {
  world w;
  w.hear(1, 1, a);
  w.now = 20s;
  w.hear(2, 1, b);
  w.now = 25s;
  BOOST_TEST((w.nodes() == list{a, b}));
  w.now += 1ns;
  BOOST_TEST((w.nodes() == list{b}));
  w.hear(1, 2, a);
  BOOST_TEST((w.nodes() == list{a, b}));
}

BOOST_AUTO_TEST_CASE(a_recorded_beacon_counts_once) {
  world w;
  BOOST_TEST((w.hear(1, 1, a) == hearing::taken));
  BOOST_TEST((w.hear(1, 3, a) == hearing::taken));
  BOOST_TEST((w.hear(1, 1, b) == hearing::repeated));
  BOOST_TEST((w.hear(1, 3, b) == hearing::repeated));
  BOOST_TEST((w.hear(1, 2, a) == hearing::taken)); // late, and new
  BOOST_TEST((w.hear(1, 2, a) == hearing::repeated));
  BOOST_TEST((w.hear(1, 100, a) == hearing::taken));
  BOOST_TEST((w.hear(1, 36, a) == hearing::repeated)); // nobody knows any more
  BOOST_TEST((w.nodes() == list{a}));
}

BOOST_AUTO_TEST_CASE(what_was_sent_at_another_time_of_day_does_not_count) {
  for (auto [skew, expected] : {std::pair{-301s, hearing::off_time},
                                {-300s, hearing::taken},
                                {300s, hearing::taken},
                                {301s, hearing::off_time}}) {
    world w;
    BOOST_TEST((w.hear_sent(1, 1, noon + skew) == expected));
    BOOST_TEST(w.nodes().empty() == (expected == hearing::off_time));
  }
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_off_does_not_shut_out_the_right_one) {
  world w;
  BOOST_TEST((w.hear_sent(1, 1000, noon - 1h) == hearing::off_time));
  BOOST_TEST((w.hear(1, 1, a) == hearing::taken));
}

// Whatever is heard from time to time: no copy of it is ever taken.
BOOST_AUTO_TEST_CASE(a_forgotten_stream_cannot_be_played_again) {
  for (auto skew : {-300s, 0s, 300s})
    for (auto later = 0s; later < 20min; later += 10s) {
      world w;
      w.now = 1h;
      auto sent = noon + w.now + skew;
      BOOST_TEST((w.hear_sent(1, 1, sent) == hearing::taken));
      w.now += later;
      w.hear(2, 1, b); // may forget the other
      BOOST_TEST((w.hear_sent(1, 1, sent) != hearing::taken));
    }
}

BOOST_AUTO_TEST_CASE(the_best_address_of_a_sender_is_named) {
  world w;
  const endpoint lo{"127.0.0.1", 1};
  const endpoint v6{"fe80::1%eth0", 1};
  w.hear(1, 1, lo, way::loopback);
  BOOST_TEST((w.nodes() == list{lo}));
  w.hear(1, 2, v6, way::ipv6);
  BOOST_TEST((w.nodes() == list{v6}));
  w.hear(1, 3, a, way::ipv4);
  w.hear(1, 4, b, way::ipv4);
  w.hear(1, 5, v6, way::ipv6);
  BOOST_TEST((w.nodes() == list{a})); // the first of equals stays
  w.now = 25s;
  w.hear(1, 6, b, way::ipv4);
  w.now = 26s;
  BOOST_TEST((w.nodes() == list{b})); // not heard from there any more
}

BOOST_AUTO_TEST_CASE(who_changes_its_address_is_found_at_the_new_one) {
  world w;
  for (std::uint64_t i = 1; i <= 10; ++i) {
    w.now += 30s;
    const endpoint now{"10.0.1." + std::to_string(i), 1};
    w.hear(1, i, now, way::ipv4);
    BOOST_TEST((w.nodes() == list{now}));
  }
}

BOOST_AUTO_TEST_CASE(there_is_a_limit_and_the_silent_make_room) {
  world w;
  w.book = beacon_book{{.max_streams = 10}};
  for (std::uint32_t i = 0; i < 100; ++i) {
    w.now += 1ms;
    w.hear(0, i + 1, b);
    w.now += 1ms;
    w.hear(i + 1, 1, a);
    BOOST_TEST(w.book.streams() <= 10u);
  }
  BOOST_TEST((w.nodes() == list{a, b}));
  BOOST_TEST((w.hear(0, 1, b) == hearing::repeated));
}

BOOST_AUTO_TEST_CASE(streams_that_are_too_old_are_forgotten) {
  world w;
  for (std::uint32_t i = 0; i < 100; ++i)
    w.hear(i, 1, a);
  BOOST_TEST(w.book.streams() == 100u);
  w.now = 11min;
  w.hear(1000, 1, a);
  BOOST_TEST(w.book.streams() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
