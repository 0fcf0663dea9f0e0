// SPDX-License-Identifier: MIT

#include <boost/test/unit_test.hpp>

#include "horde/actors/endings.hpp"
#include "support/caf_cluster.hpp"

using namespace horde;
using namespace horde::test;

BOOST_AUTO_TEST_SUITE(the_endings)

// What makes the wait right: CAF tells those who watch in reverse order.
BOOST_AUTO_TEST_CASE(who_watches_first_is_told_last) {
  quiet_system quiet;
  auto actor = spawn_idler(quiet.sys());
  auto who = caf::actor_cast<caf::strong_actor_ptr>(actor);
  std::vector<int> told;
  for (int i = 0; i < 3; ++i)
    on_end(who, [&told, i](const caf::error&) { told.push_back(i); });
  who = nullptr;
  caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
  quiet.run();
  BOOST_TEST(told == (std::vector{2, 1, 0}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_wait_is_over_when_all_have_ended) {
  quiet_system quiet;
  actors::endings ends;
  std::vector<caf::actor> all;
  for (int i = 0; i < 3; ++i)
    ends.watch(all.emplace_back(spawn_idler(quiet.sys())));
  for (const auto& x : all)
    caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
  quiet.run();
  ends.wait();
}

BOOST_AUTO_TEST_CASE(an_actor_that_ended_before_is_not_waited_for) {
  quiet_system quiet;
  actors::endings ends;
  auto actor = spawn_idler(quiet.sys());
  caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
  quiet.run();
  ends.watch(actor);
  ends.wait();
}

BOOST_AUTO_TEST_SUITE_END()
