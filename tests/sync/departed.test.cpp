// SPDX-License-Identifier: MIT
//
// What is left of replicas that departed: nothing that takes memory, and
// nothing that comes back. And what becomes of one that was only away.

#include <boost/test/unit_test.hpp>

#include "horde/sync/replica.hpp"
#include "support/replica_bench.hpp"

using namespace horde;
using namespace horde::sim;

namespace {

/// Replica 2 wrote and departed; 0 and 1 stay.
struct departed : replica_bench {
  explicit departed(std::size_t n = 3) : replica_bench(n) {
    connect_all();
    put(2, "spec", "of a child");
    put(2, "name", "of a process");
    erase(2, "name");
    put(0, "other", "of 0");
    put(1, "another", "of 1");
    run();
    cut({2}, {0, 1});
    run();
  }

  void cut(std::vector<std::size_t> some, std::vector<std::size_t> others) {
    for (auto i : some)
      for (auto j : others) {
        down(i, j);
        down(j, i);
      }
    mail.clear();
  }

  void heal(std::size_t i, std::size_t j) {
    up(i, j);
    up(j, i);
    settle();
  }

  bool forget(std::size_t i, std::size_t j) {
    auto result = (*this)[i].forget((*this)[j].id(), now);
    finish(i);
    return result;
  }

  /// What others hear of it.
  void compare_all() {
    pass(2 * sync::config{}.reconcile_every);
    settle();
  }

