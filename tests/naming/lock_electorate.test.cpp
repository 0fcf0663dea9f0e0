// SPDX-License-Identifier: MIT

#include "horde/naming/lock_electorate.hpp"

#include <boost/test/unit_test.hpp>

using namespace horde;
using namespace horde::naming;
using namespace std::chrono_literals;

namespace {

instant at(duration x) {
  return instant{1h + x};
}

member_id member(char x) {
  return {"names", std::string{x}};
}

members list_of(const std::string& names) {
  members result;
  for (auto x : names)
    result.push_back(member(x));
  return result;
}

replica_id id(char x) {
  return replica_id{static_cast<std::uint64_t>(x)};
}

std::vector<lock_peer> peers(const std::string& names) {
  std::vector<lock_peer> result;
  for (auto x : names)
    result.push_back({member(x), id(x)});
  return result;
}

/// Member `a`.
struct fixture {
  void go_by(const std::string& list, const std::string& reachable,
             duration when = 0s) {
    x.set_members(list_of(list), peers(reachable), at(when));
    x.needed(at(when));
  }

  std::uint64_t round(duration when = 0s) {
    auto asked = x.take_inquiries(rng, at(when + 1s));
    BOOST_REQUIRE(!asked.empty());
    return asked.front().second.round;
  }

  /// The lists that it had a part in; with a `+` it has voted under it.
  void report(char from, std::uint64_t round,
              const std::vector<std::string>& lists, bool aged = false,
              duration when = 0s) {
    lock::report r;
    r.list = x.list();
    r.round = round;
    r.aged = aged;
    for (auto list : lists) {
      auto informed = list.back() == '+';
      if (informed)
        list.pop_back();
      r.lists.push_back({list_of(list), informed});
    }
    if (x.is_awaited(id(from), r))
      x.receive(id(from), r, at(when));
  }

  bool is(lock_standing wanted) const { return x.standing() == wanted; }

