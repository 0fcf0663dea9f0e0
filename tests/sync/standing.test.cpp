// SPDX-License-Identifier: MIT
//
// Who begins anew when two meet that may have forgotten each other: a table.

#include "horde/sync/standing.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

using namespace horde;
using namespace horde::sync;

namespace {

using ids = std::vector<replica_id>;

replica_id at(era born, std::uint64_t n) {
  return make_replica_id(born, n << bits_of_era);
}

const replica_id a = at(1, 1);
const replica_id b = at(1, 2);
const replica_id c = at(1, 3);
const replica_id d = at(1, 4);
const replica_id young = at(5, 1);

standing of(replica_id who, era horizon, ids known, ids alive) {
  side with{alive.size(), alive.empty() ? replica_id{} : alive.front()};
  return {who, horizon, std::move(known), std::move(alive), with, false};
}

verdict mirrored(verdict x) {
  std::swap(x.first_yields, x.second_yields);
  std::swap(x.of_first, x.of_second);
  return x;
}

void check(const standing& x, const standing& y, const verdict& expected) {
  BOOST_TEST((judge(x, y) == expected));
  BOOST_TEST((judge(y, x) == mirrored(expected)));
}

const verdict nobody;

/// The first one yields: it has forgotten those.
verdict first(ids whom = {}) {
  return {true, false, std::move(whom), {}};
}

} // namespace

BOOST_AUTO_TEST_SUITE(standing_tests)

BOOST_AUTO_TEST_CASE(who_has_forgotten_nobody_meets_freely) {
  check(of(a, 0, {}, {a}), of(b, 0, {}, {b}), nobody);
  check(of(a, 2, {a, b}, {a, b}), of(b, 0, {a, b, c}, {b}), nobody);
  check(of(a, 2, {a}, {a}), of(young, 0, {}, {young}), nobody);
}

BOOST_AUTO_TEST_CASE(who_was_away_and_is_forgotten_begins_anew) {
  check(of(c, 0, {a, b, c}, {c}), of(a, 2, {a, b}, {a, b}), first());
  check(of(b, 0, {a, b}, {b}), of(a, 2, {a}, {a}), first());
}

BOOST_AUTO_TEST_CASE(of_two_sides_the_smaller_begins_anew) {
  check(of(c, 2, {c}, {c}), of(a, 2, {a, b}, {a, b}), first({a, b}));
  // As large: without the oldest.
  check(of(c, 2, {c, d}, {c, d}), of(a, 2, {a, b}, {a, b}), first({a, b}));
}

BOOST_AUTO_TEST_CASE(a_newcomer_does_not_win_for_a_smaller_side) {
  // It joined those that forgot a and b, and they are dead.
  check(of(young, 2, {c, d, young}, {young}), of(a, 0, {a, b}, {a, b}),
        first({a, b}));
}

BOOST_AUTO_TEST_CASE(newcomers_with_late_clocks_begin_anew_however_many) {
  auto old = of(young, 2, {young}, {young});
  auto newcomer = of(a, 0, {a, b, c}, {a, b, c});
  check(newcomer, old,
        mirrored(first({a, b, c}))); // they have lived apart for long
  newcomer = of(a, 0, {a, b, c}, {});
  newcomer.is_young = true;
  check(newcomer, old, first());
  // Its own clock is right: it notices when it meets them again.
  auto beside = of(at(6, 1), 0, {a, b, c}, {});
  beside.is_young = true;
  check(beside, old, nobody);
  auto both = of(b, 2, {b}, {});
  both.is_young = true;
  newcomer = of(a, 2, {a}, {});
  newcomer.is_young = true;
  check(both, newcomer, first());
}

BOOST_AUTO_TEST_CASE(who_stands_with_the_forgotten_forgets_them) {
  // c's clock was late, and it is new: only b has met it.
  verdict expected{false, false, {c}, {}};
  check(of(b, 0, {a, b, c}, {b, c}), of(a, 2, {a, b}, {a, b}), expected);
}

BOOST_AUTO_TEST_CASE(a_side_counts_as_it_was_before_its_members_began_anew) {
  auto last = of(c, 2, {c, d}, {c});
  auto other = of(a, 2, {a, b}, {a, b});
  check(last, other, first({a, b}));
  last.side = {3, c};
  check(last, other, mirrored(first({c})));
}

BOOST_AUTO_TEST_CASE(
  of_three_that_meet_at_once_the_strongest_yields_to_nobody) {
  // b has forgotten a and c, c has forgotten b, a nobody.
  auto x = of(a, 0, {a, b, c}, {a, c});
  auto y = of(b, 2, {b}, {b});
  auto z = of(c, 2, {c}, {c});
  check(x, y, mirrored(first({a, c})));
  check(x, z, mirrored(first({a})));
  check(y, z, mirrored(first({b})));
}

BOOST_AUTO_TEST_CASE(at_most_one_yields_and_else_nobody_alive_is_forgotten) {
  BOOST_TEST(rc::check([] {
    auto some = [] {
      ids all{a, b, c, d, at(2, 1), at(3, 1), young};
      std::erase_if(all, [](auto) { return *rc::gen::inRange(0, 2) == 0; });
      return all;
    };
    auto any = [&](replica_id who) {
      standing x{who,
                 *rc::gen::inRange<era>(0, 7),
                 some(),
                 some(),
                 {*rc::gen::inRange<std::uint64_t>(0, 3), a},
                 *rc::gen::inRange(0, 2) == 0};
      x.known.push_back(who);
      x.alive.push_back(who);
      std::ranges::sort(x.known);
      x.known.erase(std::unique(x.known.begin(), x.known.end()), x.known.end());
      std::erase_if(x.alive, [&](replica_id y) { return has_forgotten(x, y); });
      std::ranges::sort(x.alive);
      x.alive.erase(std::unique(x.alive.begin(), x.alive.end()), x.alive.end());
      return x;
    };
    auto x = any(a);
    auto y = any(young);
    auto v = judge(x, y);
    RC_ASSERT(judge(y, x) == mirrored(v));
    RC_ASSERT(!v.first_yields || !v.second_yields);
    RC_ASSERT(v.of_first.empty() || v.of_second.empty());
    for (auto who : v.first_yields ? v.of_first : ids{})
      RC_ASSERT(has_forgotten(x, who));
    // When news flow, nobody that stays alive is forgotten.
    auto stays = [](const standing& z, const ids& forgotten) {
      auto result = z.alive;
      std::erase_if(result, [&](replica_id who) {
        return std::ranges::binary_search(forgotten, who);
      });
      return result;
    };
    if (!v.first_yields && !v.second_yields) {
      for (auto who : stays(x, v.of_first))
        RC_ASSERT(!has_forgotten(y, who));
      for (auto who : stays(y, v.of_second))
        RC_ASSERT(!has_forgotten(x, who));
    }
  }));
}

BOOST_AUTO_TEST_SUITE_END()
