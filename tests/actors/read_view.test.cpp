// SPDX-License-Identifier: MIT

#include <algorithm>
#include <map>
#include <random>
#include <set>
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
  result.entry.actor = actor;
  result.entry.value = "of " + std::to_string(actor);
  return result;
}

naming::show_owner show_owner(replica_id owner, bool visible) {
  naming::show_owner result;
  result.owner = owner;
  result.who = {"names", owner == owner_a ? "a" : "b"};
  result.life = process(1).node;
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

BOOST_AUTO_TEST_CASE(meta_data_are_visited_by_key_from_any_key_on) {
  read_view x;
  for (const auto* key : {"c", "a", "b"})
    x.apply(naming::show_meta{key, std::string{"of "} + key});
  auto visited = [&](const std::string& from, std::size_t at_most) {
    std::string result;
    x.for_each_meta(from, [&](const auto& key, const auto& value) {
      result += key + "=" + value + " ";
      return --at_most > 0;
    });
    return result;
  };
  BOOST_TEST(visited("", 9) == "a=of a b=of b c=of c ");
  BOOST_TEST(visited("aa", 9) == "b=of b c=of c ");
  BOOST_TEST(visited("b", 1) == "b=of b ");
  BOOST_TEST(visited("d", 9) == "");
  x.apply(naming::show_meta{"b", std::nullopt});
  BOOST_TEST(visited("", 9) == "a=of a c=of c ");
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

BOOST_AUTO_TEST_CASE(a_process_that_ended_is_not_found_by_any_name) {
  for (auto keys : {key_mode::unique, key_mode::duplicate}) {
    read_view x{keys};
    auto id = [&](const std::string& name) {
      return keys == key_mode::unique
               ? name
               : name + std::string(naming::duplicate_bytes, '0');
    };
    x.apply(show_owner(owner_a, true));
    x.apply(show(id("lamp"), owner_a, 7));
    x.apply(show(id("bulb"), owner_a, 7));
    x.apply(show(id("fan"), owner_a, 8));
    x.mark_ended(process(7));
    x.mark_ended(process(9)); // has no name
    BOOST_TEST(!x.lookup("lamp"));
    BOOST_TEST(!x.owner_of("bulb"));
    BOOST_TEST(x.lookup_all("lamp").empty());
    BOOST_TEST(x.processes_named("lamp").empty());
    BOOST_TEST(x.names_of(process(7)).empty());
    std::size_t count = 0;
    x.for_each([&](const registration&) { return ++count > 0; });
    BOOST_TEST(count == 1u);
    BOOST_TEST(x.find_written(id("lamp")).has_value());
    x.apply(show(id("lamp"), owner_b, 8)); // somebody else has it now
    x.apply(show_owner(owner_b, true));
    BOOST_TEST((x.lookup("lamp")->who == process(8)));
  }
  read_view x;
  x.apply(show_owner(owner_a, true));
  x.apply(show("lamp", owner_a, 7));
  BOOST_TEST(!x.ended_owner_of("lamp"));
  x.mark_ended(process(7));
  BOOST_TEST((x.ended_owner_of("lamp") == process(7)));
}

BOOST_AUTO_TEST_CASE(it_is_like_two_ordered_maps_whatever_is_written) {
  read_view x;
  std::map<std::string, std::uint64_t> expected;
  std::mt19937_64 random{1};
  x.apply(show_owner(owner_a, true));
  x.apply(show_owner(owner_b, true));
  for (int i = 0; i < 30'000; ++i) {
    // Grows, shrinks to nothing, grows again.
    auto name = "name " + std::to_string(random() % (i < 15'000 ? 9000 : 90));
    auto actor = random() % 500 + 1;
    if (random() % (i % 10'000 < 6000 ? 4 : 2) > 0) {
      x.apply(show(name, random() % 2 == 0 ? owner_a : owner_b, actor));
      expected[name] = actor;
    } else {
      x.apply(naming::hide{name});
      expected.erase(name);
    }
    if (i % 1000 != 0)
      continue;
    std::map<std::string, std::uint64_t> seen;
    x.for_each([&](const registration& y) {
      BOOST_TEST(seen.emplace(y.name, y.who.actor).second, "twice " << y.name);
      return true;
    });
    BOOST_TEST((seen == expected));
    BOOST_TEST(x.count() == expected.size());
    std::size_t held = 0;
    for (std::uint64_t p = 1; p <= 500; ++p)
      for (const auto& y : x.names_of(process(p)))
        held += expected.at(y) == p ? 1 : 0;
    BOOST_TEST(held == expected.size());
  }
  for (const auto& [name, actor] : expected)
    BOOST_TEST(x.lookup(name)->who.actor == actor);
}

BOOST_AUTO_TEST_CASE(
  many_names_are_told_apart_from_each_other_and_from_others) {
  read_view x;
  x.apply(show_owner(owner_a, true));
  for (std::uint64_t i = 1; i <= 200'000; ++i)
    x.apply(show(std::to_string(i), owner_a, i));
  std::uint64_t wrong = 0;
  for (std::uint64_t i = 1; i <= 200'000; ++i)
    wrong += x.owner_of(std::to_string(i))->first.actor == i ? 0 : 1;
  for (std::uint64_t i = 200'001; i <= 400'000; ++i)
    wrong += x.owner_of(std::to_string(i)) ? 1 : 0;
  BOOST_TEST(wrong == 0u);
  BOOST_TEST(x.count() == 200'000u);
}

// Those that are there throughout are seen once, whatever others do.
BOOST_AUTO_TEST_CASE(none_is_missed_and_none_seen_twice_while_it_is_written) {
  read_view x;
  x.apply(show_owner(owner_a, true));
  constexpr std::uint64_t lasting = 300;
  for (std::uint64_t i = 1; i <= lasting; ++i)
    x.apply(show("lasting " + std::to_string(i), owner_a, 1));
  std::atomic<bool> done = false;
  std::atomic<std::uint64_t> wrong = 0;
  auto is_lasting = [](const std::string& name) {
    return name.starts_with("lasting");
  };
  auto read = [&] {
    do {
      std::set<std::string> all;
      std::uint64_t count = 0;
      x.for_each([&](const registration& y) {
        wrong += all.insert(y.name).second ? 0 : 1;
        count += is_lasting(y.name) ? 1 : 0;
        return true;
      });
      wrong += count == lasting ? 0 : 1;
      auto held = x.names_of(process(1));
      wrong +=
        std::set<std::string>(held.begin(), held.end()).size() == held.size()
          ? 0
          : 1;
      wrong +=
        static_cast<std::uint64_t>(std::ranges::count_if(held, is_lasting))
            == lasting
          ? 0
          : 1;
    } while (!done);
  };
  std::thread one{read};
  std::thread two{read};
  std::mt19937_64 random{1};
  for (int i = 0; i < 20'000; ++i) {
    auto name = "passing " + std::to_string(random() % 2000);
    if (random() % 2 == 0)
      x.apply(show(name, owner_a, random() % 2 + 1));
    else
      x.apply(naming::hide{name});
    // A new value moves nothing.
    x.apply(
      show("lasting " + std::to_string(random() % lasting + 1), owner_a, 1));
  }
  done = true;
  one.join();
  two.join();
  BOOST_TEST(wrong == 0u);
}

// -- groups ------------------------------------------------------------------

/// The id of an entry: what `naming::registry` makes of a name.
std::string entry_of(const std::string& name, std::uint64_t number) {
  auto digits = std::to_string(number);
  return name + std::string(naming::duplicate_bytes - digits.size(), '0')
         + digits;
}

BOOST_AUTO_TEST_CASE(a_group_is_all_entries_of_its_name_whatever_is_written) {
  read_view x{key_mode::duplicate};
  x.apply(show_owner(owner_a, true));
  x.apply(show_owner(owner_b, true));
  std::map<std::string, std::pair<std::string, std::uint64_t>> expected;
  std::mt19937_64 random{1};
  for (int i = 0; i < 30'000; ++i) {
    // Of names that begin alike.
    auto name = std::string(1 + random() % 20, 'x');
    auto id = entry_of(name, random() % 100);
    if (random() % (i % 10'000 < 6000 ? 4 : 2) > 0) {
      auto actor = random() % 50 + 1;
      x.apply(show(id, random() % 2 == 0 ? owner_a : owner_b, actor));
      expected[id] = {name, actor};
    } else {
      x.apply(naming::hide{id});
      expected.erase(id);
    }
    if (i % 1000 != 0)
      continue;
    std::map<std::string, std::multiset<std::uint64_t>> groups;
    std::map<std::uint64_t, std::multiset<std::string>> processes;
    for (const auto& [entry, y] : expected) {
      groups[y.first].insert(y.second);
      processes[y.second].insert(y.first);
      BOOST_TEST(x.find_written(entry)->entry.who.actor == y.second);
    }
    for (std::size_t n = 1; n <= 20; ++n) {
      std::multiset<std::uint64_t> seen;
      for (const auto& y : x.lookup_all(std::string(n, 'x')))
        seen.insert(y.who.actor);
      BOOST_TEST((seen == groups[std::string(n, 'x')]));
      BOOST_TEST(x.lookup(std::string(n, 'x')).has_value() == !seen.empty());
    }
    for (std::uint64_t p = 1; p <= 50; ++p) {
      auto held = x.names_of(process(p));
      BOOST_TEST(
        (std::multiset<std::string>(held.begin(), held.end()) == processes[p]));
    }
    std::size_t all = 0;
    x.for_each([&](const registration& y) {
      all += groups[y.name].contains(y.who.actor) ? 1 : 0;
      return true;
    });
    BOOST_TEST(all == expected.size());
    BOOST_TEST(x.count() == expected.size());
  }
}

BOOST_AUTO_TEST_CASE(of_a_group_hidden_owners_are_not_seen) {
  read_view x{key_mode::duplicate};
  x.apply(show_owner(owner_a, true));
  x.apply(show_owner(owner_b, true));
  x.apply(show(entry_of("team", 1), owner_a, 7));
  x.apply(show(entry_of("team", 2), owner_b, 8));
  x.apply(show_owner(owner_a, false));
  BOOST_TEST((x.lookup("team")->who == process(8)));
  BOOST_TEST((x.processes_named("team") == std::vector{process(8)}));
  BOOST_TEST(!x.find_written(entry_of("team", 1))->is_visible);
  x.apply(show_owner(owner_a, true));
  BOOST_TEST(x.processes_named("team").size() == 2u);
}

// Those that are in it throughout are seen once, whoever comes and goes.
BOOST_AUTO_TEST_CASE(none_of_a_group_is_missed_while_it_is_written) {
  read_view x{key_mode::duplicate};
  x.apply(show_owner(owner_a, true));
  constexpr std::uint64_t lasting = 30;
  for (std::uint64_t i = 1; i <= lasting; ++i)
    x.apply(show(entry_of("team", i), owner_a, i));
  std::atomic<bool> done = false;
  std::atomic<std::uint64_t> wrong = 0;
  auto read = [&] {
    do {
      std::multiset<std::uint64_t> seen;
      for (const auto& y : x.lookup_all("team"))
        seen.insert(y.who.actor);
      for (std::uint64_t i = 1; i <= lasting; ++i)
        wrong += seen.count(i) == 1 ? 0 : 1;
    } while (!done);
  };
  std::thread one{read};
  std::thread two{read};
  std::mt19937_64 random{1};
  for (int i = 0; i < 20'000; ++i) {
    auto passing = lasting + 1 + random() % 30;
    if (random() % 2 == 0)
      x.apply(show(entry_of("team", passing), owner_a, passing));
    else
      x.apply(naming::hide{entry_of("team", passing)});
    auto stays = random() % lasting + 1; // with another value
    x.apply(show(entry_of("team", stays), owner_a, stays));
  }
  done = true;
  one.join();
  two.join();
  BOOST_TEST(wrong == 0u);
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