  lock_config cfg;
  random_engine rng{1};
  lock_electorate x{cfg, member('a'), id('a'), at(0s)};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(lock_electorates, fixture)

BOOST_AUTO_TEST_CASE(who_is_all_of_its_horde_votes_at_once) {
  go_by("a", "");
  BOOST_TEST(is(lock_standing::informed));
}

BOOST_AUTO_TEST_CASE(when_all_are_there_a_new_horde_need_not_wait) {
  go_by("abc", "bc");
  auto r = round();
  BOOST_TEST(is(lock_standing::none));
  report('b', r, {"abc"});
  BOOST_TEST(is(lock_standing::settled)); // c may hold something
  report('c', r, {"abc"});
  BOOST_TEST(is(lock_standing::informed));
  BOOST_TEST(x.leaps() == 1u);
}

BOOST_AUTO_TEST_CASE(who_was_restarted_hears_from_so_many_that_all_is_known) {
  go_by("abcde", "bcde");
  auto r = round();
  report('b', r, {"abcde+"});
  report('c', r, {"abcde+"});
  BOOST_TEST(is(lock_standing::settled));
  report('d', r, {"abcde+"});
  BOOST_TEST(is(lock_standing::informed));
  BOOST_TEST(x.leaps() == 0u);
}

BOOST_AUTO_TEST_CASE(who_cannot_hear_enough_waits_for_the_longest_lease) {
  go_by("abc", "b");
  report('b', round(), {"abc"});
  BOOST_TEST(is(lock_standing::settled));
  x.tick(at(30s));
  BOOST_TEST(is(lock_standing::settled));
  x.tick(at(31s)); // by any clock
  BOOST_TEST(is(lock_standing::informed));
}

BOOST_AUTO_TEST_CASE(a_new_list_takes_a_majority_of_the_former_one) {
  go_by("abc", "bc");
  auto r = round();
  report('b', r, {"abc"});
  report('c', r, {"abc"});
  BOOST_TEST(is(lock_standing::informed));
  // Behind a cut others joined; b and c are on the other side.
  go_by("abcde", "de");
  r = round();
  report('d', r, {"d+", "abcde"}, true);
  report('e', r, {"e+", "abcde"}, true);
  BOOST_TEST(is(lock_standing::none));
  x.tick(at(2h));
  BOOST_TEST(is(lock_standing::none));
  x.set_members(list_of("abcde"), peers("bde"), at(2h));
  report('b', r, {"abc+", "abcde"}, true);
  BOOST_TEST(is(lock_standing::informed));
}

BOOST_AUTO_TEST_CASE(lists_that_others_had_a_part_in_count_as_well) {
  go_by("abc", "bc");
  auto r = round();
  report('b', r, {"bxy+", "abc"}, true);
  report('c', r, {"abc"}, true);
  BOOST_TEST(is(lock_standing::none)); // x and y may vote under theirs
}

BOOST_AUTO_TEST_CASE(what_was_said_under_the_list_before_does_not_count) {
  go_by("abc", "bc");
  auto former = round();
  go_by("abcd", "bcd");
  for (auto from : {'b', 'c', 'd'})
    report(from, former, {"abcd"}, true);
  BOOST_TEST(is(lock_standing::none));
}

BOOST_AUTO_TEST_CASE(who_has_stopped_is_in_the_way_of_nobody) {
  go_by("ab", "b");
  report('b', round(), {"ab"});
  BOOST_TEST(is(lock_standing::informed));
  go_by("a", "");
  BOOST_TEST(is(lock_standing::none)); // it may go on
  x.stopped({member('b'), id('b')});
  x.tick(at(0s));
  BOOST_TEST(is(lock_standing::informed));
}

BOOST_AUTO_TEST_CASE(nobody_is_asked_before_somebody_wants_a_lock) {
  x.set_members(list_of("abc"), peers("bc"), at(0s));
  BOOST_TEST(x.take_inquiries(rng, at(1h)).empty());
  BOOST_TEST((x.wake_at() == never));
  x.needed(at(1h));
  BOOST_TEST(x.take_inquiries(rng, at(1h)).size() == 2u);
  BOOST_TEST(x.take_inquiries(rng, at(1h)).empty()); // not again at once
  // Nor when nobody has wanted one for a while.
  BOOST_TEST(x.take_inquiries(rng, at(2h)).empty());
  BOOST_TEST((x.wake_at() == never));
}

BOOST_AUTO_TEST_CASE(of_more_lists_than_can_be_remembered_all_are_needed) {
  std::string list = "abc";
  for (char c = 'd'; c <= 'z'; ++c) {
    list += c;
    x.set_members(list_of(list), peers("bc"), at(0s));
    x.answer(id('b'), lock::inquiry{x.list(), 1, true}, at(0s));
    BOOST_TEST(x.remembered_lists() <= cfg.max_lists);
  }
  // Alone it cannot know what is granted under the first of them.
  go_by("a", "");
  BOOST_TEST(is(lock_standing::none));
  const std::string others = "bcdefghijklmnopqrstuvwxyz";
  go_by("a", others);
  auto r = round();
  for (auto from : others.substr(1))
    report(from, r, {list});
  BOOST_TEST(is(lock_standing::none)); // b may be part of a majority of few
  report('b', r, {list});
  BOOST_TEST(is(lock_standing::informed));
}

BOOST_AUTO_TEST_CASE(who_has_stopped_is_in_no_union_of_lists) {
  cfg.max_lists = 2;
  for (const auto* list : {"ab", "ac", "ad"}) {
    x.set_members(list_of(list), peers("cd"), at(0s));
    x.answer(id('c'), lock::inquiry{x.list(), 1, true}, at(0s));
    x.stopped({member('b'), id('b')});
  }
  go_by("a", "cd");
  auto r = round();
  report('c', r, {"ac"});
  BOOST_TEST(is(lock_standing::none));
  report('d', r, {"ad"});
  BOOST_TEST(is(lock_standing::informed));
}

BOOST_AUTO_TEST_SUITE_END()
