// SPDX-License-Identifier: MIT
//
// How a replica catches up: what it asks, what it applies, and that nothing is
// claimed before everything was heard.

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "horde/sync/replica.hpp"
#include "support/replica_bench.hpp"
#include "support/twin_keys.hpp"
#include "support/work.hpp"

using namespace horde;
using namespace horde::sim;
using namespace std::chrono_literals;

namespace {

sync::config small_parts() {
  sync::config result;
  result.max_asked_nodes = 4;
  result.max_group_keys = 2;
  result.max_probes = 1;
  return result;
}

/// Replica 1 wants to catch up from replica 0, which has ten keys.
struct behind : replica_bench {
  behind() : replica_bench(3, small_parts()) {
    for (int i = 0; i < 10; ++i)
      put(0, "key " + std::to_string(i), "v");
    up(1, 0);
  }

  sync::replica& full() { return (*this)[0]; }
  sync::replica& fresh() { return (*this)[1]; }

  /// Delivers until a message of type T is next.
  template <class T>
  void run_until() {
    while (!mail.empty() && !as<T>(mail.front()))
      deliver_next();
    BOOST_REQUIRE(!mail.empty());
  }

  /// Exactly what was delivered is claimed.
  bool claims_only_what_it_has() {
    auto claimed = fresh().map().seen().latest(id(0));
    std::size_t seen = 0;
    for (std::uint64_t c = 1; c <= claimed; ++c)
      seen += fresh().map().seen().contains({id(0), c}) ? 1 : 0;
    return seen == fresh().map().size();
  }
};

/// Replica 2 has a version that replica 0 saw and erased; replica 1 hears of it
/// at any time in a round with replica 0.
template <class Before, class After>
void check_late_push(Before before, After after) {
  for (int n = 1;; ++n) {
    behind x;
    before(x);
    x.down(1, 0);
    x.mail.clear();
    x.put(2, "late", "v");
    crdt::version late = *x[2].winner("late");
    x.up(0, 2);
    x.run();
    x.erase(0, "late");
    after(x);
    x.up(1, 0);
    for (int i = 0; i < n && !x.mail.empty(); ++i)
      x.deliver_next();
    if (x.mail.empty())
      break;
    x.fresh().receive(x.id(2), push_of({"late", {late}, {}}), x.now);
    x.finish(1);
    x.run();
    BOOST_TEST(x.value(1, "late") == "(none)");
    BOOST_TEST((x.fresh().map().digest() == x.full().map().digest()));
  }
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(reconcile, behind)

BOOST_AUTO_TEST_CASE(a_fresh_replica_fetches_everything_in_parts) {
  std::size_t parts = 0;
  while (!mail.empty()) {
    parts += as<sync::report>(mail[0]) ? 1 : 0;
    deliver_next();
  }
  BOOST_TEST(parts >= 4u); // at most two differences and what goes over
  BOOST_TEST(
    (crdt::contents_of(full().map()) == crdt::contents_of(fresh().map())));
  auto expected = full().map().seen();
  expected.know(fresh().id());
  BOOST_TEST((fresh().map().seen() == expected));
  BOOST_TEST(fresh().stats().reconciliations == 1u);
  BOOST_TEST(fresh().idle());
}

BOOST_AUTO_TEST_CASE(equal_replicas_need_one_question_and_one_answer) {
  run();
  fresh().neighbour_down(id(0), now);
  up(1, 0);
  std::size_t bytes = 0;
  std::size_t messages = 0;
  while (!mail.empty()) {
    bytes += mail[0].bytes->size();
    ++messages;
    deliver_next();
  }
  // hail, stance, judgement; compare, equal, and how far the log is applied
  BOOST_TEST(messages == 6u);
  BOOST_TEST(bytes <= 200u);
  BOOST_TEST(fresh().stats().reconciliations == 1u);
}

BOOST_AUTO_TEST_CASE(what_was_erased_meanwhile_is_dropped) {
  run();
  full().erase("key 3");
  full().erase("key 7");
  down(1, 0);
  mail.clear();
  up(1, 0);
  run();
  BOOST_TEST(fresh().map().size() == 8u);
  BOOST_TEST(
    (crdt::contents_of(full().map()) == crdt::contents_of(fresh().map())));
}

BOOST_AUTO_TEST_CASE(what_the_other_has_never_seen_stays) {
  put(1, "mine", "v");
  run();
  BOOST_TEST(value(1, "mine") == "v");
  BOOST_TEST(fresh().map().size() == 11u);
}

BOOST_AUTO_TEST_CASE(nothing_is_claimed_by_a_reconciliation_that_was_cut_off) {
  for (std::size_t n = 1;; ++n) {
    behind x;
    for (std::size_t i = 0; i < n && !x.mail.empty(); ++i)
      x.deliver_next();
    if (x.mail.empty())
      break;
    x.down(1, 0);
    BOOST_TEST(x.claims_only_what_it_has());
  }
}

BOOST_AUTO_TEST_CASE(what_is_put_while_parts_are_fetched_is_learnt_next) {
  put(0, "key 3", "new");
  run_until<sync::report>();
  for (int i = 0; i < 10; ++i)
    put(0, "key " + std::to_string(i), "newer");
  run();
  BOOST_TEST(value(1, "key 3") != "v");
  BOOST_TEST(fresh().map().size() == 10u);
  down(1, 0);
  up(1, 0);
  run();
  BOOST_TEST(value(1, "key 3") == "newer");
  BOOST_TEST(
    (crdt::contents_of(full().map()) == crdt::contents_of(fresh().map())));
}

BOOST_AUTO_TEST_CASE(what_is_erased_while_parts_are_fetched_is_learnt_next) {
  run_until<sync::report>();
  deliver_next();
  for (int i = 0; i < 10; ++i)
    erase(0, "key " + std::to_string(i));
  run();
  down(1, 0);
  up(1, 0);
  run();
  BOOST_TEST(fresh().map().size() == 0u);
}

BOOST_AUTO_TEST_CASE(keys_that_appear_between_two_parts_are_not_lost) {
  run_until<sync::probe>();
  for (int i = 10; i < 40; ++i)
    put(0, "key " + std::to_string(i), "v");
  run();
  down(1, 0);
  mail.clear();
  up(1, 0);
  run();
  BOOST_TEST(fresh().map().size() == 40u);
}

BOOST_AUTO_TEST_CASE(a_key_is_replaced_in_one_step) {
  run();
  down(1, 0);
  mail.clear();
  for (int i = 0; i < 10; ++i)
    put(0, "key " + std::to_string(i), "new");
  up(1, 0);
  while (!mail.empty()) {
    deliver_next();
    BOOST_TEST(fresh().map().size() == 10u);
  }
  BOOST_TEST(value(1, "key 0") == "new");
}

BOOST_AUTO_TEST_CASE(a_drop_heard_in_a_round_is_not_undone_by_a_late_push) {
  check_late_push([](behind&) {}, [](behind&) {}); // it fetches everything
}

BOOST_AUTO_TEST_CASE(
  a_drop_is_learnt_though_a_late_push_came_after_the_question) {
  // Also between its question about that part and the answer.
  check_late_push([](behind& x) { x.run(); },
                  [](behind& x) { x.put(0, "key 1", "new"); });
}

BOOST_AUTO_TEST_CASE(lost_questions_and_answers_are_asked_again) {
  random_engine rng{1};
  std::size_t lost = 0;
  for (int i = 0; i < 1000 && fresh().map().size() < 10; ++i) {
    if (mail.empty())
      pass(5s);
    else if (below(rng, 2) == 0)
      deliver_next();
    else
      lost += take().bytes ? 1 : 0;
  }
  run();
  BOOST_TEST(fresh().idle());
  BOOST_TEST(lost > 5u);
  BOOST_TEST(fresh().map().size() == 10u);
}

BOOST_AUTO_TEST_CASE(answers_that_come_twice_or_late_are_harmless) {
  std::vector<packet> heard;
  while (!mail.empty()) {
    heard.push_back(take());
    deliver(heard.back());
    for (const auto& x : heard)
      if (x.to == id(1))
        fresh().receive(x.from, *x.bytes, now);
    finish(1);
    std::erase_if(mail, [&](const packet& x) {
      return std::ranges::any_of(
        heard, [&](const packet& y) { return *y.bytes == *x.bytes; });
    });
  }
  BOOST_TEST(
    (crdt::contents_of(full().map()) == crdt::contents_of(fresh().map())));
}

BOOST_AUTO_TEST_CASE(a_silent_neighbour_is_asked_ever_more_seldom) {
  for (int i = 0; i < 3; ++i)
    deliver_next(); // they meet
  mail.clear();
  std::size_t questions = 0;
  for (int i = 0; i < 600; ++i) {
    pass(100ms);
    for (const auto& x : mail)
      questions += as<sync::compare>(x) ? 1 : 0;
    mail.clear();
  }
  BOOST_TEST(questions > 5u);
  BOOST_TEST(questions < 25u);
}

BOOST_AUTO_TEST_CASE(
  a_neighbour_that_was_never_met_is_hailed_ever_more_seldom) {
  mail.clear();
  std::size_t hails = 0;
  for (int i = 0; i < 600; ++i) {
    pass(100ms);
    for (const auto& x : mail)
      hails += as<sync::hail>(x) ? 1 : 0;
    mail.clear();
  }
  BOOST_TEST(hails > 5u);
  BOOST_TEST(hails < 25u);
}

BOOST_AUTO_TEST_CASE(replicas_compare_from_time_to_time) {
  run();
  full().erase("key 1"); // replica 0 does not push: it has no neighbour
  finish(0);
  pass(15s);
  run();
  BOOST_TEST(value(1, "key 1") == "(none)");
}

BOOST_AUTO_TEST_CASE(when_a_neighbour_goes_down_the_others_are_asked) {
  replica_bench three{3};
  three.connect_all();
  three.put(0, "k", "last words");
  three.deliver_next(); // reaches replica 1
  three.mail.clear();   // but not replica 2
  three.down(2, 0);
  three.run();
  BOOST_TEST(three.value(2, "k") == "last words");
}

BOOST_AUTO_TEST_CASE(a_log_that_grew_unheard_is_noticed_by_its_announcement) {
  run();
  for (int i = 0; i < 64; ++i) // more than it would tell again
    put(0, "k", std::to_string(i));
  put(0, "unheard", "v"); // replica 1 is not its neighbour yet
  up(0, 1);               // tells in its question how long the log is
  run();
  BOOST_TEST(value(1, "unheard") == "(none)");
  pass(200ms);
  run();
  BOOST_TEST(value(1, "unheard") == "v");
}

BOOST_DATA_TEST_CASE(of_a_newcomer_nothing_is_asked_but_what_it_has_seen,
                     boost::unit_test::data::xrange(2u), writes) {
  replica_bench x{2};
  for (int i = 0; i < 20'000; ++i)
    x[0].put("key " + std::to_string(i), "some value", crdt::stamp{1});
  x.finish(0);
  x.put(1, "mine", "1");
  x.put(1, "former", "1");
  x.erase(1, "former");
  x.up(0, 1);
  x.up(1, 0);
  std::size_t asked = 0;
  std::size_t compared = 0;
  while (!x.mail.empty()) {
    auto m = x.take();
    asked += as<sync::probe>(m) && m.to == x.id(1) ? 1 : 0;
    if (as<sync::compare>(m) && m.to == x.id(1) && ++compared <= writes)
      x.put(1, "late", std::to_string(compared)); // and then it answers
    x.deliver(m);
  }
  BOOST_TEST(asked == 0u);
  BOOST_TEST(compared == writes + 1);
  BOOST_TEST(x.value(0, "mine") == "1");
  BOOST_TEST(x.all_equal());
  BOOST_TEST(x[0].idle());
}

BOOST_AUTO_TEST_CASE(
  few_differences_among_many_keys_take_few_bytes_and_rounds) {
  replica_bench x{2};
  for (int i = 0; i < 20'000; ++i)
    x[0].put("key " + std::to_string(i), "some value", crdt::stamp{1});
  x.finish(0);
  x.up(1, 0);
  x.run();
  x.down(1, 0);
  for (int differences : {1, 100}) {
    for (int i = 0; i < differences; ++i)
      x.put(0, "key " + std::to_string(i * 7), "another one");
    x.up(1, 0);
    std::size_t bytes = 0;
    std::size_t rounds = 0;
    while (!x.mail.empty()) {
      ++rounds; // what is on its way now, and the answers to it
      for (int way = 0; way < 2; ++way)
        for (auto n = x.mail.size(); n > 0; --n) {
          bytes += x.mail.front().bytes->size();
          x.deliver_next();
        }
    }
    BOOST_TEST((x[1].map().digest() == x[0].map().digest()));
    BOOST_TEST(rounds <= 6u);
    BOOST_TEST(bytes <= static_cast<std::size_t>(differences) * 600);
    x.down(1, 0);
  }
}

// Its map grows in the order of hashes, and the dots come in no order. If the
// cost of a key grew with the map, eight times the keys would take 64 times as
// long.
BOOST_AUTO_TEST_CASE(a_snapshot_of_many_keys_takes_time_in_proportion) {
  auto seconds = [](int keys) {
    return least_seconds([keys] {
      replica_bench x{2};
      for (int i = 0; i < keys; ++i)
        x[0].put("key " + std::to_string(i), "v", crdt::stamp{1});
      x.finish(0);
      x.up(1, 0);
      x.run();
      BOOST_REQUIRE((x[1].map().digest() == x[0].map().digest()));
    });
  };
  BOOST_TEST(seconds(40'000) / seconds(5'000) < 24);
}

BOOST_AUTO_TEST_CASE(keys_with_one_hash_are_told_apart) {
  replica_bench x{2, small_parts()};
  BOOST_REQUIRE(hash64(twin_a) == hash64(twin_b));
  x.put(0, twin_a, "a");
  x.put(0, twin_b, "b");
  x.up(1, 0);
  x.run();
  BOOST_TEST(x.value(1, twin_a) == "a");
  BOOST_TEST(x.value(1, twin_b) == "b");

  x.down(1, 0);
  x.erase(0, twin_a);
  x.put(0, twin_b, "new b");
  x.up(1, 0);
  x.run();
  BOOST_TEST(x.value(1, twin_a) == "(none)");
  BOOST_TEST(x.value(1, twin_b) == "new b");

  x.down(1, 0);
  x.put(0, twin_a, "a again");
  x.erase(0, twin_b);
  x.put(1, twin_b, "mine");
  x.up(1, 0);
  x.run();
  BOOST_TEST(x.value(1, twin_a) == "a again");
  BOOST_TEST(x.value(1, twin_b) == "mine");
}

BOOST_AUTO_TEST_SUITE_END()
