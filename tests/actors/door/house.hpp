// SPDX-License-Identifier: MIT
//
// Porters that are open, for tests of the door without CAF.

#pragma once

#include <string>
#include <utility>
#include <variant>

#include <boost/test/unit_test.hpp>

#include "actors/door/support.hpp"
#include "horde/actors/door/porter.hpp"

namespace horde::actors::test {

inline introduction make_introduction(node_id node) {
  introduction result;
  result.cluster = "a";
  result.node = std::move(node);
  return result;
}

/// A porter that is open, and what it told.
struct house {
  explicit house(introduction me, door_config config = make_config())
      : self(me.node), work(std::move(config)) {
    auto bound = work.listen();
    BOOST_REQUIRE(std::holds_alternative<endpoint>(bound));
    at = std::get<endpoint>(bound);
    work.open(std::move(me),
              [this](porter_event x) { told.push(std::move(x)); });
  }

  explicit house(const std::string& name, std::uint64_t started = 1,
                 door_config config = make_config())
      : house(make_introduction(make_node(name, started)), std::move(config)) {}

  ~house() { work.stop(); }

  void dial(const endpoint& to) { work.dial(to); }
  door_counters counts() const { return work.counts()->read(); }

  void send(link_id link, std::string_view x) { work.post()->send(link, x); }

  node_id self;
  endpoint at;
  events<porter_event> told;
  porter work;
};

inline door_config dial_only() {
  auto result = make_config();
  result.listen.reset();
  return result;
}

/// Two porters and the link that left has dialed.
struct linked_houses {
  explicit linked_houses(const door_config& config = make_config())
      : left{"left", 1, config}, right{"right", 1, config} {
    left.dial(right.at);
    auto x = left.told.next<door_events::admitted>();
    auto y = right.told.next<door_events::admitted>();
    BOOST_REQUIRE(x);
    BOOST_REQUIRE(y);
    here = std::move(*x);
    there = std::move(*y);
  }

  house left;
  house right;
  door_events::admitted here;
  door_events::admitted there;
};

inline door_config patient_for(duration x) {
  auto result = make_config();
  result.handshake_timeout = x;
  return result;
}

/// Bytes that one end of a link sent to the other.
inline std::string pass(door_events::admitted& from, door_events::admitted& to,
                        const std::string& text) {
  BOOST_REQUIRE(from.line.write(text));
  std::string result;
  BOOST_REQUIRE(eventually([&] {
    result += to.line.read(text.size()).bytes;
    return result.size() == text.size();
  }));
  return result;
}

struct refusal {
  door_events::dial_failed here;
  door_events::turned_away there;
};

/// Dials with two nodes that do not match.
inline refusal refused_dial(house& left, house& right) {
  left.dial(right.at);
  auto here = left.told.next<door_events::dial_failed>();
  auto there = right.told.next<door_events::turned_away>();
  BOOST_REQUIRE(here);
  BOOST_REQUIRE(there);
  BOOST_TEST(!here->refused);
  BOOST_TEST(there->from == "127.0.0.1");
  return {*here, *there};
}

} // namespace horde::actors::test
