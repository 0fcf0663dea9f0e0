// SPDX-License-Identifier: MIT
//
// The laws of the shared map, against a model so simple that it can be seen to
// be right: a set of live versions and a set of dots seen.

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <map>
#include <random>
#include <rapidcheck.h>
#include <set>

#include "horde/crdt/aw_lww_map.hpp"
#include "support/map_writes.hpp"

using namespace horde;
using namespace horde::crdt;

namespace {

constexpr std::uint64_t hash_key = 42;

std::string any_key() {
  return std::string(1, *rc::gen::inRange('a', 'e'));
}

struct model {
  contents live;
  std::set<dot> seen;

  void join(const key_delta& x) {
    auto& versions = live[x.key];
    std::erase_if(versions, [&](const version& v) {
      return std::ranges::find(x.gone, v.id) != x.gone.end();
    });
    seen.insert(x.gone.begin(), x.gone.end());
    for (const auto& v : x.versions)
      if (seen.insert(v.id).second)
        versions.push_back(v);
    std::ranges::sort(versions, later);
    if (versions.empty())
      live.erase(x.key);
  }
};

struct site {
  aw_lww_map map{hash_key};
  model simple;

  void join(const key_delta& x) {
    auto before = contents_of(map)[x.key];
    auto changed = crdt::join(map, x);
    simple.join(x);
    RC_ASSERT(changed == (before != contents_of(map)[x.key]));
  }
};

/// Three sites write and hear some of each other's deltas, in any order.
struct history {
  std::vector<site> sites{3};
  std::vector<key_delta> deltas;

  history() {
    auto n = *rc::gen::inRange(0, 40);
    for (int i = 0; i < n; ++i)
      act(*rc::gen::inRange<std::size_t>(0, 3));
  }

  void act(std::size_t which) {
    auto& here = sites[which];
    auto self = replica_id{which + 1};
    auto key = any_key();
    auto dots = dots_of(here.map, key);
    dots.resize(*rc::gen::inRange<std::size_t>(0, dots.size() + 1));
    switch (*rc::gen::inRange(0, 5)) {
    case 0:
    case 1: {
      auto when = *rc::gen::inRange<std::uint64_t>(0, 4);
      auto value = *rc::gen::element<std::string>("", "v", "w");
      write(here, put(here.map, self, key, when, value, dots));
      break;
    }
    case 2:
      if (!dots.empty())
        write(here, erase(here.map, key, dots));
      break;
    default:
      if (!deltas.empty())
        here.join(*rc::gen::elementOf(deltas));
      break;
    }
  }

  void write(site& here, const key_delta& delta) {
    here.simple.join(delta); // the law: the delta joined is the write applied
    deltas.push_back(delta);
  }
};

void assert_equal(const aw_lww_map& x, const aw_lww_map& y) {
  RC_ASSERT(contents_of(x) == contents_of(y));
  RC_ASSERT(x.seen() == y.seen());
  RC_ASSERT(x.digest() == y.digest());
}

aw_lww_map joined(const std::vector<key_delta>& deltas) {
  aw_lww_map result{hash_key};
  for (const auto& x : deltas)
    join(result, x);
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(map_laws)

BOOST_AUTO_TEST_CASE(the_map_shows_what_the_simple_model_shows) {
  BOOST_TEST(rc::check([] {
    history h;
    for (const auto& x : h.sites) {
      RC_ASSERT(contents_of(x.map) == x.simple.live);
      for (std::uint64_t who = 1; who <= 3; ++who)
        for (std::uint64_t counter = 1; counter <= 41; ++counter) {
          dot d{replica_id{who}, counter};
          RC_ASSERT(x.map.seen().contains(d) == x.simple.seen.contains(d));
        }
    }
  }));
}

BOOST_AUTO_TEST_CASE(joins_commute_and_associate_and_repeat_without_effect) {
  BOOST_TEST(rc::check([] {
    history h;
    auto shuffled = h.deltas;
    shuffled.insert(shuffled.end(), h.deltas.begin(), h.deltas.end());
    auto seed = *rc::gen::arbitrary<std::uint64_t>();
    std::shuffle(shuffled.begin(), shuffled.end(), std::mt19937_64{seed});
    assert_equal(joined(h.deltas), joined(shuffled));
  }));
}

BOOST_AUTO_TEST_CASE(digests_are_equal_exactly_when_the_maps_are) {
  BOOST_TEST(rc::check([] {
    history h;
    for (const auto& x : h.sites)
      for (const auto& y : h.sites)
        RC_ASSERT((x.map.digest() == y.map.digest())
                  == (contents_of(x.map) == contents_of(y.map)));
  }));
}

BOOST_AUTO_TEST_CASE(all_who_heard_everything_are_equal) {
  BOOST_TEST(rc::check([] {
    history h;
    for (auto& x : h.sites)
      for (const auto& delta : h.deltas)
        x.join(delta);
    assert_equal(h.sites[0].map, h.sites[1].map);
    assert_equal(h.sites[0].map, h.sites[2].map);
  }));
}

BOOST_AUTO_TEST_CASE(writes_in_sequence_are_those_of_a_plain_map) {
  BOOST_TEST(rc::check([] {
    aw_lww_map x{hash_key};
    std::map<std::string, std::string> plain;
    auto n = *rc::gen::inRange(0, 50);
    for (int i = 0; i < n; ++i) {
      auto key = any_key();
      if (*rc::gen::arbitrary<bool>()) {
        auto value = *rc::gen::arbitrary<std::string>();
        put(x, replica_id{1}, key, 1, value);
        plain[key] = value;
      } else {
        erase(x, key);
        plain.erase(key);
      }
    }
    RC_ASSERT(x.size() == plain.size());
    for (const auto& [key, value] : plain)
      RC_ASSERT(x.winner(key)->value == value);
    RC_ASSERT(x.contended() == 0u);
  }));
}

BOOST_AUTO_TEST_CASE(the_number_of_contended_keys_is_kept) {
  BOOST_TEST(rc::check([] {
    history h;
    for (const auto& x : h.sites) {
      auto all = contents_of(x.map);
      auto contended = std::ranges::count_if(
        all, [](const auto& entry) { return entry.second.size() > 1; });
      RC_ASSERT(x.map.contended() == static_cast<std::size_t>(contended));
    }
  }));
}

BOOST_AUTO_TEST_SUITE_END()
