// SPDX-License-Identifier: MIT
//
// The table against an ordered map that holds the same, over hashes of all
// kinds: spread, equal, and with one prefix.

#include "horde/crdt/key_table.hpp"

#include <boost/test/unit_test.hpp>
#include <map>
#include <random>
#include <rapidcheck.h>
#include <vector>

using namespace horde;
using namespace horde::crdt;

namespace {

constexpr auto last_hash = ~std::uint64_t{0};

/// What a table should be.
class model {
public:
  using key = std::pair<std::uint64_t, std::string>;
  using content = std::map<key, std::vector<version>>;

  void insert(std::uint64_t hash, const std::string& name, const version& x) {
    auto& xs = all_[{hash, name}];
    xs.push_back(x);
    std::ranges::sort(xs, later);
  }

  template <class F>
  bool remove_if(std::uint64_t hash, const std::string& name, F f) {
    auto i = all_.find({hash, name});
    if (i == all_.end())
      return false;
    auto removed = std::erase_if(i->second, f);
    if (i->second.empty())
      all_.erase(i);
    return removed > 0;
  }

  content between(std::uint64_t first, std::uint64_t last) const {
    content result;
    for (auto i = all_.lower_bound({first, {}});
         i != all_.end() && i->first.first <= last; ++i)
      result.insert(*i);
    return result;
  }

  const content& all() const { return all_; }

  std::size_t contended() const {
    return static_cast<std::size_t>(std::ranges::count_if(
      all_, [](const auto& x) { return x.second.size() > 1; }));
  }

private:
  content all_;
};

/// As `visit` shows it. Fails if that is not in order.
model::content between(const key_table& x, std::uint64_t first,
                       std::uint64_t last) {
  model::content result;
  auto f = [&](std::uint64_t hash, std::string_view name, auto versions) {
    model::key key{hash, std::string{name}};
    BOOST_REQUIRE(result.empty() || result.rbegin()->first < key);
    result[key].assign(versions.begin(), versions.end());
    return true;
  };
  x.visit(first, last, f);
  return result;
}

struct both {
  key_table table;
  model simple;
  std::uint64_t written = 0;

  version next(std::uint64_t when) {
    return {{replica_id{1}, ++written},
            stamp{when},
            std::string(written % 3, static_cast<char>('a' + written % 26))};
  }

  void insert(std::uint64_t hash, const std::string& name,
              std::uint64_t when = 0) {
    auto x = next(when);
    table.insert(hash, name, x);
    simple.insert(hash, name, x);
  }

  template <class F>
  void replace(std::uint64_t hash, const std::string& name, std::uint64_t when,
               F f) {
    auto x = next(when);
    BOOST_REQUIRE(table.replace(hash, name, x, f)
                  == simple.remove_if(hash, name, f));
    simple.insert(hash, name, x);
  }

  template <class F>
  void remove_if(std::uint64_t hash, const std::string& name, F f) {
    BOOST_REQUIRE(table.remove_if(hash, name, f)
                  == simple.remove_if(hash, name, f));
  }

  void remove(std::uint64_t hash, const std::string& name) {
    remove_if(hash, name, [](const version_view&) { return true; });
  }

  /// Of all keys with that hash the versions of which `f(name, version)`.
  template <class F>
  void remove_all_if(std::uint64_t hash, F f) {
    auto expected = false;
    for (const auto& x : simple.between(hash, hash)) {
      const auto& name = x.first.second;
      auto drop = [&](const version_view& v) {
        return f(std::string_view{name}, v);
      };
      expected |= simple.remove_if(hash, name, drop);
    }
    BOOST_REQUIRE(table.remove_if(hash, f) == expected);
  }

  void check_range(std::uint64_t first, std::uint64_t last) const {
    BOOST_REQUIRE(between(table, first, last) == simple.between(first, last));
  }

  void check_key(std::uint64_t hash, const std::string& name) const {
    auto found = table.find(hash, name);
    auto i = simple.all().find({hash, name});
    BOOST_REQUIRE(found.empty() == (i == simple.all().end()));
    if (!found.empty())
      BOOST_REQUIRE(
        (std::vector<version>{found.begin(), found.end()} == i->second));
  }

  void check() const {
    BOOST_REQUIRE(table.size() == simple.all().size());
    BOOST_REQUIRE(table.contended() == simple.contended());
    check_range(0, last_hash);
  }
};

/// Gives the hashes of a test. Few of each kind, so that they meet again.
using hash_source = std::uint64_t (*)(std::mt19937_64&);

std::uint64_t spread(std::mt19937_64& random) {
  return random();
}

std::uint64_t from_few(std::mt19937_64& random) {
  return (random() % 50) * 0x0505'0505'0505'0505;
}

std::uint64_t with_one_prefix(std::mt19937_64& random) {
  return 0x1234'5678'9abc'0000 + random() % 0x10000;
}

std::uint64_t with_the_last_prefix(std::mt19937_64& random) {
  return last_hash - random() % 0x10000;
}

std::uint64_t equal(std::mt19937_64&) {
  return 0x8000'0000'0000'0000;
}

std::uint64_t of_all_kinds(std::mt19937_64& random) {
  constexpr hash_source sources[] = {spread, from_few, with_one_prefix,
                                     with_the_last_prefix, equal};
  return sources[random() % std::size(sources)](random);
}

/// Fills a table up to `most` keys and empties it, with all operations.
struct life {
  both x;
  std::mt19937_64 random;
  hash_source source;
  std::vector<model::key> known;

  life(hash_source hashes, std::uint64_t seed) : random(seed), source(hashes) {}

