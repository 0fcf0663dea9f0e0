// SPDX-License-Identifier: MIT
//
// What strategies have in common: names, evenness by weight, how little moves,
// and who agrees with whom.

#include <cmath>
#include <map>
#include <random>

#include "horde/placement/arbiter.hpp"
#include "placement/lists.hpp"

using namespace horde;
using namespace horde::placement;

namespace {

constexpr int sample = 10'000;

/// How many children each member gets, one after the other.
std::vector<std::uint32_t> spread(strategy_kind kind,
                                  const std::vector<member_info>& members) {
  auto x = make(kind, members);
  std::vector<std::uint32_t> result(members.size(), 0);
  std::mt19937_64 rng{1};
  for (int i = 0; i < sample; ++i)
    ++result[place_of(members,
                      chosen_by(*x, wish{key(i)}, {result, {}, rng()}))];
  return result;
}

/// Calls `f(before, after)` for each key that another member has afterwards.
template <class F>
void for_each_moved(strategy_kind kind, const std::vector<member_info>& before,
                    const std::vector<member_info>& after, F f) {
  auto x = make(kind, before);
  auto y = make(kind, after);
  for (int i = 0; i < sample; ++i) {
    auto k = key(i);
    auto from = chosen_by(*x, wish{k});
    auto to = chosen_by(*y, wish{k});
    if (from != to)
      f(from, to);
  }
}

/// Places children by their number of letters: as a user would write it.
class by_length : public strategy {
protected:
  std::uint64_t score(const candidate& x, const wish& of,
                      const conditions&) const override {
    return x.who.node.back() == static_cast<char>('0' + of.key.size()) ? 0 : 1;
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(strategies_tests)

BOOST_AUTO_TEST_CASE(strategies_have_names) {
  for (auto kind : all_kinds) {
    auto parsed = parse_strategy_kind(to_string(kind));
    BOOST_REQUIRE(std::holds_alternative<strategy_kind>(parsed));
    BOOST_TEST((std::get<strategy_kind>(parsed) == kind));
    BOOST_TEST(factory_of(kind)()->name() == to_string(kind));
  }
  for (auto name : {"", "Uniform", "ring", "least-loaded", "uniform "}) {
    auto parsed = parse_strategy_kind(name);
    auto problem = std::get_if<failure>(&parsed);
    BOOST_REQUIRE_MESSAGE(problem != nullptr, name);
    BOOST_TEST((problem->code == errc::bad_option));
    BOOST_TEST(problem->what
               == "strategy takes uniform, quorum, random, least_loaded or "
                  "rendezvous, not '"
                    + std::string{name} + "'");
  }
}

BOOST_AUTO_TEST_CASE(they_say_what_they_look_at) {
  for (auto kind : all_kinds) {
    auto x = factory_of(kind)();
    BOOST_TEST(x->needs_load() == (kind == strategy_kind::least_loaded));
    BOOST_TEST(x->needs_draw() == (kind == strategy_kind::random));
    BOOST_TEST(x->needs_quorum() == (kind == strategy_kind::quorum));
    auto agrees =
      std::ranges::find(kinds_that_agree, kind) != std::end(kinds_that_agree);
    BOOST_TEST(x->all_agree(wish{"ada"}) == agrees);
    constraints labels{.needs = {"ssd"}};
    BOOST_TEST(x->all_agree(wish{"ada", labels}) == agrees);
    constraints grouped{.group = "db"};
    BOOST_TEST(!x->all_agree(wish{"ada", grouped}));
  }
}

BOOST_AUTO_TEST_CASE(children_are_spread_by_weight) {
  for (auto kind : all_kinds) {
    auto list = alive(7);
    list[1].weight = 50;
    list[3].weight = 200;
    list[6].weight = 400; // 1050 in all
    auto counts = spread(kind, list);
    // A ring is as even as its points are many.
    auto is_ring =
      kind == strategy_kind::uniform || kind == strategy_kind::quorum;
    auto tolerance = is_ring                               ? 0.30
                     : kind == strategy_kind::least_loaded ? 0.003
                                                           : 0.10;
    for (std::size_t i = 0; i < list.size(); ++i) {
      auto share = sample * static_cast<double>(list[i].weight) / 1050;
      BOOST_TEST(std::abs(counts[i] / share - 1) < tolerance,
                 to_string(kind) << ", member " << i << ": " << counts[i]
                                 << " instead of " << share);
    }
  }
}

BOOST_AUTO_TEST_CASE(equal_members_get_equal_shares_for_any_number_of_them) {
  for (int n : {1, 2, 3, 10, 64, 65, 100})
    for (auto kind : {strategy_kind::rendezvous, strategy_kind::random,
                      strategy_kind::least_loaded})
      for (auto count : spread(kind, alive(n)))
        BOOST_TEST(std::abs(static_cast<double>(count) * n / sample - 1)
                     < 5 * std::sqrt(n / double{sample}),
                   to_string(kind) << " among " << n << ": " << count);
}

BOOST_AUTO_TEST_CASE(a_new_member_takes_its_share_and_nothing_else_moves) {
  for (auto kind : kinds_that_agree) {
    auto before = alive(10);
    auto after = before;
    before.erase(before.begin() + 4);
    int moved = 0;
    for_each_moved(kind, before, after, [&](const auto&, const auto& to) {
      BOOST_REQUIRE((to == after[4].who));
      ++moved;
    });
    BOOST_TEST((moved > sample / 10 * 7 / 10 && moved < sample / 10 * 13 / 10),
               to_string(kind) << " moved " << moved);
  }
}

BOOST_AUTO_TEST_CASE(a_lost_member_loses_its_children_and_nobody_else_does) {
  for (auto kind : kinds_that_agree) {
    auto before = alive(10);
    before[7].weight = 300;
    auto after = before;
    after[7].status = member_status::dead;
    after[7].linked = false;
    std::map<member_id, int> heirs;
    for_each_moved(kind, before, after, [&](const auto& from, const auto& to) {
      BOOST_REQUIRE((from == before[7].who));
      ++heirs[to];
    });
    BOOST_TEST(heirs.size() == 9u); // all of them
  }
}

BOOST_AUTO_TEST_CASE(who_becomes_heavier_takes_children_and_loses_none) {
  for (auto kind : kinds_that_agree) {
    auto before = alive(5);
    auto after = before;
    after[2].weight = 200;
    int moved = 0;
    for_each_moved(kind, before, after, [&](const auto&, const auto& to) {
      BOOST_REQUIRE((to == after[2].who));
      ++moved;
    });
    // From a fifth to a third.
    BOOST_TEST((moved > sample / 10 && moved < sample / 6),
               to_string(kind) << " moved " << moved);
  }
}

BOOST_AUTO_TEST_CASE(all_members_agree_whatever_the_order_of_their_lists) {
  BOOST_TEST(rc::check("agree", [] {
    auto list = any_members();
    auto other = list;
    std::ranges::shuffle(other,
                         std::mt19937_64{*rc::gen::arbitrary<unsigned>()});
    auto place = any_constraints();
    place.group.clear();
    auto k = *rc::gen::arbitrary<std::string>();
    auto load = any_counts(list.size());
    for (auto kind : kinds_that_agree) {
      auto x = make(kind, list)->explain(wish{k, place});
      auto y = make(kind, other)->explain(wish{k, place}, {load, load, 7});
      RC_ASSERT(x.problem == y.problem);
      RC_ASSERT(x.chosen == y.chosen);
    }
  }));
}

BOOST_AUTO_TEST_CASE(who_sees_the_same_load_or_draw_chooses_the_same) {
  BOOST_TEST(rc::check("agree under equal conditions", [] {
    auto list = any_members();
    auto load = any_counts(list.size());
    auto groups = any_counts(list.size());
    auto reversed = [](auto xs) {
      std::ranges::reverse(xs);
      return xs;
    };
    auto load_of_other = reversed(load);
    auto groups_of_other = reversed(groups);
    auto place = any_constraints();
    auto k = *rc::gen::arbitrary<std::string>();
    auto draw = *rc::gen::arbitrary<std::uint64_t>();
    for (auto kind : all_kinds) {
      auto x = make(kind, list)->explain(wish{k, place}, {load, groups, draw});
      auto y =
        make(kind, reversed(list))
          ->explain(wish{k, place}, {load_of_other, groups_of_other, draw});
      RC_ASSERT(x.problem == y.problem);
      RC_ASSERT(x.chosen == y.chosen);
    }
  }));
}

// Members of different versions of this library meet in one cluster, on
// machines of different kinds.
BOOST_AUTO_TEST_CASE(choices_never_change_between_versions) {
  auto list = alive(5);
  list[1].weight = 250;
  std::string choices;
  for (auto kind : kinds_that_agree) {
    auto x = make(kind, list);
    for (int i = 0; i < 24; ++i)
      choices += std::to_string(place_of(list, chosen_by(*x, wish{key(i)})));
    choices += ' ';
  }
  BOOST_TEST(choices
             == "010430013012213031140331 010430013012213031140331 "
                "412313101141121431413302 ");
}

BOOST_AUTO_TEST_CASE(the_least_loaded_is_the_one_with_room_for_its_weight) {
  auto list = alive(3);
  list[2].weight = 200;
  auto x = make(strategy_kind::least_loaded, list);
  auto chosen = [&](std::vector<std::uint32_t> children) {
    return place_of(list, chosen_by(*x, wish{"ada"}, {children, {}, 0}));
  };
  BOOST_TEST(chosen({0, 0, 0}) == 2u);
  BOOST_TEST(chosen({1, 0, 2}) == 1u);
  BOOST_TEST(chosen({0, 1, 2}) == 0u);
  BOOST_TEST(chosen({2, 2, 4}) == 2u);
  BOOST_TEST(chosen({9, 8, 20}) == 1u);
  BOOST_TEST(chosen({5, 4}) == 2u); // what is missing is zero
  auto most = std::numeric_limits<std::uint32_t>::max();
  BOOST_TEST(chosen({most, most - 1, most}) == 2u);
}

BOOST_AUTO_TEST_CASE(equally_loaded_members_are_told_apart_by_the_key) {
  auto list = alive(4);
  auto x = make(strategy_kind::least_loaded, list);
  std::map<member_id, int> counts;
  for (int i = 0; i < 400; ++i)
    ++counts[chosen_by(*x, wish{key(i)})];
  BOOST_TEST(counts.size() == 4u);
  for (const auto& [who, n] : counts)
    BOOST_TEST((n > 60 && n < 140), to_string(who) << ": " << n);
  // Who has more does not matter, be they equal or not.
  std::vector<std::uint32_t> equals{5, 5, 0, 0};
  std::vector<std::uint32_t> others{7, 6, 0, 0};
  for (int i = 0; i < 100; ++i) {
    auto k = key(i);
    BOOST_REQUIRE((chosen_by(*x, wish{k}, {equals, {}, 0})
                   == chosen_by(*x, wish{k}, {others, {}, 0})));
  }
}

BOOST_AUTO_TEST_CASE(a_random_choice_does_not_depend_on_the_key) {
  auto x = make(strategy_kind::random, alive(50));
  std::map<member_id, int> counts;
  for (std::uint64_t draw = 0; draw < 300; ++draw) {
    auto who = chosen_by(*x, wish{"ada"}, {{}, {}, draw});
    BOOST_REQUIRE((who == chosen_by(*x, wish{"bob"}, {{}, {}, draw})));
    ++counts[who];
  }
  BOOST_TEST(counts.size() > 45u);
}

BOOST_AUTO_TEST_CASE(a_strategy_of_ones_own_says_in_which_order) {
  by_length x;
  auto list = alive(9);
  list[4].labels = {"hdd"};
  x.prepare(list);
  constraints place{.avoids = {"hdd"}};
  BOOST_TEST((chosen_by(x, wish{"four"}) == list[4].who));
  BOOST_TEST((chosen_by(x, wish{"four", place}) != list[4].who));
  BOOST_TEST((chosen_by(x, wish{"five5", place}) == list[5].who));
  BOOST_TEST(x.explain(wish{"four"}).why
             == "workers@node-104 has the lowest score, of 9 that fit");
}

// -- arbiter -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(all_agree_who_decides) {
  BOOST_TEST(rc::check("the same arbiter", [] {
    auto list = any_members();
    auto other = list;
    std::ranges::reverse(other);
    for (auto& x : other) { // it looks at neither
      x.weight = usual_weight;
      x.labels.clear();
    }
    arbiter x;
    arbiter y;
    x.prepare(list);
    y.prepare(other);
    auto k = *rc::gen::arbitrary<std::string>();
    auto one = x.of(k);
    auto two = y.of(k);
    auto is_alive = [](const auto& m) {
      return m.status == member_status::alive;
    };
    RC_ASSERT((one != nullptr) == std::ranges::any_of(list, is_alive));
    RC_ASSERT((one != nullptr) == (two != nullptr));
    if (one == nullptr)
      return;
    RC_ASSERT(*one == *two);
    RC_ASSERT(is_alive(*std::ranges::find(list, *one, &member_info::who)));
  }));
}

BOOST_AUTO_TEST_CASE(of_equal_members_the_arbiter_is_the_one_uniform_chooses) {
  auto list = alive(8);
  arbiter x;
  x.prepare(list);
  auto y = make(strategy_kind::uniform, list);
  for (int i = 0; i < 500; ++i)
    BOOST_REQUIRE((*x.of(key(i)) == chosen_by(*y, wish{key(i)})));
  list[3].status = member_status::dead;
  x.prepare(list);
  y->prepare(list);
  for (int i = 0; i < 500; ++i)
    BOOST_REQUIRE((*x.of(key(i)) == chosen_by(*y, wish{key(i)})));
}

BOOST_AUTO_TEST_SUITE_END()
