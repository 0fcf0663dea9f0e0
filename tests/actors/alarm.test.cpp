// SPDX-License-Identifier: MIT

#include <boost/test/unit_test.hpp>

#include "horde/actors/alarm.hpp"
#include "support/caf_cluster.hpp"

using namespace horde;
using namespace horde::test;
using namespace std::chrono_literals;

namespace {

/// An actor with a timer of ten seconds that any event may bring forward.
struct a_sleeper {
  quiet_system quiet;
  actors::alarm alarm;
  instant wake_at{};
  std::size_t ticks = 0;
  caf::actor actor;

  a_sleeper() {
    actor = quiet.sys().spawn([this](caf::event_based_actor*) {
      return caf::behavior{[this](const actors::tick& x) {
        ++ticks;
        alarm.rang(x);
        if (now().at >= wake_at)
          wake_at = now().at + 10s;
        alarm.set(wake_at, now(), actor);
      }};
    });
    wake_at = now().at + 10s;
    alarm.set(wake_at, now(), actor);
  }

  ~a_sleeper() {
    caf::anon_send_exit(actor, caf::exit_reason::kill);
    quiet.run();
  }

  moment now() { return actors::time_source{quiet.sys()}.now(); }

  void wake_in(duration x) {
    wake_at = now().at + x;
    alarm.set(wake_at, now(), actor);
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(the_alarm)

BOOST_AUTO_TEST_CASE(it_rings_when_it_was_set_for) {
  a_sleeper x;
  x.quiet.advance(9s);
  BOOST_TEST(x.ticks == 0u);
  x.quiet.advance(1s);
  BOOST_TEST(x.ticks == 1u);
}

BOOST_AUTO_TEST_CASE(an_earlier_time_wins) {
  a_sleeper x;
  x.wake_in(1s);
  x.quiet.advance(1s);
  BOOST_TEST(x.ticks == 1u);
}

BOOST_AUTO_TEST_CASE(timers_that_were_brought_forward_do_not_multiply) {
  a_sleeper x;
  for (int i = 0; i < 100; ++i) {
    x.wake_in(200ms);
    x.quiet.advance(1s);
  }
  x.quiet.advance(20s); // the stale ones ring out
  auto before = x.ticks;
  for (int i = 0; i < 100; ++i)
    x.quiet.advance(1s);
  BOOST_TEST(x.ticks - before <= 10u);
}

BOOST_AUTO_TEST_SUITE_END()
