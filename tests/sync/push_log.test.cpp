// SPDX-License-Identifier: MIT

#include "horde/sync/push_log.hpp"

#include <algorithm>
#include <deque>
#include <map>

#include <boost/test/unit_test.hpp>

#include "horde/sync/intake.hpp"
#include "horde/sync/message.hpp"

using namespace horde;
using namespace horde::sync;

namespace {

constexpr replica_id self{1};

struct a_log {
  config limits;
  crdt::aw_lww_map map{0};
  push_log log;

  void put(std::string_view key, std::string value) {
    std::vector<crdt::dot> dots;
    auto id = map.next(self);
    map.put(key, {id, {}, std::move(value)}, {}, dots);
    dots.push_back(id);
    log.append(map.hash_of(key), dots, limits.max_log_records);
  }

  push group_after(std::uint64_t position) {
    bytes = log.group_after(position, map, limits).bytes;
    return std::get<push>(*decode_message(*bytes));
  }

  std::shared_ptr<const std::string> bytes; ///< of the newest group
};

std::vector<std::string> keys_of(const crdt::news& x) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < x.size(); ++i)
    for (std::size_t j = 0; j < x[i].size(); ++j)
      result.emplace_back(x[i][j].name);
  return result;
}

std::vector<std::string> keys_of(const push& x) {
  return keys_of(x.own);
}

std::vector<crdt::dot> gone_in(const crdt::news::item& x) {
  return {x.gone().begin(), x.gone().end()};
}

using keys = std::vector<std::string>;

} // namespace

BOOST_FIXTURE_TEST_SUITE(push_log_tests, a_log)

BOOST_AUTO_TEST_CASE(a_group_has_the_writes_after_a_position_in_order) {
  put("a", "1");
  put("b", "1");
  put("c", "1");
  auto x = group_after(1);
  BOOST_TEST(x.previous == 1u);
  BOOST_TEST(x.upto == 3u);
  BOOST_TEST((keys_of(x) == keys{"b", "c"}));
}

BOOST_AUTO_TEST_CASE(a_key_is_once_in_a_group_and_speaks_for_all_its_writes) {
  put("a", "1");
  put("b", "1");
  put("a", "2");
  put("a", "3");
  auto x = group_after(0);
  BOOST_TEST((keys_of(x) == keys{"a", "b"}));
  BOOST_TEST(x.upto == 4u);
  BOOST_TEST(x.own[0][0].versions[0].value == "3");
  BOOST_TEST(
    (gone_in(x.own[0]) == std::vector<crdt::dot>{{self, 1}, {self, 3}}));
}

BOOST_AUTO_TEST_CASE(a_short_group_still_speaks_for_every_write_in_its_range) {
  limits.max_group_keys = 1;
  put("a", "1");
  put("b", "1");
  put("a", "2");
  auto x = group_after(0);
  BOOST_TEST(x.upto == 1u);
  BOOST_TEST(x.own[0][0].versions[0].value == "2");
  BOOST_TEST((keys_of(group_after(1)) == keys{"b"}));
  BOOST_TEST((keys_of(group_after(2)) == keys{"a"}));
}

BOOST_AUTO_TEST_CASE(a_group_keeps_its_limit_of_bytes_but_has_at_least_a_key) {
  limits.max_group_bytes = 100;
  put("a", std::string(300, 'x'));
  put("b", std::string(40, 'x'));
  put("c", std::string(40, 'x'));
  BOOST_TEST(group_after(0).upto == 1u);
  BOOST_TEST(group_after(1).upto == 2u);
}

BOOST_AUTO_TEST_CASE(neighbours_at_the_same_position_share_the_bytes) {
  put("a", "1");
  auto x = log.group_after(0, map, limits).bytes;
  put("b", "1");
  BOOST_TEST((log.group_after(0, map, limits).bytes == x));
  BOOST_TEST((keys_of(group_after(1)) == keys{"b"}));
}

BOOST_AUTO_TEST_CASE(who_fell_behind_the_log_goes_on_at_its_start) {
  limits.max_log_records = 2;
  for (auto key : {"a", "b", "c", "a"})
    put(key, "1");
  BOOST_TEST(log.size() == 2u);
  auto x = group_after(0);
  BOOST_TEST(x.previous == 2u);
  BOOST_TEST((keys_of(x) == keys{"c", "a"}));
}

BOOST_AUTO_TEST_CASE(what_everybody_has_is_forgotten) {
  put("a", "1");
  put("a", "2");
  log.trim(1);
  BOOST_TEST(log.size() == 1u);
  BOOST_TEST(
    (gone_in(group_after(1).own[0]) == std::vector<crdt::dot>{{self, 1}}));
  log.trim(2);
  BOOST_TEST(log.size() == 0u);
  BOOST_TEST(log.newest() == 2u);
  put("b", "1");
  BOOST_TEST(group_after(2).upto == 3u);
}

