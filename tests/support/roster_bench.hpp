// SPDX-License-Identifier: MIT
//
// A few rosters, each beside its replica, whose mail waits until a test
// delivers it.

#pragma once

#include <boost/test/unit_test.hpp>
#include <deque>
#include <memory>
#include <set>

#include "horde/membership/quorum.hpp"
#include "horde/membership/roster.hpp"
#include "support/replica_bench.hpp"
#include "support/sim_network.hpp"

namespace horde::sim {

using membership::has_majority;
using membership::roster;
using membership::roster_config;

struct life_of_member {
  node_id node;
  std::unique_ptr<sync::replica> map;
  std::unique_ptr<roster> who;
};

class roster_bench {
public:
  moment now{instant{std::chrono::hours{1}},
             wall_time{std::chrono::hours{1000}}};
  std::deque<sim::packet> mail;
  std::vector<life_of_member> all;
  bool with_quorum = false; ///< only a majority may remove

  static member_id id(const std::string& node) { return {"h", node}; }

  /// A member on that node; replica ids count from 1.
  std::size_t add(const std::string& node, std::uint64_t life,
                  member_mode mode = member_mode::automatic, members list = {},
                  member_traits traits = {}) {
    auto i = all.size();
    auto& x = all.emplace_back();
    x.node = {node, {life, i}};
    x.map = std::make_unique<sync::replica>(replica(i), sync::config{}, i);
    roster_config cfg{id(node), x.node, mode, list};
    cfg.traits = std::move(traits);
    x.who = std::make_unique<roster>(std::move(cfg));
    x.who->start(*x.map, now);
    step(i);
    return i;
  }

  static replica_id replica(std::size_t i) { return replica_id{i + 1}; }
  roster& operator[](std::size_t i) { return *all[i].who; }

  bool hears(std::size_t i, std::size_t j) {
    (*this)[i].node_changed(all[j].node, node_state::up, now);
    auto result =
      (*this)[i].peer_up(*all[i].map, id(all[j].node.name), replica(j), now);
    step(i);
    return result;
  }

  void link(std::size_t i, std::size_t j) {
    hears(i, j);
    hears(j, i);
    run();
  }

  /// Whoever is in `some` and who is not take each other for down.
  void cut(const std::set<std::size_t>& some) {
    for (std::size_t i = 0; i < all.size(); ++i)
      for (std::size_t j = 0; j < all.size(); ++j)
        if (some.contains(i) != some.contains(j)) {
          (*this)[i].peer_down(*all[i].map, replica(j), false, now);
          node(i, j, node_state::down);
        }
    mail.clear(); // of those that are cut off
    run();
  }

  void unlink(std::size_t i, std::size_t j) {
    (*this)[i].peer_down(*all[i].map, replica(j), false, now);
    (*this)[j].peer_down(*all[j].map, replica(i), false, now);
  }

  void node(std::size_t i, std::size_t j, node_state what) {
    (*this)[i].node_changed(all[j].node, what, now);
    step(i);
  }

  std::optional<failure> set(std::size_t i, const members& list) {
    auto result = (*this)[i].set_members(*all[i].map, list, now);
    step(i);
    return result;
  }

  void withdraw(std::size_t i) {
    (*this)[i].withdraw(*all[i].map);
    step(i);
  }

  /// All tick as often as they want to.
  void pass(duration x) {
    for (auto end = now.at + x; now.at < end;) {
      auto next = end;
      for (auto& y : all)
        next = std::min({next, y.map->wake_at(), y.who->wake_at()});
      now.wall += next - now.at;
      now.at = next;
      for (std::size_t i = 0; i < all.size(); ++i) {
        all[i].map->tick(now);
        auto may_remove = !with_quorum || has_majority((*this)[i].members());
        (*this)[i].tick(*all[i].map, now, may_remove);
        step(i);
      }
      run();
    }
  }

  void step(std::size_t i) {
    for (int rounds = 0;; ++rounds) {
      BOOST_REQUIRE_MESSAGE(rounds < 10, "a roster writes for ever");
      auto x = all[i].map->finish(now);
      for (auto& s : x.sends)
        mail.push_back({replica(i), s.to, s.bytes});
      for (const auto& key : x.changed)
        (*this)[i].changed(*all[i].map, key, now);
      if (x.changed.empty())
        return;
    }
  }

  void run() {
    for (int count = 0; !mail.empty(); ++count) {
      BOOST_REQUIRE_MESSAGE(count < 1000, "rosters write for ever");
      auto p = mail.front();
      mail.pop_front();
      auto i = static_cast<std::size_t>(p.to) - 1;
      all[i].map->receive(p.from, *p.bytes, now);
      step(i);
    }
  }

  std::string list(std::size_t i) {
    std::string result;
    for (const auto& x : (*this)[i].members())
      result += x.who.node + ":" + std::string{to_string(x.status)} + " ";
    return result;
  }
};

inline members ids(std::initializer_list<const char*> nodes) {
  members result;
  for (auto x : nodes)
    result.push_back(roster_bench::id(x));
  return result;
}

} // namespace horde::sim
