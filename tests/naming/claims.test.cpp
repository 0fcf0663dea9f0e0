// SPDX-License-Identifier: MIT

#include "horde/naming/claims.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <set>

#include "horde/random.hpp"

using namespace horde;
using namespace horde::naming;

namespace {

/// The claims themselves, which are elsewhere: by process, its hashes.
struct world {
  claims tested;
  std::map<std::uint64_t, std::multiset<std::uint64_t>> truth;

  void add(std::uint64_t actor, std::uint64_t hash) {
    tested.add(actor, hash,
               [&](std::uint64_t x) { return truth[actor].contains(x); });
    truth[actor].insert(hash);
  }

  void remove(std::uint64_t actor, std::uint64_t hash) {
    tested.remove(actor);
    truth[actor].erase(truth[actor].find(hash));
  }

  /// Removes claims as one does whose process ended, in parts.
  void end(std::uint64_t actor, std::size_t part) {
    while (tested.holds_any(actor))
      for (auto hash : tested.take(actor, part))
        while (truth[actor].contains(hash))
          remove(actor, hash);
    truth.erase(actor);
  }

  bool knows_all(std::uint64_t actor) {
    auto known = tested.hashes_of(actor);
    return std::ranges::all_of(truth[actor], [&](std::uint64_t x) {
      return std::ranges::binary_search(known, x);
    });
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(claim_lists)

BOOST_AUTO_TEST_CASE(no_claim_is_missed_whatever_comes_and_goes) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    random_engine rng{seed};
    world x;
    for (int i = 0; i < 500; ++i) {
      auto actor = below(rng, 3);
      auto& mine = x.truth[actor];
      switch (below(rng, 8)) {
      case 0: x.end(actor, 1 + below(rng, 4)); break;
      case 1:
      case 2:
      case 3:
        if (!mine.empty()) {
          auto some = mine.begin();
          std::advance(some, below(rng, mine.size()));
          x.remove(actor, *some);
        }
        break;
      default: x.add(actor, below(rng, 40)); // the same hash twice, too
      }
      std::size_t count = 0;
      for (const auto& [who, all] : x.truth) {
        BOOST_REQUIRE(x.tested.holds_any(who) == !all.empty());
        BOOST_REQUIRE(x.knows_all(who));
        count += all.size();
      }
      BOOST_REQUIRE(x.tested.size() == count);
    }
  }
}

BOOST_AUTO_TEST_CASE(who_changes_names_for_ever_needs_no_more_room) {
  world x;
  constexpr std::uint64_t names = 100;
  for (std::uint64_t i = 0; i < 100 * names; ++i) {
    x.add(7, i);
    if (i >= names)
      x.remove(7, i - names);
  }
  BOOST_TEST(x.tested.size() == names);
  BOOST_TEST(x.knows_all(7));
  BOOST_TEST(x.tested.hashes_of(7).size() <= 3 * names + 10);
}

BOOST_AUTO_TEST_SUITE_END()
