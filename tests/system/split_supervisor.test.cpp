// SPDX-License-Identifier: MIT
//
// Five nodes as processes, each on a host of its own, and a network that splits
// while they run many children. Takes root.

#include <set>

#include "support/network.hpp"
#include "system/counter_nodes.hpp"
#include "system/skip.hpp"

using namespace horde::test;

namespace {

struct needs_networks {
  needs_networks() {
    remove_old_networks();
    skip_unless([] { network{1}; });
  }
};

constexpr std::size_t hosts = 5;
constexpr std::size_t counters = 2000;

struct fixture {
  fixture() {
    for (network::host x = 0; x < hosts; ++x)
      nodes.push_back(std::make_unique<counter_node>(
        name_of(x), net.on(x, {COUNTER_NODE, name_of(x), at((x + 1) % hosts),
                               at(x), std::to_string(hosts),
                               std::to_string(x == 0 ? counters : 0)})));
  }

  static std::string name_of(network::host x) {
    return "n" + std::to_string(x);
  }

  static std::string at(network::host x) {
    return network::address(x) + ":4711";
  }

  lives_of_children lives(const network::hosts& of) const {
    lives_of_children result;
    for (auto x : of)
      nodes[x]->add_lives(result);
    return result;
  }

  /// Each child runs once on these.
  bool run_all(const network::hosts& side) const {
    auto all = lives(side);
    return all.size() == counters && running_copies(all) == counters;
  }

  static bool within(std::chrono::seconds limit, const auto& is_true) {
    auto deadline = std::chrono::steady_clock::now() + limit;
    while (!is_true() && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(10ms); // others are to have the machine
    return is_true();
  }

  network net{hosts};
  std::vector<std::unique_ptr<counter_node>> nodes;
};

} // namespace

BOOST_TEST_GLOBAL_FIXTURE(needs_networks);

BOOST_FIXTURE_TEST_SUITE(split_supervisor, fixture)

/// Without quorum both sides go on with all children; afterwards each runs
/// once.
BOOST_AUTO_TEST_CASE(each_side_of_a_split_runs_all_and_then_each_runs_once) {
  const network::hosts all{0, 1, 2, 3, 4};
  const network::hosts few{0, 1};
  const network::hosts many{2, 3, 4};
  BOOST_REQUIRE(within(60s, [&] { return run_all(all); }));
  auto begin = stamp_now();
  net.split(few);
  BOOST_TEST(within(40s, [&] { return run_all(few) && run_all(many); }));
  BOOST_TEST_MESSAGE("both sides run all after " << (stamp_now() - begin) / 1000
                                                 << " ms");
  auto healed = stamp_now();
  net.heal();
  BOOST_TEST(within(40s, [&] { return run_all(all); }));
  auto overlap = longest_overlap(lives(all), healed);
  BOOST_TEST_MESSAGE("two copies for at most " << overlap / 1000
                                               << " ms after the heal");
  BOOST_TEST(overlap < 20'000'000); // a dial may fail late, the next is later
}

BOOST_AUTO_TEST_SUITE_END()
