// SPDX-License-Identifier: MIT
//
// Hand-over of a ready socket to BASP: two systems, one socketpair, no port.

#include "horde/actors/door/scribe.hpp"

#include "actors/door/caf_support.hpp"

#include <array>
#include <atomic>
#include <future>
#include <utility>

#include <boost/test/unit_test.hpp>
#include <caf/message_builder.hpp>
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

using namespace horde;
using namespace horde::actors;
using namespace horde::actors::test;

namespace {

constexpr std::uint32_t max_frame = 1 << 20;

/// CAF 0.17.6 leaks its broker if a system ends while a heartbeat tick waits in
/// the broker's mailbox, with or without connections. Not for us to report.
struct tolerate_leaks_of_caf {
#if defined(__SANITIZE_ADDRESS__)
  tolerate_leaks_of_caf() {
    __lsan_disable();
  }
  ~tolerate_leaks_of_caf() {
    __lsan_enable();
  }
#else
  tolerate_leaks_of_caf() {}
  ~tolerate_leaks_of_caf() {}
#endif
};

struct bare_system {
  explicit bare_system(std::chrono::milliseconds heartbeat = {})
      : config(heartbeat), sys(config), broker(basp::broker(sys)) {}

  caf::intrusive_ptr<door_scribe> make_scribe(unique_fd fd, bool accepted) {
    auto& backend = dynamic_cast<caf::io::network::default_multiplexer&>(
      sys.middleman().backend());
    scribe_hooks hooks;
    hooks.gone = [count = gone] { ++*count; };
    hooks.refused_frame = [count = refused] { ++*count; };
    hooks.too_slow = [count = slow] { ++*count; };
    hooks.gauge = gauge;
    hooks.max_unsent = max_unsent;
    return caf::make_counted<plain_scribe>(backend, next++, std::move(fd),
                                           frame_guard{accepted, max_frame},
                                           std::move(hooks));
  }

  test_config config;
  std::shared_ptr<std::atomic<int>> gone =
    std::make_shared<std::atomic<int>>(0);
  std::shared_ptr<std::atomic<int>> refused =
    std::make_shared<std::atomic<int>>(0);
  std::shared_ptr<std::atomic<int>> slow =
    std::make_shared<std::atomic<int>>(0);
  std::shared_ptr<link_gauge> gauge = std::make_shared<link_gauge>();
  std::uint64_t max_unsent = 4 << 20;
  link_id next = link_id{1} << 40;
  caf::actor_system sys;
  caf::actor broker;
};

std::array<unique_fd, 2> socket_pair() {
  int fds[2] = {-1, -1};
  BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
  return {unique_fd{fds[0]}, unique_fd{fds[1]}};
}

caf::actor connect(bare_system& from, caf::io::scribe_ptr scribe) {
  caf::scoped_actor self{from.sys};
  caf::actor result;
  basp::connect(&*self, from.broker, std::move(scribe),
                std::chrono::seconds{20})
    .receive(
      [&](const caf::node_id&, const caf::strong_actor_ptr& peer,
          const std::set<std::string>&) {
        result = caf::actor_cast<caf::actor>(peer);
      },
      [](const caf::error&) {});
  return result;
}

/// Two systems joined by a socketpair; `right` has published a doubler.
struct joined {
  explicit joined(std::chrono::milliseconds heartbeat = {})
      : left(heartbeat), right(heartbeat) {
    auto ends = socket_pair();
    published = right.sys.spawn(doubler);
    right_scribe = right.make_scribe(std::move(ends[1]), true);
    reach = right_scribe->handle();
    basp::publish(right.broker, std::move(right_scribe), 1,
                  caf::actor_cast<caf::strong_actor_ptr>(published));
    peer = connect(left, left.make_scribe(std::move(ends[0]), false));
  }

  ~joined() { caf::anon_send_exit(published, caf::exit_reason::user_shutdown); }

  bare_system left;
  bare_system right;
  caf::actor published;
  caf::intrusive_ptr<door_scribe> right_scribe;
  std::shared_ptr<leash> reach;
  caf::actor peer;
};

/// A linked system whose I/O thread stops: the kernel takes some bytes for it,
/// then none.
struct stuck_peer {
  explicit stuck_peer(bare_system& from) {
    auto ends = socket_pair();
    published = there.sys.spawn(doubler);
    basp::publish(there.broker, there.make_scribe(std::move(ends[1]), true), 1,
                  caf::actor_cast<caf::strong_actor_ptr>(published));
    actor = connect(from, from.make_scribe(std::move(ends[0]), false));
    there.sys.middleman().backend().post(
      [free = released.get_future().share()] { free.wait(); });
  }

  void release() {
    if (!std::exchange(is_released, true))
      released.set_value();
  }

