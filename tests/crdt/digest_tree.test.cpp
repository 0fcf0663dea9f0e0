// SPDX-License-Identifier: MIT
//
// The digest tree inside the map, against sums over all there is.

#include "horde/crdt/digest_tree.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <map>
#include <random>
#include <rapidcheck.h>

#include "horde/codec.hpp"
#include "support/map_writes.hpp"

using namespace horde;
using namespace horde::crdt;

namespace {

constexpr replica_id self{7};

std::string key_of(std::uint64_t i) {
  return "key " + std::to_string(i);
}

/// A map under hashes of the test's choice, and what its digests are made of.
struct summed_map {
  aw_lww_map map{42, 100};
  std::map<std::pair<std::uint64_t, std::string>, std::vector<dot>> dots;

  void put(std::uint64_t hash, const std::string& key, bool keeps_all) {
    auto& present = dots[{hash, key}];
    auto keep = keeps_all ? present : std::vector<dot>{};
    std::vector<dot> gone;
    auto id = map.next(self);
    map.put(hash, key, {id, {}, "v"}, keep, gone);
    BOOST_REQUIRE(gone.size() + keep.size() == present.size());
    present = keep;
    present.push_back(id);
  }

  void erase(std::uint64_t hash, const std::string& key) {
    auto i = dots.find({hash, key});
    std::vector<dot> gone;
    map.erase(hash, key, i->second, gone);
    BOOST_REQUIRE(gone.size() == i->second.size());
    dots.erase(i);
  }

  child_digests from_scratch(tree_node x) const {
    child_digests result{};
    for (auto i = dots.lower_bound({x.first(), {}});
         i != dots.end() && i->first.first <= x.last(); ++i)
      for (auto id : i->second) {
        std::string bytes;
        writer out{bytes};
        out.fixed64(i->first.first);
        out.fixed64(static_cast<std::uint64_t>(id.who));
        out.fixed64(id.counter);
        add(result[x.child_of(i->first.first)], hash_128(bytes, 42));
      }
    return result;
  }

  /// All nodes on the way to that hash.
  void check(std::uint64_t hash) const {
    for (unsigned level = 0; level < tree_node::deepest; ++level) {
      auto x = tree_node::of(hash, level);
      BOOST_REQUIRE((map.digests_below(x) == from_scratch(x)));
    }
    hash128 all;
    for (auto x : from_scratch({}))
      add(all, x);
    BOOST_REQUIRE((map.digest() == all));
  }
};

/// Fills the map with `keys` keys under such hashes and empties it.
template <class F>
void check_sums(std::size_t keys, F any_hash) {
  summed_map x;
  std::mt19937_64 random{5};
  std::vector<std::pair<std::uint64_t, std::string>> known;
  for (std::size_t i = 0; i < keys; ++i) {
    known.emplace_back(any_hash(random), key_of(i));
    x.put(known.back().first, known.back().second, false);
    auto [hash, key] = known[random() % known.size()];
    if (i % 3 == 0)
      x.put(hash, key, i % 2 == 0);
    if (i % 501 == 0)
      x.check(hash);
  }
  std::ranges::shuffle(known, random);
  for (std::size_t i = 0; i < keys; ++i) {
    auto [hash, key] = known[i];
    x.erase(hash, key);
    if (i % 501 == 0 || i + 5 > keys)
      x.check(hash);
  }
  BOOST_TEST((x.map.digest() == hash128{}));
}

/// Of a range of hashes, by the sums of what is below: down to `depth` levels.
hash128 sum_below(const aw_lww_map& map, tree_node x, unsigned depth) {
  hash128 result;
  auto children = map.digests_below(x);
  for (unsigned i = 0; i < children.size(); ++i)
    add(result,
        depth == 0 ? children[i] : sum_below(map, x.child(i), depth - 1));
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(the_digest_tree)

BOOST_AUTO_TEST_CASE(a_node_is_a_range_of_hashes) {
  BOOST_TEST(rc::check([] {
    auto hash = *rc::gen::arbitrary<std::uint64_t>();
    auto level = *rc::gen::inRange(0u, tree_node::deepest);
    auto x = tree_node::of(hash, level);
    RC_ASSERT(x.first() <= hash && hash <= x.last());
    RC_ASSERT(x.child(0).first() == x.first());
    RC_ASSERT(x.child(tree_node::fan_out - 1).last() == x.last());
    for (unsigned i = 1; i < tree_node::fan_out; ++i)
      RC_ASSERT(x.child(i).first() == x.child(i - 1).last() + 1);
    RC_ASSERT(x.child(x.child_of(hash)) == tree_node::of(hash, level + 1));
  }));
}

BOOST_AUTO_TEST_CASE(what_is_kept_and_what_is_summed_up_are_the_same) {
  aw_lww_map map{42, 100};
  auto check = [&] {
    for (unsigned depth = 0; depth < 5; ++depth)
      BOOST_TEST((sum_below(map, {}, depth) == map.digest()));
  };
  for (std::uint64_t i = 0; i < 6000; ++i) {
    put(map, self, key_of(i), i, "v");
    if (i % 997 == 0)
      check();
  }
  check();
  for (std::uint64_t i = 0; i < 6000; ++i) {
    erase(map, key_of(i));
    if (i % 997 == 0 || i > 5990)
      check();
  }
  BOOST_TEST((map.digest() == hash128{}));
}

BOOST_AUTO_TEST_CASE(every_node_is_the_sum_of_what_is_in_it) {
  check_sums(20'000, [](auto& random) { return random(); });
}

BOOST_AUTO_TEST_CASE(it_is_so_when_hashes_have_one_prefix) {
  check_sums(3000, [](auto& random) {
    return 0x1234'5678'9abc'0000 + random() % 0x10000;
  });
}

BOOST_AUTO_TEST_CASE(it_is_so_when_hashes_are_equal) {
  check_sums(1500, [](auto& random) { return random() % 3 << 62; });
}

BOOST_AUTO_TEST_CASE(equal_maps_have_equal_digests_whatever_they_were_before) {
  aw_lww_map grown{42};
  aw_lww_map shrunk{42, 100}; // how it is kept does not matter
  for (std::uint64_t i = 0; i < 3000; ++i)
    join(shrunk, put(grown, self, key_of(i), i, "v"));
  for (std::uint64_t i = 0; i < 2990; ++i)
    join(shrunk, erase(grown, key_of(i)));
  aw_lww_map fresh{42};
  for (std::uint64_t i = 2990; i < 3000; ++i)
    join(fresh, delta_of(grown, key_of(i), {}));
  for (const auto* x : {&shrunk, &fresh})
    for (unsigned i = 0; i < tree_node::fan_out; ++i)
      BOOST_TEST((x->digests_below(tree_node{}.child(i))
                  == grown.digests_below(tree_node{}.child(i))));
}

BOOST_AUTO_TEST_SUITE_END()
