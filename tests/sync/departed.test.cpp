// SPDX-License-Identifier: MIT
//
// What is left of replicas that departed: nothing that takes memory, and
// nothing that comes back.

#include <boost/test/unit_test.hpp>

#include "horde/sync/replica.hpp"
#include "support/replica_bench.hpp"

using namespace horde;
using namespace horde::sim;

namespace {

/// Replica 2 wrote and departed; 0 and 1 stay.
struct departed : replica_bench {
  std::uint64_t last = 0;

  departed() : replica_bench(3) {
    connect_all();
    put(2, "spec", "of a child");
    put(2, "name", "of a process");
    erase(2, "name");
    put(0, "other", "v");
    run();
    last = (*this)[2].map().seen().latest(id(2));
    down(0, 2);
    down(1, 2);
    run();
  }

  bool retire(std::size_t i) { return (*this)[i].retire(id(2), last); }

  void inherit(std::size_t i) {
    (*this)[i].inherit(id(2));
    finish(i);
    run();
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(departed_tests, departed)

BOOST_AUTO_TEST_CASE(an_id_is_not_retired_while_a_version_of_it_is_left) {
  BOOST_TEST(!retire(0));
  inherit(0);
  BOOST_TEST(retire(0));
  BOOST_TEST(retire(1));
  BOOST_TEST(value(0, "spec") == "of a child");
  BOOST_TEST(value(1, "spec") == "of a child");
  BOOST_TEST((*this)[0].map().seen().size() == 1u);
}

BOOST_AUTO_TEST_CASE(an_id_is_not_retired_while_a_write_of_it_is_missing) {
  BOOST_TEST(!(*this)[0].retire(id(2), last + 1));
  inherit(0);
  BOOST_TEST(!(*this)[0].retire(id(2), last + 1));
}

BOOST_AUTO_TEST_CASE(what_is_inherited_keeps_its_stamp_and_what_is_beside_it) {
  (*this)[1].put("spec", "beside", (*this)[1].stamp_at(now),
                 crdt::dots_of((*this)[1].map(), "spec"));
  finish(1);
  run();
  auto before = crdt::contents_of((*this)[0].map())["spec"];
  inherit(0);
  auto after = crdt::contents_of((*this)[0].map())["spec"];
  BOOST_REQUIRE(after.size() == 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    BOOST_TEST((after[i].when == before[i].when));
    BOOST_TEST(after[i].value == before[i].value);
    BOOST_TEST((after[i].id.who != id(2)));
  }
}

BOOST_AUTO_TEST_CASE(nothing_erased_comes_back_from_a_retired_id) {
  // Replica 2 was only cut off; it holds what the others erased.
  erase(0, "spec");
  run();
  BOOST_TEST(retire(0));
  BOOST_TEST(retire(1));
  put(2, "late", "v");
  up(0, 2);
  up(2, 0);
  up(1, 2);
  up(2, 1);
  settle();
  for (std::size_t i : {0, 1}) {
    BOOST_TEST(value(i, "spec") == "(none)");
    BOOST_TEST(value(i, "late") == "(none)");
    BOOST_TEST((*this)[i].map().size() == 1u);
  }
}

BOOST_AUTO_TEST_CASE(who_retired_and_who_did_not_yet_still_become_equal) {
  down(0, 1);
  down(1, 0);
  inherit(0);
  BOOST_TEST(retire(0));
  put(0, "more", "v");
  up(0, 1);
  up(1, 0);
  settle();
  BOOST_TEST((crdt::contents_of((*this)[0].map())
              == crdt::contents_of((*this)[1].map())));
  BOOST_TEST(retire(1));
  BOOST_TEST(((*this)[1].map().seen() == (*this)[0].map().seen()));
  BOOST_TEST(
    ((*this)[1].map().seen().digest(1) == (*this)[0].map().seen().digest(1)));
}

BOOST_AUTO_TEST_CASE(
  who_missed_its_last_writes_hears_of_them_from_a_retired_row) {
  replica_bench x{3};
  x.connect_all();
  x.put(2, "k", "v");
  x.deliver_next(); // to replica 0 only
  x.mail.clear();
  auto last = x[2].map().seen().latest(id(2));
  x.down(0, 2);
  x.erase(0, "k");
  x.mail.clear();
  BOOST_TEST(x[0].retire(id(2), last));
  BOOST_TEST(!x[1].retire(id(2), last));
  x.down(1, 2);
  x.run();
  BOOST_TEST(x[1].map().seen().is_retired(id(2)));
}

BOOST_AUTO_TEST_CASE(after_a_thousand_restarts_the_context_is_small) {
  replica_bench x{1};
  for (std::uint64_t i = 0; i < 1000; ++i) {
    sync::replica guest{replica_id{1000 + i}, {}, i};
    guest.put("name", std::to_string(i), guest.stamp_at(x.now));
    guest.finish(x.now);
    sync::push news{0, 0, std::nullopt, {}, {}, 1};
    crdt::key_delta name{"name", {*guest.winner("name")}, {}};
    news.own = crdt::news_of(name);
    x.deliver({guest.id(), id(0),
               std::make_shared<const std::string>(encode_message(news))});
    x[0].inherit(guest.id());
    BOOST_REQUIRE(x[0].retire(guest.id(), 1));
    if (i >= 10)
      x[0].forget(replica_id{1000 + i - 10});
  }
  BOOST_TEST(x[0].map().seen().size() == 1u);
  BOOST_TEST(to_bytes(x[0].map().seen()).size() < 200u);
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
