// SPDX-License-Identifier: MIT
//
// First every order of the steps of two dials that cross, then long random
// histories with dials that are given up and redialed.

#include "horde/actors/door/tie_break.hpp"

#include <array>
#include <optional>
#include <random>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace horde;
using namespace horde::actors;

namespace {

node_id make_node(std::string name, std::uint64_t started) {
  return {std::move(name), {started, 7}};
}

constexpr auto member = peer_role::member;

/// One connection. Its number is the link's id at both ends.
struct connection {
  int client = 0;
  int step = 0; // of the handshake; 4: over
  tie_break::mark greeted_at = 0;
  verdict answer = verdict::ok;
  // Whether an end is open, by node, and whether it counts as link there.
  std::array<bool, 2> open{true, true};
  std::array<bool, 2> linked{false, false};

  int server() const { return 1 - client; }
};

struct world {
  std::array<node_id, 2> ids{make_node("a", 1), make_node("b", 2)};
  std::array<tie_break, 2> ties{tie_break{ids[0]}, tie_break{ids[1]}};
  std::vector<connection> all;
  int replaced = 0;

  void dial(int client) { all.push_back({.client = client}); }

  static link_id link_of(std::size_t i) { return i + 1; }

  void close(std::size_t i, int node) {
    all[i].open[node] = false;
    if (std::exchange(all[i].linked[node], false))
      ties[node].lost(link_of(i));
    if (node == all[i].client)
      ties[node].gave_up(i);
  }

  /// The outcome of a new link at one end.
  void take_over(std::size_t i, int node, const tie_break::decision& x) {
    if (x.what != verdict::ok)
      return;
    all[i].linked[node] = true;
    if (!x.link)
      return;
    ++replaced;
    all[*x.link - 1].linked[node] = false; // taken over, hence unknown
    all[*x.link - 1].open[node] = false;
  }

  bool can_step(std::size_t i) const {
    const auto& x = all[i];
    auto at_client = x.step == 1 || x.step == 3;
    return x.step < 4 && x.open[at_client ? x.client : x.server()];
  }

  void step(std::size_t i) {
    switch (all[i].step++) {
    case 0: return greet(i);
    case 1: return on_greeting(i);
    case 2: return on_claim(i);
    case 3: return on_answer(i);
    }
  }

  void greet(std::size_t i) { all[i].greeted_at = ties[all[i].server()].now(); }

  void on_greeting(std::size_t i) {
    auto& x = all[i];
    auto d = ties[x.client].greeted(i, ids[x.server()], member);
    if (d.what != verdict::ok)
      close(i, x.client);
  }

  void on_claim(std::size_t i) {
    auto& x = all[i];
    if (!x.open[x.client])
      return close(i, x.server());
    auto d =
      ties[x.server()].arrived(ids[x.client], member, x.greeted_at, link_of(i));
    x.answer = d.what;
    take_over(i, x.server(), d);
    if (d.what != verdict::ok)
      x.open[x.server()] = false;
  }

  void on_answer(std::size_t i) {
    auto& x = all[i];
    if (x.answer != verdict::ok)
      return close(i, x.client);
    auto d = ties[x.client].answered(i, ids[x.server()], member, link_of(i));
    take_over(i, x.client, d);
  }

  /// One end sees that the other has closed; after all data.
  bool can_notice(std::size_t i, int node) const {
    const auto& x = all[i];
    if (!x.open[node] || x.open[1 - node])
      return false;
    return node == x.server() ? x.step != 2 : x.step != 3;
  }

  std::vector<link_id> links_of(int node) const {
    std::vector<link_id> result;
    for (std::size_t i = 0; i < all.size(); ++i)
      if (all[i].linked[node])
        result.push_back(link_of(i));
    return result;
  }

  void settle();
};

void world::settle() {
  for (auto busy = true; busy;) {
    busy = false;
    for (std::size_t i = 0; i < all.size(); ++i) {
      for (; can_step(i); busy = true)
        step(i);
      for (int node : {0, 1})
        if (can_notice(i, node)) {
          close(i, node);
          busy = true;
        }
    }
  }
}

void check_all_orders(const world& w, int& orders) {
  auto done = true;
  for (std::size_t i = 0; i < w.all.size(); ++i) {
    if (w.can_step(i)) {
      auto next = w;
      next.step(i);
      check_all_orders(next, orders);
      done = false;
    }
    for (int node : {0, 1})
      if (w.can_notice(i, node)) {
        auto next = w;
        next.close(i, node);
        check_all_orders(next, orders);
        done = false;
      }
  }
  if (!done)
    return;
  ++orders;
  BOOST_TEST(w.links_of(0).size() == 1u);
  BOOST_TEST(w.links_of(0) == w.links_of(1));
  BOOST_TEST(w.replaced == 0);
}

} // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(tie_break::decision)

BOOST_AUTO_TEST_SUITE(tie_breaks)

BOOST_AUTO_TEST_CASE(two_crossing_dials_end_in_one_link_in_every_order) {
  int orders = 0;
  world w;
  w.dial(0);
  w.dial(1);
  check_all_orders(w, orders);
  BOOST_TEST(orders > 50);
}

BOOST_AUTO_TEST_CASE(three_dials_at_once_end_in_one_link_in_every_order) {
  for (int third : {0, 1}) {
    int orders = 0;
    world w;
    w.dial(0);
    w.dial(1);
    w.dial(third);
    check_all_orders(w, orders);
    BOOST_TEST(orders > 1000);
  }
}

