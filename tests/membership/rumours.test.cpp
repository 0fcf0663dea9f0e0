// SPDX-License-Identifier: MIT
//
// Whom `cluster_view` tells what when there are too many to tell all, and how
// it finds out what it was not told.

#include <algorithm>
#include <set>

#include <boost/test/unit_test.hpp>

#include "horde/membership/cluster_view.hpp"

using namespace horde;
using namespace horde::membership;
using namespace std::chrono_literals;

namespace {

moment ms(int x) {
  return {instant{1ms * x}, wall_time{1h + 1ms * x}};
}

node_id node(unsigned i) {
  return {"n" + std::to_string(i), {1, i}};
}

endpoint place(unsigned i) {
  return {"h", static_cast<std::uint16_t>(i)};
}

peer_info news(unsigned i, node_state state) {
  return {node(i), place(i), state};
}

/// Node 0, linked with nodes 1 to `peers`; done with comparing.
struct fixture : cluster_view {
  explicit fixture(unsigned peers)
      : cluster_view(node(0), place(0),
                     {.heartbeat_interval = 0ms, .jitter_percent = 0}, 1) {
    for (unsigned i = 1; i <= peers; ++i)
      linked(i, node(i), place(i), ms(0));
    for (auto t : {500, 1000, 2000})
      tick(ms(t));
  }
};

/// Names of those who are told of that node.
std::set<std::string> told(const cluster_effects& out, unsigned of) {
  std::set<std::string> result;
  for (const auto& effect : out)
    if (auto x = std::get_if<tell_peer>(&effect))
      for (const auto& info : x->news)
        if (info.who == node(of))
          result.insert(x->to.name);
  return result;
}

/// What that node is told.
std::size_t infos_for(const cluster_effects& out, unsigned to) {
  std::size_t result = 0;
  for (const auto& effect : out)
    if (auto x = std::get_if<tell_peer>(&effect); x && x->to == node(to))
      result += x->news.size();
  return result;
}

const ask_peer* question(const cluster_effects& out) {
  for (const auto& effect : out)
    if (auto x = std::get_if<ask_peer>(&effect))
      return x;
  return nullptr;
}

} // namespace

BOOST_AUTO_TEST_SUITE(rumours)

BOOST_AUTO_TEST_CASE(who_brings_a_stranger_in_tells_all_and_everything) {
  fixture v{20};
  auto out = v.linked(99, node(99), place(99), ms(3000));
  BOOST_TEST(told(out, 99).size() == 20U);
  BOOST_TEST(infos_for(out, 99) == 20U);
}

BOOST_AUTO_TEST_CASE(who_was_told_of_it_tells_some_and_those_who_asked) {
  fixture v{20};
  v.heard(node(1), {news(99, node_state::up)}, ms(3000));
  v.asked(node(7), node(99), ms(3000));
  auto out = v.linked(99, node(99), place(99), ms(3001));
  auto names = told(out, 99);
  BOOST_TEST(names.size() <= 5U);
  BOOST_TEST(names.size() >= 2U);
  BOOST_TEST(names.contains("n7"));
  BOOST_TEST(infos_for(out, 99) == 0U);
}

BOOST_AUTO_TEST_CASE(a_newcomer_hears_who_is_gone_from_everybody) {
  fixture v{20};
  v.link_lost(3, ms(3000));
  v.heard_goodbye(node(4), ms(3000));
  v.heard(node(1), {news(99, node_state::up)}, ms(3000));
  auto out = v.linked(99, node(99), place(99), ms(3001));
  BOOST_TEST(told(out, 3).contains("n99"));
  BOOST_TEST(infos_for(out, 99) == 1U);
}

BOOST_AUTO_TEST_CASE(who_was_away_hears_what_changed_meanwhile) {
  fixture v{20};
  v.link_lost(3, ms(10'000));
  v.linked(50, node(50), place(50), ms(11'000));
  auto out = v.linked(103, node(3), place(3), ms(12'000));
  BOOST_TEST(told(out, 50).contains("n3"));
  BOOST_TEST(infos_for(out, 3) == 1U);
}

BOOST_AUTO_TEST_CASE(few_are_all_told_and_nothing_is_compared) {
  fixture v{4};
  v.heard(node(1), {news(99, node_state::up)}, ms(3000));
  auto out = v.linked(99, node(99), place(99), ms(3000));
  BOOST_TEST(told(out, 99).size() == 4U);
  BOOST_TEST(infos_for(out, 99) == 4U);
  BOOST_TEST((v.wake_at() == never));
}

BOOST_AUTO_TEST_CASE(after_news_what_is_known_is_compared_three_times) {
  fixture v{20};
  BOOST_TEST((v.wake_at() == never));
  v.linked(99, node(99), place(99), ms(3000));
  std::set<int> asked;
  for (auto t = 3000; t < 60'000; t += 100)
    if (auto out = v.tick(ms(t)); question(out)) {
      BOOST_TEST(question(out)->whom.name == "");
      asked.insert(t);
    }
  BOOST_TEST((asked == std::set{3500, 4000, 5000}));
}

BOOST_AUTO_TEST_CASE(only_who_knows_otherwise_answers) {
  fixture v{20};
  cluster_view same{node(1), place(1), {}, 2};
  for (unsigned i = 0; i <= 20; ++i)
    if (i != 1)
      same.linked(100 + i, node(i), place(i), ms(0));
  v.linked(21, node(21), place(21), ms(3000));
  same.linked(121, node(21), place(21), ms(3000));
  auto out = v.tick(ms(3500));
  BOOST_REQUIRE(question(out));
  auto answer = [&](const node_id& digest) {
    return infos_for(same.asked(node(0), digest, ms(3500)), 0);
  };
  BOOST_TEST(answer(question(out)->whom) == 0U);
  BOOST_TEST(answer({"", {1, 0}}) == 20U);
}

BOOST_AUTO_TEST_CASE(a_goodbye_is_passed_to_some_and_those_who_asked) {
  fixture v{20};
  v.asked(node(7), node(3), ms(3000));
  auto names = told(v.heard_goodbye(node(3), ms(3001)), 3);
  BOOST_TEST(names.size() <= 5U);
  BOOST_TEST(names.contains("n7"));
}

BOOST_AUTO_TEST_SUITE_END()
