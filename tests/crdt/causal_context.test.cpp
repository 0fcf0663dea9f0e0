// SPDX-License-Identifier: MIT

#include "horde/crdt/causal_context.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <limits>
#include <random>
#include <rapidcheck.h>
#include <set>

using namespace horde;
using namespace horde::crdt;

namespace {

constexpr replica_id a{1};
constexpr replica_id b{2};

using dots = std::set<dot>;

dots any_dots() {
  dots result;
  auto n = *rc::gen::inRange(0, 30);
  for (int i = 0; i < n; ++i)
    result.insert({replica_id{*rc::gen::inRange<std::uint64_t>(1, 4)},
                   *rc::gen::inRange<std::uint64_t>(1, 15)});
  return result;
}

causal_context context_of(const dots& xs) {
  causal_context result;
  for (auto x : xs)
    result.add(x);
  return result;
}

/// All dots that `any_dots` may give.
template <class F>
void for_each_dot(F f) {
  for (std::uint64_t who = 1; who < 4; ++who)
    for (std::uint64_t counter = 1; counter < 16; ++counter)
      f(dot{replica_id{who}, counter});
}

std::string
bytes_of(std::initializer_list<std::pair<
           std::uint64_t, std::vector<std::pair<std::uint64_t, std::uint64_t>>>>
           rows) {
  std::string result;
  writer out{result};
  out.varint(0); // the horizon
  out.varint(rows.size());
  for (const auto& [who, ranges] : rows) {
    out.fixed64(who);
    out.varint(ranges.size());
    for (auto [gap, length] : ranges) {
      out.varint(gap);
      out.varint(length);
    }
  }
  return result;
}

bool is_refused(const std::string& bytes) {
  return !from_bytes<causal_context>(bytes);
}

} // namespace

BOOST_AUTO_TEST_SUITE(causal_context_tests)

BOOST_AUTO_TEST_CASE(a_context_contains_what_was_added_and_nothing_else) {
  BOOST_TEST(rc::check([] {
    auto xs = any_dots();
    auto x = context_of(xs);
    for_each_dot([&](dot d) { RC_ASSERT(x.contains(d) == xs.contains(d)); });
  }));
}

BOOST_AUTO_TEST_CASE(a_dot_is_new_once) {
  causal_context x;
  BOOST_TEST(x.add({a, 2}));
  BOOST_TEST(!x.add({a, 2}));
  BOOST_TEST(x.add({a, 1}));
  BOOST_TEST(!x.add({a, 1}));
}

BOOST_AUTO_TEST_CASE(the_order_of_additions_does_not_matter) {
  BOOST_TEST(rc::check([] {
    auto xs = any_dots();
    std::vector<dot> shuffled{xs.begin(), xs.end()};
    auto seed = *rc::gen::arbitrary<std::uint64_t>();
    std::shuffle(shuffled.begin(), shuffled.end(), std::mt19937_64{seed});
    causal_context y;
    for (auto x : shuffled)
      y.add(x);
    RC_ASSERT(context_of(xs) == y);
    RC_ASSERT(context_of(xs).digest(7) == y.digest(7));
  }));
}

BOOST_AUTO_TEST_CASE(joining_is_the_union) {
  BOOST_TEST(rc::check([] {
    auto xs = any_dots();
    auto ys = any_dots();
    auto joined = context_of(xs);
    joined.join(context_of(ys));
    xs.insert(ys.begin(), ys.end());
    RC_ASSERT(joined == context_of(xs));
  }));
}

// A forgotten replica is a set of all its dots, so contexts with forgotten ones
// are joined by union, too.
BOOST_AUTO_TEST_CASE(joining_is_the_union_also_of_what_is_forgotten) {
  BOOST_TEST(rc::check([] {
    auto any = [] {
      causal_context result;
      for (auto x : any_dots())
        result.add({make_replica_id(static_cast<era>(x.who), 0), x.counter});
      for (int i = *rc::gen::inRange(0, 3); i > 0; --i)
        result.forget(make_replica_id(*rc::gen::inRange<era>(0, 4), 0));
      return result;
    };
    auto x = any();
    auto y = any();
    auto joined = x;
    joined.join(y);
    auto other = y;
    other.join(x);
    RC_ASSERT(joined == other);
    RC_ASSERT(joined.digest(1) == other.digest(1));
    for (era born = 0; born < 5; ++born)
      for (std::uint64_t counter = 1; counter < 16; ++counter) {
        dot d{make_replica_id(born, 0), counter};
        RC_ASSERT(joined.contains(d) == (x.contains(d) || y.contains(d)));
      }
    other.join(joined);
    RC_ASSERT(joined == other);
    RC_ASSERT(from_bytes<causal_context>(to_bytes(joined)) == joined);
  }));
}