BOOST_AUTO_TEST_CASE(given_up_dials_never_leave_two_views_of_a_link) {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    std::mt19937_64 rng{seed};
    world w;
    for (int turn = 0; turn < 60; ++turn) {
      if (rng() % 6 == 0)
        w.dial(static_cast<int>(rng() % 2));
      if (w.all.empty())
        continue;
      auto i = rng() % w.all.size();
      auto node = static_cast<int>(rng() % 2);
      if (rng() % 12 == 0)
        w.close(i, node); // a deadline, or the link is cut
      else if (w.can_notice(i, node))
        w.close(i, node);
      else if (w.can_step(i))
        w.step(i);
    }
    w.settle();
    BOOST_REQUIRE_MESSAGE(w.links_of(0) == w.links_of(1), "seed " << seed);
    BOOST_REQUIRE_MESSAGE(w.links_of(0).size() <= 1, "seed " << seed);
    w.dial(0);
    w.settle();
    BOOST_REQUIRE_MESSAGE(w.links_of(0).size() == 1, "seed " << seed);
    BOOST_REQUIRE_MESSAGE(w.links_of(0) == w.links_of(1), "seed " << seed);
  }
}

BOOST_AUTO_TEST_CASE(a_dial_to_a_linked_node_yields_and_names_the_link) {
  tie_break ties{make_node("a", 1)};
  auto b = make_node("b", 2);
  BOOST_TEST((ties.arrived(b, member, ties.now(), 10).what == verdict::ok));
  BOOST_TEST((ties.greeted(1, b, member)
              == tie_break::decision{verdict::redundant, 10}));
}

BOOST_AUTO_TEST_CASE(the_peer_that_lost_a_link_replaces_it) {
  for (std::uint64_t other : {1, 3}) {
    tie_break ties{make_node("a", 2)};
    auto b = make_node("b", other);
    (void)ties.arrived(b, member, ties.now(), 10);
    BOOST_TEST((ties.arrived(b, member, ties.now(), 11)
                == tie_break::decision{verdict::ok, 10}));
    BOOST_TEST(!ties.lost(10)); // told when it was taken over
    BOOST_TEST((ties.lost(11) == b));
    BOOST_TEST(!ties.lost(11));
  }
}

BOOST_AUTO_TEST_CASE(a_node_does_not_link_to_itself) {
  auto a = make_node("a", 1);
  tie_break ties{a};
  BOOST_TEST((ties.greeted(1, a, member).what == verdict::self));
  BOOST_TEST((ties.arrived(a, member, 0, 10).what == verdict::self));
}

BOOST_AUTO_TEST_CASE(a_name_is_in_use_as_long_as_its_link_lives) {
  tie_break ties{make_node("a", 1)};
  (void)ties.arrived(make_node("b", 2), member, ties.now(), 10);
  auto restarted = make_node("b", 3);
  BOOST_TEST((ties.arrived(restarted, member, ties.now(), 11).what
              == verdict::name_in_use));
  BOOST_TEST((ties.greeted(1, restarted, member).what == verdict::name_in_use));
  ties.lost(10);
  BOOST_TEST(
    (ties.arrived(restarted, member, ties.now(), 12).what == verdict::ok));
}

BOOST_AUTO_TEST_CASE(an_old_incarnation_is_told_that_a_newer_one_is_linked) {
  tie_break ties{make_node("a", 1)};
  (void)ties.arrived(make_node("b", 3), member, ties.now(), 10);
  auto old = make_node("b", 2);
  BOOST_TEST(
    (ties.arrived(old, member, ties.now(), 11).what == verdict::superseded));
  BOOST_TEST((ties.greeted(1, old, member).what == verdict::superseded));
}

BOOST_AUTO_TEST_CASE(our_own_name_is_in_use) {
  tie_break ties{make_node("a", 1)};
  auto other = make_node("a", 2);
  BOOST_TEST((ties.arrived(other, member, 0, 10).what == verdict::name_in_use));
  BOOST_TEST((ties.greeted(1, other, member).what == verdict::name_in_use));
}

BOOST_AUTO_TEST_CASE(two_dials_to_nodes_of_one_name_give_one_link) {
  tie_break ties{make_node("a", 1)};
  auto old = make_node("b", 2);
  auto young = make_node("b", 3);
  BOOST_TEST((ties.greeted(1, old, member).what == verdict::ok));
  BOOST_TEST((ties.greeted(2, young, member).what == verdict::ok));
  BOOST_TEST((ties.answered(2, young, member, 10).what == verdict::ok));
  BOOST_TEST((ties.answered(1, old, member, 11).what == verdict::superseded));
}

BOOST_AUTO_TEST_CASE(clients_may_be_called_as_they_like) {
  tie_break ties{make_node("a", 1)};
  auto client = peer_role::client;
  BOOST_TEST(
    (ties.arrived(make_node("a", 2), client, 0, 10).what == verdict::ok));
  BOOST_TEST(
    (ties.arrived(make_node("b", 3), client, 0, 11).what == verdict::ok));
  BOOST_TEST(
    (ties.arrived(make_node("b", 4), member, 0, 12).what == verdict::ok));
}

BOOST_AUTO_TEST_SUITE_END()
