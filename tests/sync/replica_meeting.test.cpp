// SPDX-License-Identifier: MIT
//
// What becomes of a replica that was only away when it meets those that forgot
// it: who begins anew, and what of that must not be mixed up.

#include <boost/test/unit_test.hpp>

#include "support/departed.hpp"

using namespace horde;
using namespace horde::sim;
using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(replica_meeting_tests, departed)

BOOST_AUTO_TEST_CASE(
  of_two_sides_that_forgot_each_other_the_smaller_begins_anew) {
  BOOST_TEST(forget(0, 2));
  compare_all();
  BOOST_TEST(forget(2, 0));
  BOOST_TEST(has_forgotten(1, id(2)));
  put(0, "big", "v");
  put(2, "small", "v");
  settle();
  heal(2, 1);
  heal(2, 0);
  for (std::size_t i : {0, 1, 2}) {
    BOOST_TEST(value(i, "big") == "v");
    BOOST_TEST(value(i, "small") == "(none)");
    BOOST_TEST(value(i, "another") == "of 1");
    BOOST_TEST(((*this)[i].map().seen() == (*this)[0].map().seen()));
  }
  BOOST_TEST((*this)[0].stats().renewals + (*this)[1].stats().renewals == 0u);
  BOOST_TEST((*this)[2].stats().renewals == 1u);
}

BOOST_AUTO_TEST_CASE(
  who_speaks_for_a_side_that_forgot_need_not_have_been_there) {
  // 2 forgets 0 and 1; replica 3 joins it, and it dies. Then 3 alone knows
  // what 0 and 1 have not forgotten, and they are more.
  departed x{4};
  x.pass(2 * sync::config{}.young_for);
  x.settle();
  x.cut({2, 3}, {0, 1});
  x.pass(sync::config{}.young_for); // so they no longer count as one side
  BOOST_TEST(x.forget(2, 0));
  x.put(3, "small", "v");
  x.compare_all();
  BOOST_TEST(x.has_forgotten(3, id(0)));
  x.down(3, 2);
  x.mail.clear();
  x.heal(0, 3);
  x.heal(1, 3);
  BOOST_TEST(x.value(3, "other") == "of 0");
  BOOST_TEST(x.value(0, "small") == "(none)");
  BOOST_TEST(x[0].stats().renewals == 0u);
  BOOST_TEST(x[1].stats().renewals == 0u);
}

BOOST_AUTO_TEST_CASE(a_neighbour_that_is_forgotten_by_mistake_begins_anew) {
  up(0, 2);
  up(2, 0);
  up(1, 2);
  up(2, 1);
  settle();
  BOOST_TEST(forget(0, 2)); // it is there
  compare_all();
  BOOST_TEST((*this)[2].stats().renewals == 1u);
  put(2, "new", "life");
  settle();
  BOOST_TEST(value(0, "new") == "life");
  BOOST_TEST(value(1, "new") == "life");
  BOOST_TEST(all_equal());
}

BOOST_AUTO_TEST_CASE(a_newcomer_between_two_sides_takes_that_of_the_larger) {
  // 0 and 1 on one side, 2 on the other; only 3 meets both.
  replica_bench x{4};
  x.up(0, 1);
  x.up(1, 0);
  x.put(0, "larger", "v");
  x.put(2, "smaller", "v");
  x.settle();
  x.pass(2 * sync::config{}.young_for);
  x.settle();
  BOOST_TEST(x[0].forget(id(2), x.now));
  BOOST_TEST(x[2].forget(id(0), x.now));
  x.pass(2 * sync::config{}.reconcile_every);
  x.settle();
  for (std::size_t i : {2, 0, 1}) {
    x.up(3, i);
    x.up(i, 3);
  }
  for (int i = 0; i < 5; ++i) {
    x.settle();
    x.pass(2 * sync::config{}.reconcile_every);
  }
  x.settle();
  for (std::size_t i = 0; i < 4; ++i) {
    BOOST_TEST(x.value(i, "larger") == "v");
    BOOST_TEST(x.value(i, "smaller") == "(none)");
  }
  BOOST_TEST(x.all_equal());
  BOOST_TEST(x[0].stats().renewals + x[1].stats().renewals == 0u);
  BOOST_TEST(x[2].stats().renewals == 1u);
  BOOST_TEST(x[3].stats().renewals < 5u);
}

