// SPDX-License-Identifier: MIT
//
// Two pulses on a table, and a view with heartbeats.

#include "horde/membership/pulse.hpp"

#include <boost/test/unit_test.hpp>

#include "horde/membership/cluster_view.hpp"

using namespace horde;
using namespace horde::membership;
using namespace std::chrono_literals;

namespace {

const cluster_config usual;

instant at(duration d) {
  return instant{d};
}

/// Beats that come at these times, as datagrams.
pulse after_beats(std::initializer_list<duration> times) {
  pulse x{usual, at(0s)};
  std::uint64_t number = 0;
  for (auto t : times)
    x.heard({++number, 0}, true, at(t));
  return x;
}

} // namespace

BOOST_AUTO_TEST_SUITE(pulse_)

BOOST_AUTO_TEST_CASE(beats_are_due_at_once_and_then_at_the_same_instants) {
  pulse x{usual, at(310ms)};
  BOOST_TEST((x.due() == at(310ms)));
  BOOST_TEST((x.next(at(310ms)) == beat{1, 0}));
  BOOST_TEST((x.due() == at(500ms)));
  BOOST_TEST((x.next(at(530ms)) == beat{2, 0})); // late
  BOOST_TEST((x.due() == at(750ms)));
}

BOOST_AUTO_TEST_CASE(silence_is_noticed_after_the_configured_time) {
  auto x = after_beats({250ms, 500ms, 750ms});
  BOOST_TEST((x.silent_at() == at(1750ms)));
  BOOST_TEST(!x.is_silent(at(1750ms - 1ns)));
  BOOST_TEST(x.is_silent(at(1750ms)));
  BOOST_TEST((x.down_after() == usual.down_after));
}

BOOST_AUTO_TEST_CASE(who_usually_comes_unevenly_gets_more_time) {
  auto x = after_beats({100ms, 900ms, 1s, 1800ms, 1900ms, 2700ms, 2800ms,
                        3600ms, 3700ms, 4500ms, 4600ms, 5400ms});
  BOOST_TEST((x.silent_at() > at(5400ms + 1200ms)));
  BOOST_TEST((x.silent_at() <= at(5400ms + usual.down_after)));
  BOOST_TEST((x.down_after() > usual.down_after));
  BOOST_TEST((x.down_after() <= 2 * usual.down_after));
}

BOOST_AUTO_TEST_CASE(bytes_on_the_link_are_a_sign_of_life) {
  auto x = after_beats({250ms});
  x.heard_link(at(5s));
  BOOST_TEST(!x.is_silent(at(5900ms)));
  x.heard_link(at(3s)); // says nothing new
  BOOST_TEST((x.last_heard() == at(5s)));
}

BOOST_AUTO_TEST_CASE(a_beat_of_who_is_not_yet_linked_is_a_sign_of_life) {
  pulse x{usual, at(0s)};
  x.heard({}, true, at(1s));
  BOOST_TEST((x.last_heard() == at(1s)));
  BOOST_TEST((x.next(at(1s)) == beat{1, 0}));
}

BOOST_AUTO_TEST_CASE(
  the_round_trip_is_measured_without_the_time_a_beat_was_held) {
  pulse here{usual, at(0s)};
  pulse there{usual, at(0s)};
  BOOST_TEST(!here.round_trip());
  for (auto now = 0ms; now < 5s; now += 250ms) {
    there.heard(here.next(at(now)), true, at(now + 20ms));
    here.heard(there.next(at(now + 90ms)), true, at(now + 100ms));
  }
  BOOST_TEST((here.round_trip() == 30ms));
  BOOST_TEST((there.round_trip() == 30ms));
  // A jump counts for an eighth.
  there.heard(here.next(at(5s)), true, at(5s + 20ms));
  here.heard(there.next(at(5s + 90ms)), true, at(5s + 180ms));
  BOOST_TEST((here.round_trip() == 40ms));
}

