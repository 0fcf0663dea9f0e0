// SPDX-License-Identifier: MIT
//
// Locks of the whole horde between members, by messages. What they promise is
// tested with their machine (tests/naming, tests/sim).

#include <boost/test/unit_test.hpp>

#include <list>

#include "horde/actors/fence.hpp"
#include "horde/actors/lock_engine.hpp"
#include "horde/actors/registry_engine.hpp"
#include "support/caf_cluster.hpp"

using namespace horde;
using namespace horde::test;
using namespace std::chrono_literals;

namespace {

struct fixture {
  /// What a process has heard.
  struct holder {
    std::vector<std::uint64_t> granted;
    std::vector<errc> failed;
    std::vector<std::uint64_t> lost;
    caf::actor self;
  };

  ~fixture() {
    for (auto& x : holders)
      caf::anon_send_exit(x.self, caf::exit_reason::kill);
    c.quiet.run();
  }

  holder& spawn_holder() {
    auto& x = holders.emplace_back();
    auto lost = [&x](const lock_lost& y) { x.lost.push_back(y.token); };
    x.self = c.quiet.sys().spawn(
      [lost](caf::event_based_actor*) -> caf::behavior { return {lost}; });
    return x;
  }

  /// As if the holder had sent it.
  void take(std::size_t i, holder& who, const std::string& key,
            duration lease = 2s, duration limit = 60s) {
    c[i].names->cluster_locks().take(
      caf::actor_cast<caf::strong_actor_ptr>(who.self), {key, lease, limit},
      [&who](caf::expected<lock_granted> x) {
        if (x)
          who.granted.push_back(x->token);
        else
          who.failed.push_back(code_of(x.error()));
      },
      [&who](const lock_lost& x) { who.lost.push_back(x.token); });
    c.quiet.run();
  }

  void release(std::size_t i, holder& who, const std::string& key) {
    c[i].names->cluster_locks().release(who.self->id(),
                                        {key, who.granted.back()});
    c.quiet.run();
  }

  /// In steps, so that timers are not late.
  void advance(duration d) {
    for (; d > 0s; d -= 50ms)
      c.quiet.advance(50ms);
  }

  caf_cluster c{3};
  std::list<holder> holders;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(cluster_locks, fixture)

BOOST_AUTO_TEST_CASE(a_lock_is_held_by_one_process_of_the_horde) {
  c.introduce_all();
  auto& a = spawn_holder();
  auto& b = spawn_holder();
  take(0, a, "x");
  take(1, b, "x");
  take(1, b, "y");
  BOOST_TEST(a.granted.size() == 1u);
  BOOST_TEST(b.granted.size() == 1u); // "y"
  advance(10s);
  BOOST_TEST(b.granted.size() == 1u);
  release(0, a, "x");
  BOOST_REQUIRE(b.granted.size() == 2u);
  BOOST_TEST(b.granted.back() > a.granted.back());
}

BOOST_AUTO_TEST_CASE(the_locks_of_a_process_end_with_it) {
  c.introduce_all();
  auto& a = spawn_holder();
  auto& b = spawn_holder();
  auto& d = spawn_holder();
  take(0, a, "x");
  take(1, b, "x");
  take(2, d, "x");
  caf::anon_send_exit(b.self, caf::exit_reason::user_shutdown); // it waits
  c.quiet.run();
  caf::anon_send_exit(a.self, caf::exit_reason::user_shutdown);
  c.quiet.run();
  advance(1s);
  BOOST_TEST(b.granted.empty());
  BOOST_TEST(d.granted.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_process_that_ended_before_gets_no_lock) {
  c.introduce_all();
  auto& a = spawn_holder();
  auto& b = spawn_holder();
  caf::anon_send_exit(a.self, caf::exit_reason::user_shutdown);
  c.quiet.run();
  take(0, a, "x");
  take(1, b, "x");
  advance(1s);
  BOOST_TEST(b.granted.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_holder_that_is_cut_off_is_told_and_its_token_refused) {
  fence door;
  c.introduce_all();
  auto& a = spawn_holder();
  auto& b = spawn_holder();
  take(0, a, "x");
  BOOST_REQUIRE(a.granted.size() == 1u);
  BOOST_TEST(door.admit(a.granted[0]));
  c.cut_off(0);
  take(1, b, "x");
  advance(1s);
  BOOST_TEST(a.lost.empty());
  BOOST_TEST(b.granted.empty());
  advance(2s);
  BOOST_TEST(a.lost == a.granted);
  BOOST_REQUIRE(b.granted.size() == 1u);
  BOOST_TEST(door.admit(b.granted[0]));
  BOOST_TEST(!door.admit(a.granted[0]));
}

BOOST_AUTO_TEST_CASE(the_smaller_part_grants_nothing_until_it_is_back) {
  c.introduce_all();
  c.cut_off(0);
  auto& a = spawn_holder();
  take(0, a, "x", 2s, 5s);
  advance(6s);
  BOOST_TEST(a.granted.empty());
  BOOST_TEST((a.failed == std::vector<errc>{errc::timeout}));
  take(0, a, "x");
  c.reconnect(0);
  advance(2s);
  BOOST_TEST(a.granted.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_node_that_dies_holds_its_locks_until_their_leases_end) {
  c.introduce_all();
  auto& a = spawn_holder();
  auto& b = spawn_holder();
  take(2, a, "x");
  // Nothing of it is heard again, not even that it gave the lock back.
  c.cut_off(2);
  c.kill(2);
  take(0, b, "x");
  BOOST_TEST(b.granted.empty());
  advance(3s);
  BOOST_TEST(b.granted.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_member_that_stops_gives_its_locks_back) {
  c.introduce_all();
  auto& a = spawn_holder();
  auto& b = spawn_holder();
  take(2, a, "x");
  take(0, b, "x");
  anon_tell(c[2].names_actor, actors::stop_member{});
  c.quiet.run();
  BOOST_TEST(a.lost == a.granted);
  advance(1s);
  BOOST_TEST(b.granted.size() == 1u);
  take(2, a, "x");
  BOOST_TEST((a.failed == std::vector<errc>{errc::shutting_down}));
}

BOOST_AUTO_TEST_CASE(messages_do_what_the_functions_do) {
  c.introduce_all();
  caf::scoped_actor self{c.quiet.sys()};
  auto asked = ask(self, c[0].names_actor, 10s, take_lock{"x", 1s, 5s});
  c.quiet.run();
  lock_granted granted;
  std::move(asked).receive(
    [&](lock_granted& x) { granted = x; },
    [](const caf::error& x) { BOOST_TEST_MESSAGE(render(x)); });
  BOOST_TEST(granted.key == "x");
  BOOST_TEST(granted.token > 0u);
  auto& b = spawn_holder();
  take(1, b, "x");
  tell(self, c[0].names_actor, release_lock{"x", granted.token - 1});
  c.quiet.run();
  BOOST_TEST(b.granted.empty()); // of another grant
  tell(self, c[0].names_actor, release_lock{"x", granted.token});
  c.quiet.run();
  BOOST_TEST(b.granted.size() == 1u);
  release(1, b, "x");
  auto again = ask(self, c[0].names_actor, 10s, take_lock{"x", 1s, 5s});
  c.quiet.run();
  std::move(again).receive([&](lock_granted& x) { granted = x; },
                           [](const caf::error&) {});
  c.cut_off(0);
  advance(2s);
  lock_lost lost;
  self->receive([&](const lock_lost& x) { lost = x; }, caf::after(0s) >> [] {});
  BOOST_TEST(lost.token == granted.token);
}

BOOST_AUTO_TEST_SUITE_END()
