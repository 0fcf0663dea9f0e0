// SPDX-License-Identifier: MIT

#include <boost/test/unit_test.hpp>

#include "horde/scheduling/load_table.hpp"

using namespace horde;
using namespace horde::scheduling;

namespace {

using counts = std::vector<std::uint32_t>;

const member_id ada{"workers", "ada"};
const member_id bob{"workers", "bob"};
const member_id eve{"workers", "eve"};

member_info info(const member_id& who) {
  member_info result;
  result.who = who;
  return result;
}

counts children(const load_table& x) {
  return {x.children().begin(), x.children().end()};
}

} // namespace

BOOST_AUTO_TEST_SUITE(load_table_tests)

BOOST_AUTO_TEST_CASE(counts_are_in_the_order_of_the_list) {
  load_table x;
  x.add(ada, "");
  x.prepare({info(bob), info(ada)});
  x.add(ada, "");
  x.add(bob, "");
  BOOST_TEST((children(x) == counts{1, 2}));
  x.remove(ada, "");
  BOOST_TEST((children(x) == counts{1, 1}));
  x.prepare({info(ada)});
  BOOST_TEST((children(x) == counts{1}));
}

BOOST_AUTO_TEST_CASE(who_is_not_listed_is_counted_for_later) {
  load_table x;
  x.prepare({info(ada)});
  x.add(eve, "");
  BOOST_TEST((children(x) == counts{0}));
  x.prepare({info(ada), info(eve)});
  BOOST_TEST((children(x) == counts{0, 1}));
}

BOOST_AUTO_TEST_CASE(groups_are_counted_apart) {
  load_table x;
  x.prepare({info(ada), info(bob)});
  x.add(ada, "db");
  x.add(bob, "db");
  x.add(bob, "db");
  x.add(bob, "web");
  BOOST_TEST((x.of_group("db") == counts{1, 2}));
  BOOST_TEST((x.of_group("web") == counts{0, 1}));
  BOOST_TEST(x.of_group("").empty());
  x.remove(bob, "web");
  BOOST_TEST(x.of_group("web").empty());
}

BOOST_AUTO_TEST_SUITE_END()