/// 0 has forgotten 3, which only 2 talks to; 1 talks to 0 and 2.
struct never_meet : replica_bench {
  explicit never_meet(const sync::config& cfg = {}) : replica_bench(4, cfg) {
    up(2, 3);
    up(3, 2);
    put(3, "larger", "v");
    for (auto key : {"a", "b", "c", "d", "e", "f", "g", "h"})
      put(3, key, "v");
    put(0, "smaller", "v");
    settle();
    pass(2 * sync::config{}.young_for);
    settle();
    BOOST_TEST((*this)[0].forget(id(3), now));
    up(1, 0);
    up(0, 1);
    settle(); // 0 has forgotten 1, too
    BOOST_TEST((*this)[1].stats().renewals == 1u);
    up(1, 2);
    up(2, 1);
    while (!mail.empty() && (*this)[1].stats().renewals == 1u)
      deliver_next();
    // It had what 0 has, and that does not get on with 2.
    BOOST_TEST((*this)[1].stats().renewals == 2u);
  }

  void check_that_all_is_well() {
    for (std::size_t i = 0; i < 4; ++i) {
      BOOST_TEST(value(i, "larger") == "v");
      BOOST_TEST(value(i, "smaller") == "(none)");
    }
    BOOST_TEST((*this)[0].stats().renewals == 1u);
    BOOST_TEST((*this)[1].stats().renewals == 2u); // as before
    BOOST_TEST((*this)[2].stats().renewals == 0u);
    BOOST_TEST((*this)[3].stats().renewals == 0u);
  }

  void reconcile() {
    settle();
    for (int i = 0; i < 10; ++i) {
      pass(2 * sync::config{}.reconcile_every);
      settle();
    }
  }
};

BOOST_AUTO_TEST_CASE(two_sides_that_never_meet_are_told_by_who_is_between) {
  never_meet x;
  x.reconcile();
  x.check_that_all_is_well();
}

BOOST_AUTO_TEST_CASE(who_yielded_waits_for_the_winner_to_be_linked) {
  never_meet x;
  x.down(1, 2);
  for (int n = 0; n < 100 && !x.mail.empty(); ++n)
    x.deliver_next();
  x.up(1, 2);
  x.reconcile();
  x.check_that_all_is_well();
}

BOOST_AUTO_TEST_CASE(who_yielded_waits_as_long_as_the_winner_answers) {
  sync::config cfg;
  cfg.max_group_bytes = 1; // one key in an answer
  never_meet x{cfg};
  for (int n = 0; n < 40; ++n) {
    for (auto sent = x.mail.size(); sent > 0; --sent)
      x.deliver_next();
    x.pass(1s);
  }
  x.reconcile();
  x.check_that_all_is_well();
}

BOOST_AUTO_TEST_CASE(who_yielded_long_ago_does_not_speak_for_the_departed) {
  never_meet x;
  x.reconcile();
  auto departed = x[3].id();
  x.down(2, 3);
  x.down(3, 2);
  x.pass(2 * sync::config{}.young_for);
  x.settle();
  BOOST_TEST(x[0].forget(departed, x.now));
  x.reconcile();
  for (std::size_t i : {0, 1, 2})
    BOOST_TEST(x[i].map().seen().is_forgotten(departed));
  BOOST_TEST(x[0].stats().renewals == 1u); // as before
  BOOST_TEST(x[1].stats().renewals == 2u);
  BOOST_TEST(x[2].stats().renewals == 0u);
}

BOOST_AUTO_TEST_CASE(who_slept_stands_for_nobody_else) {
  // 0 is the oldest, and thinks that 1 and 2 are with it; they forgot it.
  connect_all();
  pass(2 * sync::config{}.young_for);
  settle();
  for (std::size_t i : {1, 2})
    down(i, 0);
  for (int n = 0; n < 8; ++n) {
    now.at += sync::config{}.young_for / 4;
    for (std::size_t i : {1, 2}) {
      (*this)[i].tick(now);
      finish(i);
    }
    while (!mail.empty())
      if (auto x = take(); x.to != id(0))
        deliver(x);
  }
  for (std::size_t i : {1, 2}) {
    BOOST_TEST(forget(i, 0));
    up(i, 0);
  }
  settle();
  BOOST_TEST((*this)[0].stats().renewals == 1u);
  BOOST_TEST((*this)[1].stats().renewals + (*this)[2].stats().renewals == 0u);
  BOOST_TEST(value(0, "other") == "of 0");
}

