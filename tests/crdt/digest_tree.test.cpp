// SPDX-License-Identifier: MIT
//
// The digest tree inside the map, against sums over all there is.

#include "horde/crdt/digest_tree.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include "support/map_writes.hpp"

using namespace horde;
using namespace horde::crdt;

namespace {

constexpr replica_id self{7};

std::string key_of(std::uint64_t i) {
  return "key " + std::to_string(i);
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
  aw_lww_map map{42};
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

BOOST_AUTO_TEST_CASE(equal_maps_have_equal_digests_whatever_they_were_before) {
  aw_lww_map grown{42};
  aw_lww_map shrunk{42};
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
