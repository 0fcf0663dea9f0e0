// SPDX-License-Identifier: MIT

#include "sim/replica_keys.hpp"

#include <boost/test/unit_test.hpp>

#include "horde/crdt/digest_tree.hpp"
#include "horde/hash.hpp"

using namespace horde;
using horde::crdt::tree_node;
using horde::sim::replica_keys;

namespace {

tree_node node_of(const replica_keys& x, std::uint64_t i, unsigned level) {
  return tree_node::of(hash64(x[i], replica_keys::hash_key), level);
}

} // namespace

BOOST_AUTO_TEST_SUITE(keys_of_a_simulation)

BOOST_AUTO_TEST_CASE(each_key_has_a_name_of_its_own) {
  for (std::uint64_t levels : {0, 1, 3}) {
    replica_keys x{100, levels};
    BOOST_TEST(x.size() == 100u);
    for (std::uint64_t i = 0; i < x.size(); ++i)
      BOOST_TEST((x.find(x[i]) == i));
    BOOST_TEST(!x.find("key").has_value());
  }
  BOOST_TEST((replica_keys{3, 0}[2] == "key 2"));
}

BOOST_AUTO_TEST_CASE(every_so_many_keys_one_is_a_level_deeper) {
  replica_keys x{100, 3};
  for (std::uint64_t i = 0; i < x.size(); ++i)
    for (unsigned level = 0; level <= i % 4; ++level)
      BOOST_TEST((node_of(x, i, level) == node_of(x, 3, level)));
  // And no other key is in the deepest node.
  for (std::uint64_t i = 0; i < x.size(); ++i)
    BOOST_TEST(((node_of(x, i, 3) == node_of(x, 3, 3)) == (i % 4 == 3)));
}

BOOST_AUTO_TEST_CASE(few_keys_need_not_be_on_all_levels) {
  replica_keys x{2, 3};
  BOOST_TEST((node_of(x, 1, 1) == tree_node{1, 0}));
}

BOOST_AUTO_TEST_SUITE_END()