BOOST_AUTO_TEST_CASE(a_judgement_about_an_older_stance_is_void) {
  departed x;
  x.up(0, 2);
  x.up(2, 0);
  // Of the two 2 judges; meanwhile 0 forgets it.
  while (!as<sync::judgement>(x.mail.front()))
    x.deliver_next();
  BOOST_TEST(x.forget(0, 2));
  x.settle();
  BOOST_TEST(x[2].stats().renewals == 1u);
  BOOST_TEST(x.value(0, "spec") == "of a child");
  BOOST_TEST(x.value(2, "spec") == "of a child");
  BOOST_TEST((x[0].map().seen() == x[2].map().seen()));
}

/// 0 is alone, 2 is with 5, and 1, 3 and 4 are far from both.
struct two_beside_one : departed {
  two_beside_one() : departed(6) {
    cut({0}, {1, 3, 4, 5});
    cut({2, 5}, {1, 3, 4});
    up(2, 5);
    up(5, 2);
    settle();
    pass(2 * sync::config{}.young_for);
    settle();
  }
};

BOOST_AUTO_TEST_CASE(a_judgement_about_a_side_that_grew_since_is_void) {
  // 2 and 5 are more than 0 alone; 0 with 1, 3 and 4 is more than they are.
  two_beside_one x;
  BOOST_TEST(x.forget(0, 2));
  BOOST_TEST(x.forget(2, 0));
  x.up(0, 2);
  x.up(2, 0);
  while (!as<sync::judgement>(x.mail.front()))
    x.deliver_next();
  BOOST_TEST(as<sync::judgement>(x.mail.front())->yields);
  auto judgement = x.take();
  x.mail.clear(); // what is said twice
  for (std::size_t i : {1, 3, 4}) {
    x.up(0, i);
    x.up(i, 0);
  }
  x.run();
  x.deliver(judgement);
  x.settle();
  BOOST_TEST(x[0].stats().renewals == 0u);
  BOOST_TEST(x[2].stats().renewals == 1u);
}

BOOST_AUTO_TEST_CASE(a_stance_that_is_said_twice_is_judged_once) {
  // 2 with 5 is stronger than 0; alone it is not, as 0 is older.
  two_beside_one x;
  BOOST_TEST(x.forget(2, 0));
  auto next_stance = [&] {
    while (!as<sync::stance>(x.mail.front()))
      x.deliver_next();
    return x.take();
  };
  x.up(2, 0);
  auto of_a_stranger = next_stance();
  x.mail.clear();
  x.up(0, 2);
  auto stance = next_stance();
  x.deliver(stance);
  x.deliver(of_a_stranger); // comes late
  x.run();
  BOOST_TEST(x[0].stats().renewals == 1u);
  x.down(2, 5);
  x.pass(sync::config{}.young_for);
  x.mail.clear();
  x.deliver(stance);
  BOOST_TEST(x[2].stats().renewals == 0u);
}

BOOST_AUTO_TEST_CASE(who_meets_somebody_keeps_its_weight_meanwhile) {
  // 2 with 5 is stronger than 0; alone it is not, as 0 is older.
  two_beside_one x;
  BOOST_TEST(x.forget(2, 0));
  x.down(2, 5);
  x.mail.clear();
  x.pass(sync::config{}.young_for * 3 / 8);
  x.up(0, 2);
  x.up(2, 0);
  x.mail.clear();
  x.pass(sync::config{}.young_for / 4);
  x.run();
  BOOST_TEST(x[0].stats().renewals == 1u);
  BOOST_TEST(x[2].stats().renewals == 0u);
}

BOOST_AUTO_TEST_CASE(who_begins_anew_is_none_of_those_that_it_had_forgotten) {
  auto late = make_replica_id(7, 1);
  BOOST_TEST((*this)[2].forget(late, now));
  finish(2);
  BOOST_TEST(forget(0, 2));
  compare_all();
  heal(0, 2);
  BOOST_TEST((*this)[2].stats().renewals == 1u);
  BOOST_TEST(era_of((*this)[2].id()) == 8u);
}

BOOST_AUTO_TEST_CASE(no_late_answer_counts_after_beginning_anew) {
  put(2, "a", "1");
  put(2, "b", "2");
  heal(2, 0);
  put(2, "c", "3");
  auto late = mail;
  mail.clear();
  BOOST_TEST(forget(0, 2));
  run();
  BOOST_REQUIRE((*this)[2].stats().renewals == 1u);
  settle();
  auto sequence = put(2, "d", "4");
  mail.clear();
  for (const auto& x : late) {
    deliver(x);
    while (!mail.empty()) { // nothing gets to 0 but what was on its way
      auto answer = take();
      if (answer.to != id(0))
        deliver(answer);
    }
  }
  BOOST_TEST((*this)[2].acknowledged_by(sequence) == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
