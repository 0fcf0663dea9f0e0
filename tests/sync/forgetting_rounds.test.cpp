// SPDX-License-Identifier: MIT
//
// Rounds of reconciliation in which somebody is forgotten (docs/protocol.md,
// "Forgetting"): what the forgotten wrote goes together with the context that
// has forgotten them, and not before.

#include <algorithm>
#include <set>

#include <boost/test/unit_test.hpp>

#include "support/replica_bench.hpp"

using namespace horde;
using namespace horde::sim;
using namespace std::chrono_literals;

namespace {

/// So that a round takes many messages.
sync::config of_small_parts() {
  sync::config result;
  result.max_asked_nodes = 2;
  result.max_group_keys = 2;
  result.max_probes = 1;
  return result;
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

  void hear(std::size_t i) {
    (*this)[i].receive(id(2), news, now);
    finish(i);
  }

  bool has_forgotten() { return (*this)[1].map().seen().is_forgotten(id(2)); }

  std::string news; ///< of "k"
};

/// Replica 2 wrote "k" and departed, and 0 alone has that. Replica 1 asks 0 for
/// a round. Replica 3 has forgotten 2, and may tell 0.
struct forgotten_meanwhile : replica_bench {
  forgotten_meanwhile() : replica_bench(4, of_small_parts()) {
    for (std::size_t j : {1, 3}) {
      up(0, j);
      up(j, 0);
    }
    settle();
    for (std::size_t j : {1, 3}) {
      down(0, j);
      down(j, 0);
    }
    for (int i = 0; i < 9; ++i)
      put(0, "of 0, " + std::to_string(i), "v");
    put(2, "k", "v");
    auto news = push_of({"k", {*(*this)[2].winner("k")}, {}});
    (*this)[0].receive(id(2), news, now);
    finish(0);
    (*this)[3].forget(id(2), now);
    finish(3);
    mail.clear();
    up(1, 0);
    up(0, 1);
  }

  /// The next message between 0 and `other`; false if there is none.
  bool deliver_next_of(std::size_t other) {
    auto next = std::ranges::find_if(mail, [&](const packet& x) {
      return x.from == id(other) || x.to == id(other);
    });
    if (next == mail.end())
      return false;
    auto x = *next;
    mail.erase(next);
    deliver(x);
    for (const auto& y : mail)
      if (auto begins = as<sync::compare>(y); begins && y.from == id(1))
        rounds.insert(begins->round);
    return true;
  }

  bool has_forgotten(std::size_t i) {
    return (*this)[i].map().seen().is_forgotten(id(2));
  }

  bool claims() { return (*this)[1].map().seen().contains({id(2), 1}); }

  std::set<std::uint64_t> rounds; ///< that 1 has asked 0 for
};

} // namespace

BOOST_AUTO_TEST_SUITE(forgetting_rounds)

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

BOOST_AUTO_TEST_CASE(a_round_is_void_when_the_asked_side_forgets_meanwhile) {
  // After any number of its messages.
  std::size_t void_rounds = 0;
  for (int n = 0, ended = 0; ended == 0; ++n) {
    forgotten_meanwhile x;
    for (int i = 0; i < n; ++i)
      x.deliver_next_of(1);
    ended = x.claims() ? 1 : 0;
    x.up(0, 3);
    x.up(3, 0);
    while (!x.has_forgotten(0))
      BOOST_REQUIRE(x.deliver_next_of(3));
    BOOST_TEST(x.value(0, "k") == "(none)");
    std::size_t begun = 0; // before one ended
    while (x.deliver_next_of(1)) {
      // Nobody erased it: it is gone only for who has forgotten its writer.
      if (x.claims() && !x.has_forgotten(1))
        BOOST_TEST(x.value(1, "k") == "v");
      if (!x.claims())
        begun = x.rounds.size();
    }
    void_rounds += std::max<std::size_t>(begun, 1) - 1;
    x.settle();
    BOOST_TEST(x.has_forgotten(1));
    BOOST_TEST(x.value(1, "k") == "(none)");
    BOOST_TEST((x[0].map().digest() == x[1].map().digest()));
  }
  BOOST_TEST(void_rounds > 3u);
}

BOOST_AUTO_TEST_CASE(what_a_clear_makes_forgotten_is_not_passed_on_as_gone) {
  // 1 passes on to 2 what 0 writes. Before it comes to that it hears a clear of
  // 3, which has forgotten 0.
  replica_bench x{4};
  x.connect_all();
  x.pass(2 * sync::config{}.young_for);
  x.settle();
  auto cut = [&](std::size_t i, std::size_t j) {
    x.down(i, j);
    x.down(j, i);
  };
  cut(0, 2);
  for (std::size_t i : {0, 1, 2})
    cut(3, i);
  x.settle();
  auto run_between = [&](std::size_t i, std::size_t j) {
    while (!x.mail.empty()) {
      auto m = x.take();
      if ((m.from == x.id(i) && m.to == x.id(j))
          || (m.from == x.id(j) && m.to == x.id(i)))
        x.deliver(m);
    }
  };
  x.put(1, "own", "v");
  run_between(0, 1); // 2 does not acknowledge, so what is next for it waits
  x.put(0, "k", "v");
  run_between(0, 1);
  cut(0, 1);
  BOOST_TEST(x[3].forget(x.id(0), x.now));
  x.finish(3);
  x.mail.clear();
  x.up(1, 3);
  x.up(3, 1);
  while (!as<sync::compare>(x.mail.front()))
    x.deliver_next();
  x.mail.clear();
  x[3].clear();
  x.finish(3);
  x.deliver_next();
  BOOST_TEST(x.value(1, "k") == "(none)");
  BOOST_TEST(x[1].map().seen().is_forgotten(x.id(0)));
  for (int i = 0; i < 5; ++i) {
    x.pass(1s);
    run_between(1, 2);
  }
  BOOST_TEST(x.value(2, "own") == "v"); // 3 had not seen it
  const auto& seen = x[2].map().seen();
  BOOST_TEST((!seen.contains({x.id(0), 1}) || seen.is_forgotten(x.id(0))));
}

BOOST_AUTO_TEST_SUITE_END()
