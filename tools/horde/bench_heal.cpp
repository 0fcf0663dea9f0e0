// SPDX-License-Identifier: MIT
//
// Two nodes with many names each whose link is cut: each gives some more names,
// and then they meet again. From the time when one of them says that the other
// is up until both have all names. Their link goes through a relay of this
// process, as nodes that can reach each other do not stay apart; beside it a
// bare round trip through the same relay.

#include <algorithm>
#include <atomic>
#include <optional>

#include "bench_data.hpp"
#include "bench_peer.hpp"
#include "bench_registry.hpp"
#include "bench_relay.hpp"

namespace horde::tools {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t usual_names = 10'000; ///< of each node
constexpr std::size_t round_trips = 200;

/// Where others find a node is not where it listens: a relay is there.
constexpr auto relayed_host = "127.0.0.2";

class split_cluster {
public:
  explicit split_cluster(std::size_t names) : names_(names) {
    for (std::size_t i = 0; i < 2; ++i) {
      auto seeds =
        i == 0 ? std::vector<endpoint>{} : std::vector{nodes_[0].node.at()};
      nodes_[i].start(seeds, relayed_host);
      auto at = nodes_[i].node.at();
      relays_[i].emplace(at, endpoint{"127.0.0.1", at.port});
      nodes_[i].start_registry();
      nodes_[i].fill(i * names, (i + 1) * names);
      nodes_[i].node.subscribe([this](const node_event& x) {
        auto first = clock::rep{0};
        if (x.what == node_state::up)
          up_at_.compare_exchange_strong(
            first, clock::now().time_since_epoch().count());
      });
    }
    wait_for(2 * names);
  }

  /// Milliseconds to agree when each has that many names that the other has
  /// not.
  double heal_time(std::size_t differences) {
    for (auto& x : relays_)
      x->cut();
    wait_for(names_); // those of a node that is down are hidden
    for (std::size_t i = 0; i < 2; ++i)
      for (std::size_t k = 0; k < differences; ++k)
        must(nodes_[i].names.register_name(nodes_[i].owners[0], name(i, k)));
    up_at_ = 0;
    for (auto& x : relays_)
      x->mend();
    wait_for(2 * (names_ + differences));
    auto end = clock::now();
    auto begin = clock::time_point{clock::duration{up_at_.load()}};
    for (std::size_t i = 0; i < 2; ++i)
      for (std::size_t k = 0; k < differences; ++k)
        nodes_[i].names.unregister(nodes_[i].owners[0], name(i, k));
    wait_for(2 * names_);
    return std::chrono::duration<double, std::milli>(end - begin).count();
  }

  /// Milliseconds of a bare request and its response, the middle one.
  double round_trip() {
    auto peer = bare_peer(nodes_[0], nodes_[1]);
    caf::scoped_actor self{nodes_[0].sys};
    std::vector<double> taken;
    for (std::size_t i = 0; i < round_trips; ++i)
      taken.push_back(
        1e3 * wall_seconds([&] {
          ask(self, peer, caf::infinite, std::string{"a name"})
            .receive([] {},
                     [](const caf::error& why) { give_up(render(why)); });
        }));
    return spread_of(std::move(taken)).p50;
  }

private:
  std::string name(std::size_t node, std::size_t k) const {
    return key_of(2 * names_ + 2 * k + node);
  }

  /// On both.
  void wait_for(std::size_t names) {
    wait_until("both nodes see the same names", [&] {
      return std::ranges::all_of(
        nodes_, [&](const auto& x) { return x.names.count() == names; });
    });
  }

  std::size_t names_;
  std::atomic<clock::rep> up_at_ = 0;
  bench_node nodes_[2];
  std::optional<relay> relays_[2];
};

} // namespace

void bench_heal(std::size_t keys, const emit& out) {
  auto names = std::min(keys, usual_names);
  split_cluster both{names};
  auto bare = both.round_trip();
  auto tell = [&](std::size_t differences, double at_most) {
    std::vector<double> taken;
    for (std::size_t i = 0; i < times_for(keys, 5); ++i)
      taken.push_back(both.heal_time(differences));
    auto time = spread_of(std::move(taken));
    auto has_goal = names == usual_names;
    out({"heal, " + std::to_string(differences) + " names differ a side",
         time.p50, "ms", "bare round trip", bare,
         has_goal ? "<= " + std::to_string(static_cast<int>(at_most)) + " ms"
                  : "",
         !has_goal || time.p50 <= at_most});
    out({"  longest", time.longest, "ms", "", 0, "", true});
  };
  tell(std::min(names, std::size_t{100}), 5);
  tell(names / 2, 30);
}

} // namespace horde::tools
