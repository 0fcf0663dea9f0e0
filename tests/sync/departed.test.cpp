// SPDX-License-Identifier: MIT
//
// What is left of replicas that departed: nothing that takes memory, and
// nothing that comes back.

#include <boost/test/unit_test.hpp>

#include "support/departed.hpp"

using namespace horde;
using namespace horde::sim;

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