  bool has_forgotten(std::size_t i, replica_id who) {
    return (*this)[i].map().seen().is_forgotten(who);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(departed_tests, departed)

BOOST_AUTO_TEST_CASE(what_a_forgotten_replica_wrote_stays_and_others_learn_it) {
  BOOST_TEST(forget(0, 2));
  BOOST_TEST(has_forgotten(0, id(2)));
  BOOST_TEST((*this)[0].stats().known_replicas == 2u);
  compare_all();
  BOOST_TEST(has_forgotten(1, id(2)));
  for (std::size_t i : {0, 1}) {
    BOOST_TEST(value(i, "spec") == "of a child");
    BOOST_TEST((*this)[i].map().seen().replicas().size() == 2u);
  }
  BOOST_TEST(((*this)[0].map().seen() == (*this)[1].map().seen()));
}

BOOST_AUTO_TEST_CASE(a_newcomer_gets_what_the_forgotten_wrote) {
  replica_bench x{3};
  x.put(0, "k", "of 0");
  x.put(2, "k2", "of 2");
  x.up(0, 2);
  x.up(2, 0);
  x.settle();
  x.down(0, 2);
  BOOST_TEST(x[0].forget(id(2), x.now));
  x.put(1, "k1", "of 1"); // of the same era, but its row comes first
  x.up(0, 1);
  x.up(1, 0);
  x.settle();
  // It was taken for forgotten, as nobody had heard of it.
  BOOST_TEST(x[1].stats().renewals == 1u);
  BOOST_TEST(x.value(1, "k2") == "of 2");
  BOOST_TEST(x.value(1, "k") == "of 0");
  x.put(1, "k1", "again");
  x.settle();
  BOOST_TEST(x.value(0, "k1") == "again");
  BOOST_TEST((x[0].map().seen() == x[1].map().seen()));
}

BOOST_AUTO_TEST_CASE(
  a_neighbour_that_never_wrote_is_not_forgotten_with_others) {
  replica_bench x{3};
  x.connect_all();
  x.put(0, "k", "v");
  x.run();
  x.down(0, 2);
  x.down(1, 2);
  BOOST_TEST(x[0].forget(id(2), x.now));
  x.finish(0);
  x.pass(2 * sync::config{}.reconcile_every);
  x.settle();
  BOOST_TEST(x[1].map().seen().is_forgotten(id(2)));
  BOOST_TEST(x[0].stats().renewals + x[1].stats().renewals == 0u);
  x.put(1, "k", "w");
  x.settle();
  BOOST_TEST(x.value(0, "k") == "w");
}

BOOST_AUTO_TEST_CASE(nobody_forgets_itself) {
  BOOST_TEST(!forget(0, 0));
  replica_bench x{2};
  BOOST_TEST(x[0].forget(id(1), x.now)); // of the same era
  BOOST_TEST(!x[0].map().seen().is_forgotten(id(0)));
  BOOST_TEST(!x[0].forget(make_replica_id(last_era, 1), x.now)); // absurd
}

BOOST_AUTO_TEST_CASE(nothing_erased_comes_back_with_a_forgotten_replica) {
  erase(0, "spec");
  run();
  BOOST_TEST(forget(0, 2));
  put(2, "late", "v");
  heal(0, 2);
  heal(1, 2);
  for (std::size_t i : {0, 1, 2}) {
    BOOST_TEST(value(i, "spec") == "(none)");
    BOOST_TEST(value(i, "late") == "(none)"); // its owner would write it again
    BOOST_TEST(value(i, "other") == "of 0");
    BOOST_TEST((*this)[i].map().size() == 2u);
  }
  BOOST_TEST((*this)[2].stats().renewals == 1u);
  BOOST_TEST((*this)[0].stats().renewals == 0u);
  put(2, "late", "again");
  settle();
  BOOST_TEST(value(0, "late") == "again");
  BOOST_TEST(value(1, "late") == "again");
}

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

/// Replica 2 wrote "k" and departed; 0 saw it, erased it and forgot 2. Replica
/// 1 knows 0 from before.
struct erased_and_forgotten : replica_bench {
  erased_and_forgotten() : replica_bench(3, of_small_parts()) {
    up(0, 1);
    up(1, 0);
    settle();
    down(0, 1);
    down(1, 0);
    for (int i = 0; i < 9; ++i)
      put(0, "of 0, " + std::to_string(i), "v");
    put(2, "k", "v");
    news = push_of({"k", {*(*this)[2].winner("k")}, {}});
    hear(0);
    erase(0, "k");
    (*this)[0].forget(id(2), now);
    finish(0);
    mail.clear();
  }

  static sync::config of_small_parts() {
    sync::config result;
    result.max_asked_nodes = 2;
    result.max_group_keys = 2;
    result.max_probes = 1;
    return result;
  }

  void hear(std::size_t i) {
    (*this)[i].receive(id(2), news, now);
    finish(i);
  }

  bool has_forgotten() { return (*this)[1].map().seen().is_forgotten(id(2)); }

  std::string news; ///< of "k"
};

BOOST_AUTO_TEST_CASE(
  what_comes_late_of_the_forgotten_goes_when_the_round_ends) {
  // Replica 1 hears of it at any time in its round with 0.
  for (int n = 0;; ++n) {
    erased_and_forgotten x;
    x.up(0, 1);
    x.up(1, 0);
    for (int i = 0; i < n && !x.mail.empty(); ++i)
      x.deliver_next();
    auto has_ended = x.has_forgotten();
    x.hear(1);
    BOOST_TEST((x.value(1, "k") == "v") == !has_ended);
    x.settle();
    BOOST_TEST(x.value(1, "k") == "(none)");
    BOOST_TEST((x[0].map().digest() == x[1].map().digest()));
    if (has_ended)
      break;
  }
}

BOOST_AUTO_TEST_CASE(nothing_of_the_forgotten_goes_if_the_round_does_not_end) {
  for (int n = 0, ended = 0; ended < 2; ++n) {
    erased_and_forgotten x;
    x.hear(1);
    x.up(0, 1);
    x.up(1, 0);
    for (int i = 0; i < n && !x.mail.empty(); ++i)
      x.deliver_next();
    x.down(1, 0);
    BOOST_TEST((x.value(1, "k") == "v") == !x.has_forgotten());
    ended += x.has_forgotten() ? 1 : 0;
  }
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

BOOST_AUTO_TEST_CASE(after_a_thousand_restarts_the_context_is_small) {
  replica_bench x{1};
  x.put(0, "own", "v");
  for (std::uint64_t i = 0; i < 1000; ++i) {
    auto born = static_cast<era>(1 + i / 4);
    sync::replica guest{make_replica_id(born, i << bits_of_era), {}, i};
    guest.put("name", std::to_string(i), guest.stamp_at(x.now));
    guest.finish(x.now);
    sync::push news{0, 0, std::nullopt, {}, {}, 1};
    crdt::key_delta name{"name", {*guest.winner("name")}, {}};
    news.own = crdt::news_of(name);
    x[0].receive(guest.id(), encode_message(news), x.now);
    x.finish(0);
    x.mail.clear();
    BOOST_TEST(x[0].forget(guest.id(), x.now));
  }
  BOOST_TEST(x[0].map().seen().size() == 1u);
  BOOST_TEST(to_bytes(x[0].map().seen()).size() < 20u);
  BOOST_TEST(x[0].map().size() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(conflict_tests)

BOOST_AUTO_TEST_CASE(the_policy_says_which_version_is_shown) {
  for (auto policy :
       {sync::conflict_policy::last_wins, sync::conflict_policy::first_wins}) {
    sync::config cfg;
    cfg.conflicts = policy;
    replica_bench x{2, cfg};
    x.put(0, "k", "first");
    x.now.wall += std::chrono::seconds{1};
    x.put(1, "k", "last");
    x.connect_all();
    auto expected =
      policy == sync::conflict_policy::last_wins ? "last" : "first";
    BOOST_TEST(x.value(0, "k") == expected);
    BOOST_TEST(x.value(1, "k") == expected);
    BOOST_TEST(x[0].map().contended() == 1u);
  }
}

BOOST_AUTO_TEST_CASE(a_conflict_is_resolved_once_by_a_writer) {
  replica_bench x{4};
  int calls = 0;
  for (std::size_t i = 0; i < 4; ++i)
    x[i].resolve_with([&](std::string_view, auto versions) {
      ++calls;
      std::string result;
      for (const auto& v : versions)
        result += v.value;
      return result;
    });
  x.put(0, "k", "a");
  x.put(1, "k", "b");
  x.connect_all();
  BOOST_TEST(calls == 1);
  BOOST_TEST(x.all_equal());
  BOOST_TEST(x[3].map().contended() == 0u);
  BOOST_TEST(x.value(3, "k").size() == 2u);
}

BOOST_AUTO_TEST_CASE(if_the_one_who_should_resolve_is_gone_another_does) {
  replica_bench x{3};
  for (std::size_t i = 0; i < 2; ++i)
    x[i].resolve_with([](std::string_view, auto) { return "resolved"; });
  x.put(0, "k", "a");
  x.put(2, "k", "c"); // has no resolver
  x.connect_all();
  BOOST_TEST(x[0].map().contended() == 1u);
  x.down(0, 2);
  x.down(1, 2);
  x.run();
  BOOST_TEST(x.value(1, "k") == "resolved");
}

BOOST_AUTO_TEST_SUITE_END()
