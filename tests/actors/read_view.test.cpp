// SPDX-License-Identifier: MIT

#include <thread>

#include <boost/test/unit_test.hpp>

#include "horde/actors/read_view.hpp"

using namespace horde;
using namespace horde::actors;

namespace {

constexpr replica_id owner_a{1};
constexpr replica_id owner_b{2};

pid process(std::uint64_t actor) {
  return {{1, 1}, actor};
}

naming::show show(const std::string& name, replica_id owner,
                  std::uint64_t actor) {
  naming::show result;
  result.name = name;
  result.owner = owner;
  result.entry.pid = process(actor);
  result.entry.value = "of " + std::to_string(actor);
  return result;
}

naming::show_owner show_owner(replica_id owner, bool visible) {
  naming::show_owner result;
  result.owner = owner;
  result.who = {"names", owner == owner_a ? "a" : "b"};
  result.visible = visible;
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(the_read_view)

BOOST_AUTO_TEST_CASE(names_of_hidden_owners_are_not_seen) {
  read_view x;
  x.apply(show_owner(owner_a, true));
  x.apply(show("lamp", owner_a, 7));
  BOOST_TEST((x.lookup("lamp")->who == process(7)));
  x.apply(show_owner(owner_a, false));
  BOOST_TEST(!x.lookup("lamp"));
  BOOST_TEST(x.count() == 0u);
  x.apply(show_owner(owner_a, true));
  BOOST_TEST(x.count() == 1u);
}

BOOST_AUTO_TEST_CASE(a_name_that_changes_hands_is_one_name) {
  read_view x;
  x.apply(show_owner(owner_a, true));
  x.apply(show_owner(owner_b, true));
  x.apply(show("lamp", owner_a, 7));
  x.apply(show("lamp", owner_b, 8));
  BOOST_TEST(x.count() == 1u);
  BOOST_TEST(x.names_of(process(7)).empty());
  BOOST_TEST(x.names_of(process(8)).size() == 1u);
  x.apply(naming::hide{"lamp"});
  BOOST_TEST(x.count() == 0u);
}

// For the thread sanitizer; also that every entry is seen whole.
BOOST_AUTO_TEST_CASE(readers_never_see_half_of_what_is_written) {
  read_view x;
  x.apply(show_owner(owner_a, true));
  std::atomic<bool> done = false;
  std::atomic<std::uint64_t> torn = 0;
  auto check = [&](const registration& found) {
    if (found.value != "of " + std::to_string(found.who.actor)
        || found.member.node.empty())
      ++torn;
    return true;
  };
  auto read = [&] {
    while (!done) {
      if (auto found = x.lookup("name 3"))
        check(*found);
      x.for_each(check);
      x.names_of(process(3));
      x.count();
    }
  };
  std::thread one{read};
  std::thread two{read};
  for (std::uint64_t i = 1; i <= 2000; ++i) {
    auto owner = i % 3 == 0 ? owner_b : owner_a;
    x.apply(show_owner(owner_b, i % 100 < 50));
    x.apply(show("name " + std::to_string(i % 10), owner, i));
    if (i % 7 == 0)
      x.apply(naming::hide{"name " + std::to_string(i % 10)});
  }
  done = true;
  one.join();
  two.join();
  BOOST_TEST(torn == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
