// SPDX-License-Identifier: MIT

#include "horde/crdt/aw_lww_map.hpp"

#include <boost/test/unit_test.hpp>

#include "support/map_writes.hpp"

using namespace horde;
using namespace horde::crdt;

namespace {

constexpr replica_id a{1};
constexpr replica_id b{2};

struct two_maps {
  aw_lww_map x{42};
  aw_lww_map y{42};

  void both_have(std::string_view key) { join(y, put(x, a, key, 1, "old")); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(aw_lww_map_tests, two_maps)

BOOST_AUTO_TEST_CASE(a_put_that_is_concurrent_with_an_erase_survives) {
  both_have("k");
  auto putting = put(x, a, "k", 2, "new");
  auto erasing = erase(y, "k");
  join(x, erasing);
  join(y, putting);
  BOOST_TEST(x.winner("k")->value == "new");
  BOOST_TEST((contents_of(x) == contents_of(y)));
}

BOOST_AUTO_TEST_CASE(concurrent_puts_stay_until_a_later_write) {
  auto one = put(x, a, "k", 2, "one");
  auto two = put(y, b, "k", 1, "two");
  join(x, two);
  join(y, one);
  BOOST_TEST(x.versions("k").size() == 2u);
  BOOST_TEST(x.winner("k")->value == "one");
  BOOST_TEST(y.winner("k")->value == "one");
  BOOST_TEST(x.contended() == 1u);
  put(x, b, "k", 1, "three");
  BOOST_TEST(x.versions("k").size() == 1u);
  BOOST_TEST(x.contended() == 0u);
}

BOOST_AUTO_TEST_CASE(equal_stamps_are_decided_by_the_larger_replica_id) {
  auto one = put(x, a, "k", 7, "one");
  join(y, put(y, b, "k", 7, "two"));
  join(y, one);
  BOOST_TEST(y.winner("k")->value == "two");
}

BOOST_AUTO_TEST_CASE(a_put_can_keep_versions) {
  put(x, a, "k", 1, "one");
  auto kept = dots_of(x, "k");
  auto delta = put(x, a, "k", 2, "two", kept);
  BOOST_TEST(x.versions("k").size() == 2u);
  BOOST_TEST(delta.gone.empty());
}

BOOST_AUTO_TEST_CASE(an_erase_removes_only_the_dots_it_names) {
  auto one = put(x, a, "k", 1, "one");
  join(x, put(y, b, "k", 2, "two"));
  std::vector<dot> named{one.versions[0].id};
  erase(x, "k", named);
  BOOST_TEST(x.versions("k").size() == 1u);
  BOOST_TEST(x.winner("k")->value == "two");
}

BOOST_AUTO_TEST_CASE(an_erase_of_nothing_changes_nothing) {
  both_have("k");
  auto digest = x.digest();
  auto delta = erase(x, "k", std::vector<dot>{{b, 9}});
  BOOST_TEST(delta.gone.empty());
  BOOST_TEST(erase(x, "absent").gone.empty());
  BOOST_TEST((x.digest() == digest));
}

BOOST_AUTO_TEST_CASE(an_empty_value_is_a_value) {
  put(x, a, "", 1, "");
  BOOST_REQUIRE(x.winner(""));
  BOOST_TEST(x.winner("")->value.empty());
  BOOST_TEST(x.size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_was_seen_and_dropped_does_not_return) {
  auto delta = put(x, a, "k", 1, "old");
  join(y, delta);
  erase(y, "k");
  BOOST_TEST(!join(y, delta));
  BOOST_TEST(y.size() == 0u);
}

BOOST_AUTO_TEST_CASE(what_is_gone_before_it_was_seen_does_not_appear) {
  auto putting = put(x, a, "k", 1, "old");
  auto erasing = erase(x, "k");
  BOOST_TEST(!join(y, erasing));
  BOOST_TEST(!join(y, putting));
  BOOST_TEST((x.digest() == y.digest()));
  BOOST_TEST((x.seen() == y.seen()));
}

BOOST_AUTO_TEST_CASE(a_context_taken_over_keeps_late_deltas_out) {
  auto late = put(x, a, "k", 1, "old");
  erase(x, "k");
  y.adopt(x.seen());
  BOOST_TEST(!join(y, late));
}

BOOST_AUTO_TEST_CASE(an_empty_map_has_the_digest_of_an_empty_map) {
  for (int i = 0; i < 1000; ++i)
    put(x, a, "key " + std::to_string(i), 1, "v");
  BOOST_TEST(x.size() == 1000u);
  BOOST_TEST((x.digest() != y.digest()));
  for (int i = 0; i < 1000; ++i)
    erase(x, "key " + std::to_string(i));
  BOOST_TEST(x.size() == 0u);
  BOOST_TEST((x.digest() == y.digest()));
}

BOOST_AUTO_TEST_CASE(keys_are_visited_in_the_order_of_their_hashes) {
  for (int i = 0; i < 1000; ++i)
    put(x, a, "key " + std::to_string(i), 1, "v");
  std::uint64_t middle = std::uint64_t{1} << 63;
  auto previous = middle - 1;
  std::size_t visited = 0;
  x.visit(middle, ~std::uint64_t{0},
          [&](std::uint64_t hash, std::string_view key, auto) {
            BOOST_REQUIRE(hash > previous);
            BOOST_REQUIRE(hash == x.hash_of(key));
            previous = hash;
            ++visited;
            return true;
          });
  BOOST_TEST(visited > 400u);
  BOOST_TEST(visited < 600u);
}

BOOST_AUTO_TEST_CASE(a_visit_keeps_within_its_range) {
  for (int i = 0; i < 1000; ++i)
    put(x, a, "key " + std::to_string(i), 1, "v");
  for (int i = 0; i < 1000; ++i) {
    auto hash = x.hash_of("key " + std::to_string(i));
    int visited = 0;
    x.visit(hash, hash, [&](std::uint64_t here, std::string_view, auto) {
      BOOST_REQUIRE(here == hash);
      ++visited;
      return true;
    });
    BOOST_REQUIRE(visited == 1);
    x.visit(hash + 1, hash + 1, [](std::uint64_t, std::string_view, auto) {
      BOOST_ERROR("there is no such key");
      return true;
    });
  }
}

BOOST_AUTO_TEST_CASE(a_visit_ends_when_the_visitor_had_enough) {
  for (int i = 0; i < 10; ++i)
    put(x, a, "key " + std::to_string(i), 1, "v");
  int visited = 0;
  x.visit_from(
    0, [&](std::uint64_t, std::string_view, auto) { return ++visited < 3; });
  BOOST_TEST(visited == 3);
}

BOOST_AUTO_TEST_SUITE_END()