BOOST_AUTO_TEST_CASE(the_writes_of_a_key_are_found_however_long_the_log_is) {
  limits.max_log_records = 20'000;
  std::map<std::string, std::vector<crdt::dot>> written;
  auto write = [&](const std::string& key) {
    written[key].push_back(map.next(self));
    put(key, "1");
  };
  // Often one, sometimes one of a few, else one of many: three sizes of index.
  for (auto i = 0; i < 15'000; ++i)
    write(i % 3 == 0   ? "hot"
          : i % 3 == 1 ? "warm " + std::to_string(i % 100)
                       : std::to_string(i % 7000));
  limits.max_group_keys = 50;
  std::map<std::string, std::vector<crdt::dot>> told;
  for (std::uint64_t position = 0; position < log.newest();) {
    auto x = group_after(position);
    BOOST_REQUIRE(x.upto > position);
    for (std::size_t i = 0; i < x.own.size(); ++i) {
      auto all = gone_in(x.own[i]);
      all.push_back(x.own[i][0].versions[0].id);
      const auto& expected = written[std::string{x.own[i][0].name}];
      auto first =
        std::ranges::upper_bound(expected, position, {}, &crdt::dot::counter);
      if (first != expected.begin())
        --first; // the first one that it speaks for removed it
      BOOST_TEST((all == std::vector<crdt::dot>{first, expected.end()}));
    }
    position = x.upto;
  }
}

BOOST_AUTO_TEST_CASE(the_writes_of_a_key_are_found_in_a_log_that_is_full) {
  limits.max_log_records = 1000;
  for (auto i = 0; i < 5000; ++i)
    put(std::to_string(i % 300), "1");
  auto x = group_after(0);
  BOOST_TEST(x.previous == 4000u);
  BOOST_TEST(x.own.size() == 300u);
  std::vector<crdt::dot> all;
  for (std::size_t i = 0; i < x.own.size(); ++i) {
    auto gone = gone_in(x.own[i]);
    all.insert(all.end(), gone.begin(), gone.end());
    all.push_back(x.own[i][0].versions[0].id);
  }
  // Each of the thousand, and what they removed: the last ones before.
  std::ranges::sort(all);
  BOOST_TEST(all.size() == 1300u);
  BOOST_TEST((all.front() == crdt::dot{self, 3701}));
}

BOOST_AUTO_TEST_CASE(a_log_keeps_its_newest_write_whatever_its_limit) {
  limits.max_log_records = 0;
  put("a", "1");
  put("b", "1");
  BOOST_TEST(log.size() == 1u);
  BOOST_TEST((keys_of(group_after(1)) == keys{"b"}));
}

BOOST_AUTO_TEST_CASE(a_queue_of_blocks_keeps_its_order) {
  block_queue<int> x;
  std::deque<int> expected;
  for (auto i = 0; i < 20'000; ++i) {
    x.push_back(i);
    expected.push_back(i);
    auto popped =
      std::min<std::size_t>(expected.size(), i % 2500 == 0 ? 2100 : 0);
    x.pop_front(popped);
    expected.erase(expected.begin(),
                   expected.begin() + static_cast<std::ptrdiff_t>(popped));
    BOOST_REQUIRE(x.size() == expected.size());
    if (!expected.empty()) {
      BOOST_REQUIRE(x[0] == expected.front());
      BOOST_REQUIRE(x[x.size() - 1] == expected.back());
    }
  }
  x.pop_front(x.size());
  BOOST_TEST(x.empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(intake_tests)

BOOST_AUTO_TEST_CASE(groups_in_order_leave_no_gap) {
  intake x;
  x.applied(0, 3);
  x.applied(3, 5);
  x.applied(0, 3); // twice
  BOOST_TEST(x.have() == 5u);
  BOOST_TEST(!x.has_gap());
}

BOOST_AUTO_TEST_CASE(a_group_that_starts_later_shows_a_gap) {
  intake x;
  x.applied(0, 3);
  x.applied(5, 7);
  BOOST_TEST(x.have() == 3u);
  BOOST_TEST(x.has_gap());
  x.applied(3, 5);
  BOOST_TEST(x.have() == 7u);
  BOOST_TEST(!x.has_gap());
}

BOOST_AUTO_TEST_CASE(a_reconciliation_closes_the_gap_below_the_later_run) {
  intake x;
  x.applied(5, 7);
  x.applied(7, 9);
  x.caught_up(4);
  BOOST_TEST(x.have() == 4u);
  BOOST_TEST(x.has_gap());
  x.caught_up(6);
  BOOST_TEST(x.have() == 9u);
  BOOST_TEST(!x.has_gap());
}

BOOST_AUTO_TEST_CASE(of_two_runs_beyond_gaps_only_the_later_is_remembered) {
  intake x;
  x.applied(5, 7);
  x.applied(20, 22);
  x.applied(5, 7);
  x.caught_up(6);
  BOOST_TEST(x.have() == 6u);
  x.caught_up(20);
  BOOST_TEST(x.have() == 22u);
}

BOOST_AUTO_TEST_CASE(a_log_that_was_announced_and_not_heard_is_missed) {
  intake x;
  x.announced(2);
  BOOST_TEST(x.is_behind());
  x.applied(0, 2);
  BOOST_TEST(!x.is_behind());
}

BOOST_AUTO_TEST_SUITE_END()