  bool chance(unsigned one_in) { return random() % one_in == 0; }

  model::key any_known() { return known[random() % known.size()]; }

  void write(bool grows) {
    if (known.empty() || (grows && !chance(4))) {
      known.emplace_back(source(random), "name " + std::to_string(random() % 9)
                                           + std::to_string(known.size() / 4));
      return x.insert(known.back().first, known.back().second, random() % 5);
    }
    auto i = random() % known.size();
    auto [hash, name] = known[i];
    auto some = [pick = random()](const version_view& v) {
      return (v.id.counter ^ pick) % 2 == 0;
    };
    if (chance(4))
      return x.replace(hash, name, random() % 5, some);
    if (chance(4))
      return x.remove_if(hash, name, some);
    if (chance(8))
      return x.remove_all_if(hash, [&](std::string_view key, const auto& v) {
        return key.size() % 2 == 0 && some(v);
      });
    if (grows)
      return x.insert(hash, name, random() % 5);
    x.remove(hash, name);
    std::swap(known[i], known.back());
    known.pop_back();
  }

  void look() {
    auto [hash, name] = any_known();
    x.check_key(hash, name);
    x.check_key(hash, name + "?");
    x.check_range(hash, hash);
    if (!chance(10))
      return;
    auto other = source(random);
    x.check_range(std::min(hash, other), std::max(hash, other));
  }

  void run(std::size_t most) {
    for (auto grows : {true, false, true, false}) {
      while (grows ? known.size() < most : known.size() > most / 50) {
        write(grows);
        if (!known.empty() && chance(50))
          look();
        if (chance(5000))
          x.check();
      }
      x.check();
    }
  }
};

void check_life(hash_source source, std::size_t most) {
#ifdef HORDE_SMALL_TESTS
  most /= 4;
#endif
  life x{source, 7};
  x.run(most);
}

} // namespace

BOOST_AUTO_TEST_SUITE(key_table_tests)

BOOST_AUTO_TEST_CASE(it_is_like_an_ordered_map) {
  check_life(spread, 20'000);
}

BOOST_AUTO_TEST_CASE(it_is_so_with_few_hashes) {
  check_life(from_few, 4'000);
}

BOOST_AUTO_TEST_CASE(it_is_so_with_hashes_of_one_prefix) {
  check_life(with_one_prefix, 6'000);
}

BOOST_AUTO_TEST_CASE(it_is_so_with_hashes_at_the_end) {
  check_life(with_the_last_prefix, 6'000);
}

BOOST_AUTO_TEST_CASE(it_is_so_with_one_hash) {
  check_life(equal, 1'000);
}

BOOST_AUTO_TEST_CASE(it_is_so_with_all_of_them) {
  check_life(of_all_kinds, 10'000);
}

BOOST_AUTO_TEST_CASE(short_lives_of_any_kind) {
  BOOST_TEST(rc::check([](std::uint64_t seed) {
    life x{of_all_kinds, seed};
    x.run(*rc::gen::inRange<std::size_t>(1, 200));
  }));
}

BOOST_AUTO_TEST_CASE(it_divides_when_it_grows_and_unites_when_it_shrinks) {
  both x;
  std::mt19937_64 random{3};
  std::vector<std::uint64_t> hashes(30'000);
  for (auto& hash : hashes)
    x.insert(hash = random(), "k");
  auto most = x.table.segments();
  BOOST_TEST(most >= hashes.size() / 2048);
  BOOST_TEST(most <= hashes.size() / 512);
  for (auto hash : hashes)
    x.remove(hash, "k");
  x.check();
  BOOST_TEST(x.table.segments() == 1u);
}

BOOST_AUTO_TEST_CASE(hashes_may_come_in_order) {
  both x;
  for (std::uint64_t i = 0; i < 20'000; ++i)
    x.insert(i << 49, "k");
  x.check();
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    x.check_key(i << 49, "k");
    x.check_range((i << 49) + 1, (i + 1) << 49);
  }
}

BOOST_AUTO_TEST_CASE(hashes_of_one_prefix_do_not_make_a_wide_directory) {
  both x;
  for (std::uint64_t i = 0; i < 10'000; ++i)
    x.insert(i, "k");
  x.check();
  BOOST_TEST(x.table.segments() < 20u);
  for (std::uint64_t i = 0; i < 10'000; ++i)
    x.remove(i, "k");
  x.check();
  BOOST_TEST(x.table.segments() == 1u);
}

BOOST_AUTO_TEST_CASE(a_version_is_written_over_one_of_any_size) {
  both x;
  x.insert(1, "k");
  for (int i = 0; i < 10; ++i)
    x.replace(1, "k", 1, [](const version_view&) { return true; });
  BOOST_TEST(x.table.find(1, "k").size() == 1u);
  x.check();
}

BOOST_AUTO_TEST_CASE(a_table_that_was_moved_from_is_empty) {
  both x;
  x.insert(1, "k");
  auto other = std::move(x.table);
  BOOST_TEST(other.size() == 1u);
  x.table = key_table{};
  BOOST_TEST(x.table.size() == 0u);
  BOOST_TEST(x.table.find(1, "k").empty());
}

BOOST_AUTO_TEST_CASE(clear_removes_everything) {
  both x;
  std::mt19937_64 random{3};
  for (int i = 0; i < 5000; ++i)
    x.insert(random(), "k");
  x.insert(1, "k");
  x.insert(1, "k");
  x.table.clear();
  x.simple = {};
  x.check();
  BOOST_TEST(x.table.segments() == 1u);
  x.insert(1, "k");
  x.check();
}

BOOST_AUTO_TEST_SUITE_END()