BOOST_AUTO_TEST_CASE(absurd_times_are_no_round_trip) {
  pulse x{usual, at(0s)};
  x.next(at(0s));
  x.heard({1, 1, 2s}, true, at(1s)); // held for longer than it was away
  x.next(at(1s));
  x.heard({2, 2, -1s}, true, at(1s));
  BOOST_TEST(!x.round_trip());
  for (int i = 0; i < 16; ++i)
    x.next(at(2s));
  x.heard({3, 3, 0s}, true, at(3s)); // in the last 16
  BOOST_TEST((x.round_trip() == 1s));
}

BOOST_AUTO_TEST_CASE(beats_go_over_the_link_while_datagrams_get_lost) {
  pulse here{usual, at(0s)};
  pulse there{usual, at(0s)};
  auto now = at(0s);
  auto exchange = [&](int times, bool arrive) {
    for (int i = 0; i < times; ++i, now += 250ms) {
      auto x = here.next(now);
      auto over_link = here.is_over_link();
      if (arrive || over_link)
        there.heard(x, arrive, now);
      here.heard(there.next(now), true, now);
    }
  };
  exchange(4, true);
  BOOST_TEST(!here.is_over_link());
  exchange(10, false);
  BOOST_TEST(here.is_over_link());
  BOOST_TEST(!there.is_silent(now)); // it heard those over the link
  exchange(2, true);
  BOOST_TEST(!here.is_over_link());
}

BOOST_AUTO_TEST_CASE(late_and_absurd_beats_change_nothing) {
  auto x = after_beats({250ms, 500ms});
  auto silent_at = x.silent_at();
  x.heard({1, 0}, true, at(500ms));
  BOOST_TEST((x.silent_at() == silent_at));
  x.heard({3, 1'000'000}, true, at(500ms)); // we said nothing yet
  BOOST_TEST(!x.is_over_link());
  for (int i = 0; i < 6; ++i)
    x.next(at(500ms));
  BOOST_TEST(x.is_over_link());
}

BOOST_AUTO_TEST_CASE(time_in_which_we_did_not_run_is_not_silence) {
  auto x = after_beats({250ms});
  x.forgive(10s, at(10500ms));
  BOOST_TEST((x.last_heard() == at(10250ms)));
  x.forgive(10s, at(11s)); // never beyond now
  BOOST_TEST((x.last_heard() == at(11s)));
}

BOOST_AUTO_TEST_CASE(without_an_interval_there_are_no_beats_and_no_silence) {
  cluster_config cfg;
  cfg.heartbeat_interval = 0ms;
  pulse x{cfg, at(0s)};
  BOOST_TEST((x.due() == never));
  BOOST_TEST(!x.is_silent(at(1000h)));
}

BOOST_AUTO_TEST_CASE(times_that_cannot_work_are_refused_by_name) {
  auto problem_of = [](duration interval, duration suspect, duration down) {
    cluster_config cfg;
    cfg.heartbeat_interval = interval;
    cfg.suspect_after = suspect;
    cfg.down_after = down;
    auto problem = validate(cfg);
    return problem ? problem->what : "";
  };
  BOOST_TEST(!validate(usual));
  BOOST_TEST(problem_of(0ms, 1s, 2s) == "");
  BOOST_TEST(problem_of(10ms, 20ms, 30ms) == "");
  BOOST_TEST(problem_of(9ms, 1s, 2s)
             == "heartbeat_interval = 9 ms: takes 10 ms or more, or 0 for no "
                "heartbeats");
  BOOST_TEST(problem_of(-1ms, 1s, 2s).starts_with("heartbeat_interval"));
  BOOST_TEST(problem_of(600ms, 1s, 3s)
             == "suspect_after = 1000 ms: takes two heartbeat intervals (1200 "
                "ms) or more");
  BOOST_TEST(problem_of(0ms, 0ms, 2s).starts_with("suspect_after"));
  BOOST_TEST(problem_of(250ms, 1s, 1200ms)
             == "down_after = 1200 ms: takes suspect_after and a heartbeat "
                "interval (1250 ms) or more");
}

BOOST_AUTO_TEST_SUITE_END()
