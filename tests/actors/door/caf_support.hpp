// SPDX-License-Identifier: MIT
//
// One actor system with a door in front, for tests that run several in one
// process.

#pragma once

#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "actors/door/support.hpp"
#include "horde/actors/caf_compat.hpp"
#include "horde/actors/door/basp.hpp"
#include "horde/actors/door/door.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/io/middleman.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

namespace horde::actors::test {

struct test_config : caf::actor_system_config {
  explicit test_config(std::chrono::milliseconds heartbeat = {}) {
    basp::init_types();
    load<caf::io::middleman>();
    auto option = [this](std::string_view name, auto value) {
      set(std::string{basp::option_prefix}.append(name), value);
    };
    option("scheduler.max-threads", std::size_t{2});
    option("middleman.workers", std::size_t{0});
    option("middleman.heartbeat-interval", caf::timespan{heartbeat});
    option("middleman.connection-timeout", caf::timespan{heartbeat * 100});
  }
};

/// Answers a number with its double, a text with itself.
inline caf::behavior doubler(caf::event_based_actor*) {
  return {[](std::int32_t x) { return 2 * x; },
          [](std::string& x) { return std::move(x); }};
}

inline std::optional<std::int32_t>
twice(caf::actor_system& sys, const caf::actor& whom, std::int32_t x) {
  caf::scoped_actor self{sys};
  std::optional<std::int32_t> result;
  basp::ask(&*self, whom, patience, x)
    .receive([&](std::int32_t y) { result = y; }, [](const caf::error&) {});
  return result;
}

inline constexpr std::size_t parcel = 64 * 1024;

/// Sends so many bytes, as fast as it goes.
inline void send_much(caf::actor_system& sys, const caf::actor& to,
                      std::size_t bytes) {
  std::string text(parcel, 'x');
  caf::scoped_actor self{sys};
  for (std::size_t sent = 0; sent < bytes; sent += parcel)
    tell(self, to, text);
}

/// A system, its published actor and its door.
class site {
public:
  explicit site(node_id self, door_config config = make_config(),
                std::chrono::milliseconds heartbeat = {},
                const std::string& cluster = "a",
                peer_role role = peer_role::member)
      : config_(heartbeat), id(std::move(self)), sys(config_),
        front(sys, config) {
    published = sys.spawn(doubler);
    if (config.listen)
      at = std::get<endpoint>(front.listen());
    front.open({cluster, id, role},
               caf::actor_cast<caf::strong_actor_ptr>(published),
               [this](door_event x) { told.push(std::move(x)); });
  }

  template <class... Ts>
  explicit site(const std::string& name, Ts&&... xs)
      : site(make_node(name), std::forward<Ts>(xs)...) {}

  ~site() {
    front.stop();
    caf::anon_send_exit(published, caf::exit_reason::user_shutdown);
  }

  /// Gives BASP a dialed link; returns the peer's published actor.
  caf::actor hand_over(caf::io::scribe_ptr scribe) {
    std::promise<caf::actor> result;
    auto then = result.get_future();
    sys.spawn([&](caf::event_based_actor* self) {
      front.request_hand_over(self, std::move(scribe))
        .then(
          [&](const caf::node_id&, const caf::strong_actor_ptr& peer,
              const std::set<std::string>&) {
            result.set_value(caf::actor_cast<caf::actor>(peer));
          },
          [&](const caf::error&) { result.set_value(nullptr); });
    });
    return then.get();
  }

  /// Dials and hands over, as a node does.
  std::optional<caf::actor> link(const endpoint& to) {
    front.dial(to);
    auto x = told.next<door_events::dialed>();
    if (!x)
      return std::nullopt;
    last = x->link;
    auto result = hand_over(std::move(x->scribe));
    if (!result)
      return std::nullopt;
    return result;
  }

private:
  test_config config_;

public:
  node_id id;
  events<door_event> told; // outlives the door
  caf::actor_system sys;
  door front;
  caf::actor published;
  endpoint at;
  link_id last = 0; // dialed
};

/// Fulfilled when `whom` is gone, as CAF sees it.
inline std::future<void> end_of(const caf::actor& whom) {
  auto gone = std::make_shared<std::promise<void>>();
  whom->attach_functor([gone](const caf::error&) { gone->set_value(); });
  return gone->get_future();
}

template <class T>
bool is_ready(std::future<T>& x) {
  return x.wait_for(patience) == std::future_status::ready;
}

} // namespace horde::actors::test
