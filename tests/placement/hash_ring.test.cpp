// SPDX-License-Identifier: MIT

#include "horde/placement/hash_ring.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <map>
#include <random>

#include "horde/placement/hashes.hpp"

using namespace horde;
using namespace horde::placement;

namespace {

constexpr int sample = 10'000;

member_id member(int i) {
  return {"workers", "10.0.0." + std::to_string(i) + ":4711"};
}

std::vector<weighted_member> first(int n) {
  std::vector<weighted_member> result;
  for (int i = 1; i <= n; ++i)
    result.push_back({member(i)});
  return result;
}

std::string key(int i) {
  return "child-" + std::to_string(i);
}

std::map<member_id, int> spread(const hash_ring& ring) {
  std::map<member_id, int> result;
  for (int i = 0; i < sample; ++i)
    ++result[*ring.choose(key(i))];
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(hash_ring_tests)

BOOST_AUTO_TEST_CASE(an_empty_ring_chooses_nobody) {
  BOOST_TEST(hash_ring{}.choose("x") == nullptr);
  BOOST_TEST(hash_ring{std::vector<weighted_member>{}}.choose("x") == nullptr);
}

BOOST_AUTO_TEST_CASE(one_member_gets_every_key) {
  hash_ring ring{first(1)};
  for (int i = 0; i < 100; ++i)
    BOOST_TEST((*ring.choose(key(i)) == member(1)));
}

BOOST_AUTO_TEST_CASE(keys_are_spread_evenly) {
  for (int n = 2; n <= 20; ++n) {
    auto counts = spread(hash_ring{first(n)});
    BOOST_TEST(counts.size() == static_cast<std::size_t>(n));
    for (const auto& [who, count] : counts)
      BOOST_TEST(std::abs(count - sample / n) < sample / 20 + 1,
                 to_string(who) << " of " << n << " has " << count);
  }
}

BOOST_AUTO_TEST_CASE(keys_that_differ_in_one_character_are_spread_too) {
  hash_ring ring{first(3)};
  std::map<member_id, int> counts;
  for (int i = 0; i < 90; ++i)
    ++counts[*ring.choose("the same spec, number " + std::to_string(i))];
  for (const auto& [who, count] : counts)
    BOOST_TEST((count > 15 && count < 45), to_string(who) << ": " << count);
}

BOOST_AUTO_TEST_CASE(the_order_of_the_list_does_not_matter) {
  auto list = first(17);
  hash_ring ring{list};
  std::mt19937_64 rng{1};
  for (int round = 0; round < 5; ++round) {
    std::shuffle(list.begin(), list.end(), rng);
    hash_ring other{list};
    for (int i = 0; i < 1000; ++i)
      BOOST_REQUIRE((*ring.choose(key(i)) == *other.choose(key(i))));
  }
}

BOOST_AUTO_TEST_CASE(a_member_listed_twice_counts_once) {
  auto list = first(3);
  list.push_back(list.front());
  hash_ring once{first(3)};
  hash_ring twice{list};
  BOOST_TEST((twice.members() == once.members()));
  for (int i = 0; i < 1000; ++i)
    BOOST_REQUIRE((*once.choose(key(i)) == *twice.choose(key(i))));
}

BOOST_AUTO_TEST_CASE(a_new_member_takes_its_share_and_nothing_else_moves) {
  hash_ring before{first(9)};
  hash_ring after{first(10)};
  int moved = 0;
  for (int i = 0; i < sample; ++i) {
    const auto& x = *before.choose(key(i));
    const auto& y = *after.choose(key(i));
    if (x == y)
      continue;
    BOOST_REQUIRE((y == member(10)));
    ++moved;
  }
  BOOST_TEST((moved > sample / 10 * 7 / 10 && moved < sample / 10 * 13 / 10),
             moved << " of " << sample);
}

BOOST_AUTO_TEST_CASE(removing_a_member_moves_only_its_own_keys) {
  hash_ring before{first(10)};
  hash_ring after{first(9)};
  for (int i = 0; i < sample; ++i)
    if (!(*before.choose(key(i)) == member(10)))
      BOOST_REQUIRE((*before.choose(key(i)) == *after.choose(key(i))));
}

BOOST_AUTO_TEST_CASE(a_heavier_member_gets_more_and_weight_zero_nothing) {
  auto list = first(4);
  list[0].weight = 300;
  list[3].weight = 0;
  auto counts = spread(hash_ring{list});
  BOOST_TEST(counts.count(member(4)) == 0u);
  BOOST_TEST(std::abs(counts[member(1)] - sample * 3 / 5) < sample / 20);
}

BOOST_AUTO_TEST_CASE(the_smallest_weight_has_a_point) {
  hash_ring ring{{{member(1), 1}}};
  BOOST_TEST((*ring.choose("x") == member(1)));
}

BOOST_AUTO_TEST_CASE(who_becomes_heavier_takes_keys_and_loses_none) {
  hash_ring before{first(5)};
  auto list = first(5);
  list[2].weight = 150;
  hash_ring after{list};
  int moved = 0;
  for (int i = 0; i < sample; ++i) {
    if (*before.choose(key(i)) == *after.choose(key(i)))
      continue;
    BOOST_REQUIRE((*after.choose(key(i)) == member(3)));
    ++moved;
  }
  BOOST_TEST(moved > sample / 40);
}

BOOST_AUTO_TEST_CASE(the_owner_is_the_nearest_and_then_the_next_that_fits) {
  hash_ring ring{first(5)};
  for (int i = 0; i < 1000; ++i) {
    auto hash = key_hash(key(i));
    auto owner = ring.owner_of(hash);
    BOOST_REQUIRE((ring.members()[owner] == *ring.choose(key(i))));
    std::size_t nearest = hash_ring::nobody;
    for (std::size_t j = 0; j < 5; ++j) {
      BOOST_REQUIRE(ring.distance(hash, owner) <= ring.distance(hash, j));
      if (j != owner
          && (nearest == hash_ring::nobody
              || ring.distance(hash, j) < ring.distance(hash, nearest)))
        nearest = j;
    }
    auto next = ring.first_that(hash, [&](auto j) { return j != owner; });
    BOOST_REQUIRE(next == nearest);
  }
  BOOST_TEST(ring.first_that(7, [](auto) { return false; })
             == hash_ring::nobody);
}

// Rings of different versions of this library meet in one cluster.
BOOST_AUTO_TEST_CASE(choices_never_change_between_versions) {
  hash_ring ring{first(5)};
  std::string choices;
  for (int i = 0; i < 24; ++i)
    choices +=
      std::to_string(std::find(ring.members().begin(), ring.members().end(),
                               *ring.choose(key(i)))
                     - ring.members().begin());
  BOOST_TEST(choices == "000032243302001413044144");
}

BOOST_AUTO_TEST_SUITE_END()