  ~stuck_peer() {
    release();
    caf::anon_send_exit(published, caf::exit_reason::user_shutdown);
  }

  bare_system there;
  caf::actor published;
  caf::actor actor;
  std::promise<void> released;
  bool is_released = false;
};

} // namespace

BOOST_AUTO_TEST_SUITE(scribes)

BOOST_AUTO_TEST_CASE(two_systems_talk_over_a_socketpair) {
  joined x;
  BOOST_REQUIRE(x.peer);
  for (int i = 0; i < 1000; ++i)
    BOOST_REQUIRE((twice(x.left.sys, x.peer, i) == 2 * i));
  BOOST_TEST(*x.left.gone == 0);
}

BOOST_AUTO_TEST_CASE(a_cut_connection_is_told_once_on_each_side) {
  joined x;
  BOOST_REQUIRE(x.peer);
  auto down = end_of(x.peer);
  x.right.sys.middleman().backend().post([reach = x.reach] {
    reach->cut();
    reach->cut();
  });
  BOOST_TEST(is_ready(down));
  BOOST_TEST(eventually([&] { return *x.left.gone == 1; }));
  BOOST_TEST(eventually([&] { return *x.right.gone == 1; }));
}

BOOST_AUTO_TEST_CASE(a_scribe_that_nobody_took_is_told_gone_when_it_ends) {
  bare_system one;
  auto ends = socket_pair();
  auto scribe = one.make_scribe(std::move(ends[0]), true);
  auto reach = scribe->handle();
  BOOST_TEST(*one.gone == 0);
  scribe = nullptr;
  BOOST_TEST(*one.gone == 1);
  one.sys.middleman().backend().post([reach] { reach->cut(); });
  char byte = 0;
  BOOST_TEST(::recv(ends[1].get(), &byte, 1, 0) == 0);
}

BOOST_AUTO_TEST_CASE(a_scribe_cut_before_the_hand_over_does_not_come_up) {
  bare_system one;
  auto ends = socket_pair();
  auto scribe = one.make_scribe(std::move(ends[0]), false);
  std::promise<void> done;
  one.sys.middleman().backend().post([&, reach = scribe->handle()] {
    reach->cut();
    done.set_value();
  });
  done.get_future().wait();
  BOOST_TEST(!connect(one, std::move(scribe)));
  BOOST_TEST(eventually([&] { return *one.gone == 1; }));
}

BOOST_AUTO_TEST_CASE(a_system_that_ends_lets_go_of_its_scribes) {
  auto x = std::make_unique<joined>();
  auto gone = x->right.gone;
  x.reset();
  BOOST_TEST(*gone == 1);
}

BOOST_AUTO_TEST_CASE(frequent_heartbeats_do_not_kill_a_dialed_connection) {
  tolerate_leaks_of_caf here;
  for (int i = 0; i < 25; ++i) {
    joined x{std::chrono::milliseconds{2}};
    BOOST_REQUIRE(x.peer);
    BOOST_REQUIRE((twice(x.left.sys, x.peer, 4) == 8));
  }
}