BOOST_AUTO_TEST_CASE(the_forgotten_count_as_seen_whole_and_take_nothing) {
  auto old = make_replica_id(3, 1);
  auto known = make_replica_id(2, 1);
  auto unknown = make_replica_id(3, 1ull << 63);
  auto later = make_replica_id(4, 1);
  auto x = context_of({{old, 1}, {old, 3}, {known, 2}});
  BOOST_TEST(x.forget(old));
  BOOST_TEST(x.contains({old, 2}));
  BOOST_TEST(x.contains({old, 1000}));
  BOOST_TEST(x.contains({unknown, 1}));
  BOOST_TEST(!x.contains({known, 1}));
  BOOST_TEST(x.contains({known, 2}));
  BOOST_TEST(!x.contains({later, 1}));
  BOOST_TEST(x.size() == 1u);
  BOOST_TEST(!x.add({old, 7}));
  BOOST_TEST(!x.add({unknown, 7}));
  BOOST_TEST(x.add({later, 7}));
  BOOST_TEST(!x.forget(make_replica_id(last_horizon, 1)));
  BOOST_TEST(x.horizon() == 4u);
}

BOOST_AUTO_TEST_CASE(who_is_known_is_not_forgotten_with_others) {
  causal_context x;
  x.add({a, 1});
  x.know(b); // it has written nothing yet
  BOOST_TEST((x.replicas() == std::vector{a, b}));
  BOOST_TEST(x.forget(a));
  BOOST_TEST(x.is_forgotten(a));
  BOOST_TEST(!x.is_forgotten(b));
  BOOST_TEST(!x.contains({b, 1}));
  BOOST_TEST((from_bytes<causal_context>(to_bytes(x)) == x));
  x.know(a); // too late
  BOOST_TEST(x.is_forgotten(a));
  causal_context y;
  y.join(x);
  BOOST_TEST((y == x));
}

BOOST_AUTO_TEST_CASE(an_absurd_horizon_is_refused) {
  std::string bytes;
  writer out{bytes};
  out.varint(last_horizon + 1);
  out.varint(0);
  BOOST_TEST(is_refused(bytes));
}

BOOST_AUTO_TEST_CASE(the_latest_dot_of_each_replica_is_known_gaps_or_not) {
  auto x = context_of({{a, 1}, {a, 2}, {a, 5}, {b, 3}});
  BOOST_TEST(x.latest(a) == 5u);
  BOOST_TEST(x.latest(b) == 3u);
  BOOST_TEST(x.latest(replica_id{9}) == 0u);
}

BOOST_AUTO_TEST_CASE(ranges_that_touch_become_one) {
  auto x = context_of({{a, 1}, {a, 2}, {a, 5}});
  x.add({a, 4});
  x.add({a, 3});
  BOOST_TEST(to_bytes(x) == bytes_of({{1, {{1, 4}}}}));
  x.join(context_of({{a, 9}, {a, 7}, {a, 11}}));
  auto y = context_of({{a, 6}, {a, 8}, {a, 9}, {a, 10}});
  y.join(x);
  BOOST_TEST(to_bytes(y) == bytes_of({{1, {{1, 10}}}}));
}

BOOST_AUTO_TEST_CASE(counters_at_the_end_of_their_range_do_no_harm) {
  constexpr auto last = largest_counter;
  auto x = context_of({{a, last}, {a, last - 1}, {a, 1}});
  BOOST_TEST(x.contains({a, last}));
  BOOST_TEST(!x.contains({a, last - 2}));
  auto y = context_of({{a, last - 2}});
  y.join(x);
  BOOST_TEST((from_bytes<causal_context>(to_bytes(y)) == y));
}

BOOST_AUTO_TEST_CASE(a_context_survives_its_encoding) {
  BOOST_TEST(rc::check([] {
    auto x = context_of(any_dots());
    auto bytes = to_bytes(x);
    RC_ASSERT(from_bytes<causal_context>(bytes) == x);
    for (std::size_t n = 0; n < bytes.size(); ++n)
      RC_ASSERT(!from_bytes<causal_context>(bytes.substr(0, n)));
  }));
}

BOOST_AUTO_TEST_CASE(every_form_but_the_one_we_write_is_refused) {
  constexpr auto last = largest_counter;
  BOOST_TEST(!is_refused(bytes_of({{1, {{1, 4}}}, {2, {{3, 0}, {2, 0}}}})));
  BOOST_TEST(is_refused(bytes_of({{1, {{0, 4}}}})));         // counter 0
  BOOST_TEST(is_refused(bytes_of({{1, {{1, 0}, {1, 0}}}}))); // they touch
  BOOST_TEST(is_refused(bytes_of({{2, {{1, 0}}}, {1, {{1, 0}}}})));
  BOOST_TEST(is_refused(bytes_of({{1, {{1, 0}}}, {1, {{1, 0}}}})));
  BOOST_TEST(is_refused(bytes_of({{1, {{1, last}}}})));
  BOOST_TEST(is_refused(bytes_of({{1, {{1, 5}, {last, 0}}}})));
}

BOOST_AUTO_TEST_CASE(ids_print_as_hexadecimal_digits) {
  BOOST_TEST(to_string(replica_id{0xab}) == "00000000000000ab");
  BOOST_TEST(to_string(dot{replica_id{0xab}, 7}) == "00000000000000ab:7");
}

BOOST_AUTO_TEST_SUITE_END()