BOOST_AUTO_TEST_CASE(each_read_is_noted_not_only_each_frame) {
  bare_system one;
  auto ends = socket_pair();
  auto actor = one.sys.spawn(doubler);
  basp::publish(one.broker, one.make_scribe(std::move(ends[1]), true), 1,
                caf::actor_cast<caf::strong_actor_ptr>(actor));
  auto header = crash_frame(1);
  header[6] = 1; // 256 bytes follow
  for (char byte : header) {
    auto before = one.gauge->last_heard();
    BOOST_REQUIRE(::send(ends[0].get(), &byte, 1, 0) == 1);
    BOOST_REQUIRE(eventually([&] { return one.gauge->last_heard() > before; }));
  }
  for (int i = 0; i < 10; ++i) { // a part of the payload
    auto before = one.gauge->last_heard();
    BOOST_REQUIRE(::send(ends[0].get(), "x", 1, 0) == 1);
    BOOST_REQUIRE(eventually([&] { return one.gauge->last_heard() > before; }));
  }
  BOOST_TEST(*one.gone == 0);
  caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_CASE(what_a_peer_took_is_not_unsent) {
  joined x;
  BOOST_REQUIRE(x.peer);
  for (int i = 0; i < 100; ++i)
    BOOST_REQUIRE((twice(x.left.sys, x.peer, i) == 2 * i));
  BOOST_TEST(eventually([&] { return x.left.gauge->unsent() == 0; }));
  BOOST_TEST(eventually([&] { return x.right.gauge->unsent() == 0; }));
  BOOST_TEST((x.left.gauge->last_heard() > instant{}));
}

BOOST_AUTO_TEST_CASE(what_was_taken_counts_no_more_towards_the_limit) {
  joined x;
  BOOST_REQUIRE(x.peer);
  for (int i = 0; i < 8; ++i) { // four times the limit
    send_much(x.left.sys, x.peer, x.left.max_unsent / 2);
    BOOST_REQUIRE((twice(x.left.sys, x.peer, i) == 2 * i));
  }
  BOOST_TEST(*x.left.slow == 0);
  BOOST_TEST(eventually([&] { return x.left.gauge->unsent() == 0; }));
}

BOOST_AUTO_TEST_CASE(a_busy_sender_still_gives_the_system_what_it_takes) {
  bare_system one;
  one.max_unsent = 32 * 1024;
  stuck_peer peer{one}; // the system takes more than 100 kB for it
  BOOST_REQUIRE(peer.actor);
  std::promise<void> go;
  one.sys.middleman().backend().post(
    [ready = go.get_future().share()] { ready.wait(); });
  caf::scoped_actor self{one.sys};
  for (int i = 0; i < 25; ++i)
    tell(self, peer.actor, std::string(4096, 'x'));
  go.set_value(); // BASP sees all at once, before CAF's loop sends any
  std::promise<void> seen;
  one.sys.middleman().backend().post([&] { seen.set_value(); });
  seen.get_future().wait();
  BOOST_TEST(*one.slow == 0);
  peer.release();
  BOOST_TEST((twice(one.sys, peer.actor, 21) == 42));
  BOOST_TEST(*one.slow == 0);
}

BOOST_AUTO_TEST_CASE(a_peer_that_does_not_read_is_cut_and_others_live_on) {
  joined good;
  BOOST_REQUIRE(good.peer);
  auto& one = good.left;
  auto own = std::exchange(one.gone, std::make_shared<std::atomic<int>>(0));
  auto healthy = std::exchange(one.gauge, std::make_shared<link_gauge>());
  stuck_peer stuck{one};
  BOOST_REQUIRE(stuck.actor);
  auto down = end_of(stuck.actor);
  // Far more than the limit.
  send_much(one.sys, stuck.actor, 40 << 20);
  BOOST_TEST(is_ready(down));
  BOOST_TEST(*one.slow == 1);
  BOOST_TEST((one.gauge->end() == link_end::too_slow));
  BOOST_TEST(eventually([&] { return *one.gone == 1; }));
  // What one message adds, and no more.
  BOOST_TEST(one.gauge->unsent() <= one.max_unsent + 2 * parcel);
  BOOST_TEST((twice(one.sys, good.peer, 21) == 42));
  BOOST_TEST(*own == 0);
}

BOOST_AUTO_TEST_CASE(a_peer_that_sends_a_deadly_frame_is_cut) {
  for (char operation : {0, 1}) {
    bare_system one;
    auto ends = socket_pair();
    auto actor = one.sys.spawn(doubler);
    basp::publish(one.broker, one.make_scribe(std::move(ends[1]), true), 1,
                  caf::actor_cast<caf::strong_actor_ptr>(actor));
    auto frame = crash_frame(operation);
    BOOST_REQUIRE(::send(ends[0].get(), frame.data(), frame.size(), 0) == 32);
    BOOST_TEST(eventually([&] { return *one.refused == 1; }));
    BOOST_TEST(eventually([&] { return *one.gone == 1; }));
    BOOST_TEST((twice(one.sys, actor, 3) == 6));
    caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
  }
}

// The frames of later ones do not name types.
BOOST_AUTO_TEST_CASE(a_peer_that_sends_messages_in_messages_is_cut,
                     *boost::unit_test::enable_if<basp::caf_line == 0>()) {
  auto nested = [](std::size_t levels) {
    auto result = caf::make_message(1);
    for (std::size_t i = 0; i < levels; ++i)
      result = caf::message_builder{}.append(std::move(result)).to_message();
    return result;
  };
  joined x;
  anon_tell(x.peer, nested(100));
  BOOST_TEST((twice(x.left.sys, x.peer, 3) == 6));
  anon_tell(x.peer, nested(frame_guard::most_nested + 1));
  BOOST_TEST(eventually([&] { return *x.right.refused == 1; }));
  BOOST_TEST(eventually([&] { return *x.left.gone == 1; }));
  BOOST_TEST((twice(x.right.sys, x.published, 3) == 6));
}

BOOST_AUTO_TEST_CASE(a_server_that_sends_a_deadly_frame_fails_the_hand_over) {
  for (char operation : {0, 1}) {
    bare_system one;
    auto ends = socket_pair();
    auto frame = crash_frame(operation);
    BOOST_REQUIRE(::send(ends[0].get(), frame.data(), frame.size(), 0) == 32);
    BOOST_TEST(!connect(one, one.make_scribe(std::move(ends[1]), false)));
    BOOST_TEST(*one.refused == 1);
  }
}

BOOST_AUTO_TEST_SUITE_END()
