// SPDX-License-Identifier: MIT
//
// Real nodes that find each other by topologies, in one process.

#include <algorithm>
#include <atomic>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "horde/actors/formation/custom.hpp"
#include "horde/actors/formation/hosts_file.hpp"
#include "horde/actors/formation/local.hpp"
#include "horde/actors/formation/static_hosts.hpp"
#include "horde/horde.hpp"
#include "support/eventually.hpp"
#include "support/folder.hpp"

using namespace horde;
using namespace horde::formation;
using namespace std::chrono_literals;
using horde::test::eventually;
using horde::test::folder;
using horde::test::patience;

namespace {

using endpoints = std::vector<endpoint>;

node_settings with(std::vector<topology> formation) {
  node_settings result;
  result.formation = std::move(formation);
  for (auto& x : result.formation)
    x.interval = std::min<duration>(x.interval, 100ms);
  return result;
}

struct place {
  explicit place(node_settings settings)
      : self(*node::start(sys, std::move(settings))) {}
  explicit place(std::vector<topology> formation)
      : place(with(std::move(formation))) {}

  formation_status status(std::size_t i = 0) const {
    return self.status().formation.at(i);
  }

  std::size_t up() const {
    std::size_t result = 0;
    for (const auto& x : self.status().nodes)
      result += x.state == node_state::up ? 1 : 0;
    return result;
  }

  std::optional<node_state> state_of(const std::string& name) const {
    for (const auto& x : self.status().nodes)
      if (x.who.name == name)
        return x.state;
    return std::nullopt;
  }

  config cfg;
  caf::actor_system sys{cfg};
  node self;
};

/// What a node tells its subscribers of its formation.
class diary {
public:
  explicit diary(node& of) {
    of.subscribe_formation([this](const formation_event& x) {
      std::lock_guard guard{mutex_};
      events_.push_back(x);
    });
  }

  std::optional<formation_event> find(formation_change what,
                                      const endpoint& at = {}) {
    std::lock_guard guard{mutex_};
    for (const auto& x : events_)
      if (x.what == what && (at == endpoint{} || x.at == at))
        return x;
    return std::nullopt;
  }

  std::optional<formation_event> await(formation_change what,
                                       const endpoint& at = {}) {
    BOOST_TEST(eventually([&] { return find(what, at).has_value(); }),
               to_string(what));
    return find(what, at);
  }

private:
  std::mutex mutex_;
  std::vector<formation_event> events_;
};

/// Addresses that a test changes while nodes look.
class shared_list {
public:
  topology named(const std::string& name, bool prune = false) {
    auto result = custom_topology(name, [this]() -> lookup_result {
      std::lock_guard guard{mutex_};
      return answer_;
    });
    result.prune = prune;
    return result;
  }

  void set(lookup_result x) {
    std::lock_guard guard{mutex_};
    answer_ = std::move(x);
  }

private:
  std::mutex mutex_;
  lookup_result answer_ = lookup{};
};

std::string why_not(node_settings settings) {
  config cfg;
  caf::actor_system sys{cfg};
  auto x = node::start(sys, std::move(settings));
  if (x)
    return "it started";
  BOOST_TEST((code_of(x.error()) == errc::bad_option));
  return render(x.error());
}

} // namespace

BOOST_AUTO_TEST_SUITE(formation_nodes)

BOOST_AUTO_TEST_CASE(nodes_that_start_at_once_form_one_cluster) {
  constexpr std::size_t count = 6;
  folder home;
  std::vector<std::future<std::unique_ptr<place>>> starting;
  for (std::size_t i = 0; i < count; ++i)
    starting.push_back(std::async(std::launch::async, [&] {
      return std::make_unique<place>(
        std::vector{local_topology("local", {home / "run"})});
    }));
  std::vector<std::unique_ptr<place>> places;
  for (auto& x : starting)
    places.push_back(x.get());
  for (const auto& x : places)
    BOOST_TEST(x->self.wait_for_nodes(count, patience));
  auto all_know = [&](std::size_t others) {
    return std::ranges::all_of(places, [&](const auto& x) {
      return x->status().addresses.size() == others;
    });
  };
  BOOST_TEST(eventually([&] { return all_know(count - 1); }));
  // Who goes is missed at once, and its entry is gone.
  places.pop_back();
  BOOST_TEST(eventually([&] { return all_know(count - 2); }));
}

BOOST_AUTO_TEST_CASE(lookups_and_connects_are_told_and_counted) {
  place a{std::vector<topology>{}};
  folder home;
  home.write("hosts", to_string(a.self.at()) + "\n127.0.0.1:1\n");
  place b{{hosts_file_topology("file", {home / "hosts"})}};
  diary told{b.self};
  BOOST_TEST(b.self.wait_for_nodes(2, patience));
  endpoint nobody{"127.0.0.1", 1};
  auto failed = told.await(formation_change::connect_failed, nobody);
  BOOST_REQUIRE(failed);
  BOOST_TEST(failed->topology == "file");
  BOOST_TEST((failed->code == errc::cannot_connect));
  BOOST_TEST(failed->reason.find("127.0.0.1:1") != std::string::npos);
  BOOST_TEST((failed->took < 5s));
  BOOST_TEST(told.await(formation_change::lookup_ok).has_value());
  home.replace("hosts", "wrong\n");
  auto broken = told.await(formation_change::lookup_failed);
  BOOST_REQUIRE(broken);
  BOOST_TEST(broken->reason.find("line 1: 'wrong'") != std::string::npos);
  BOOST_TEST(b.up() == 1u); // changes nothing
  home.replace("hosts", to_string(a.self.at()) + "\n");
  BOOST_TEST(told.await(formation_change::gone, nobody).has_value());
  auto now = b.status();
  BOOST_TEST(now.topology == "file");
  BOOST_TEST(now.kind == "hosts_file");
  BOOST_TEST((now.addresses == endpoints{a.self.at()}));
  BOOST_TEST(now.lookups_ok >= 2u);
  BOOST_TEST(now.lookups_failed >= 1u);
  BOOST_TEST(now.connects_ok == 1u);
  BOOST_TEST(now.connects_failed >= 1u);
  BOOST_TEST(now.strangers == 0u);
  BOOST_TEST((now.last_ok != wall_time{}));
}

BOOST_AUTO_TEST_CASE(strangers_are_refused_and_counted) {
  node_settings other;
  other.cluster = "other";
  other.secret = "0123456789abcdef";
  place stranger{other};
  auto settings = with({static_topology("list", {{stranger.self.at()}})});
  settings.secret = "fedcba9876543210";
  place a{settings};
  BOOST_TEST(eventually([&] { return a.status().strangers > 0; }));
  BOOST_TEST(a.up() == 0u);
  BOOST_TEST(a.status().connects_ok == 0u);
}

BOOST_AUTO_TEST_CASE(a_node_that_is_up_is_never_cut_off) {
  shared_list list;
  auto b = std::make_unique<place>(std::vector<topology>{});
  auto name = b->self.id().name;
  list.set(lookup{{b->self.at()}});
  place a{{list.named("list")}};
  BOOST_TEST(a.self.wait_for_nodes(2, patience));
  list.set(lookup{{{"127.0.0.1", 1}}});
  BOOST_TEST(eventually([&] {
    return a.status().addresses == endpoints{{"127.0.0.1", 1}};
  }));
  BOOST_TEST((a.state_of(name) == node_state::up)); // never cut off
}

BOOST_AUTO_TEST_CASE(a_failed_lookup_withdraws_nothing) {
  shared_list list;
  shared_list second;
  place b{std::vector<topology>{}};
  list.set(lookup{{b.self.at()}});
  second.set(lookup{{b.self.at()}});
  place a{{list.named("one", true), second.named("two", true)}};
  BOOST_TEST(a.self.wait_for_nodes(2, patience));
  endpoint elsewhere{"127.0.0.1", 1};
  list.set(lookup{{elsewhere}});
  second.set(failure{errc::timeout, "no answer"});
  BOOST_TEST(eventually([&] { return a.status(1).lookups_failed > 0; }));
  BOOST_TEST(a.up() == 1u);
}

BOOST_AUTO_TEST_CASE(a_refresh_looks_at_once) {
  std::atomic<int> count = 0;
  auto slow = custom_topology("slow", [&]() -> lookup_result {
    ++count;
    return lookup{};
  });
  slow.interval = 1h;
  node_settings settings;
  settings.formation = {slow};
  place a{settings};
  BOOST_TEST(eventually([&] { return count == 1; }));
  a.self.refresh_formation("slow");
  BOOST_TEST(eventually([&] { return count == 2; }));
  caf::scoped_actor self{a.sys};
  ask(self, a.self.actor(), patience, refresh_formation{"none"})
    .receive([] { BOOST_ERROR("there is no such topology"); },
             [](const caf::error& why) {
               BOOST_TEST((code_of(why) == errc::not_found));
             });
}

BOOST_AUTO_TEST_CASE(a_lookup_that_hangs_does_not_hold_up_the_stop) {
  auto release = std::make_shared<std::promise<void>>();
  auto begun = std::make_shared<std::promise<void>>();
  auto hangs = custom_topology("hangs", [=]() -> lookup_result {
    begun->set_value();
    release->get_future().wait();
    return lookup{};
  });
  place a{{hangs}};
  begun->get_future().wait();
  BOOST_TEST((a.status().next_lookup == wall_time{}));
  auto begin = std::chrono::steady_clock::now();
  a.self.stop();
  BOOST_TEST((std::chrono::steady_clock::now() - begin < 15s));
  release->set_value();
}

BOOST_AUTO_TEST_CASE(new_secrets_reach_the_strategies) {
  struct keeper : strategy {
    explicit keeper(std::promise<std::vector<std::string>>& x) : got(x) {}
    lookup_result look_up(waker&) override { return lookup{}; }
    void set_secrets(const std::vector<std::string>& x) override {
      got.set_value(x);
    }
    std::promise<std::vector<std::string>>& got;
  };
  std::promise<std::vector<std::string>> got;
  std::vector<std::string> first;
  topology x{"keeper", "keeper",
             [&](const seeker& who) -> outcome<strategy_ptr> {
               first = who.secrets;
               return std::make_unique<keeper>(got);
             }};
  auto settings = with({x});
  settings.secret = "0123456789abcdef";
  place a{settings};
  std::vector<std::string> next{"fedcba9876543210", "0123456789abcdef"};
  BOOST_TEST(bool{a.self.set_secrets(next)});
  BOOST_TEST((first == std::vector<std::string>{"0123456789abcdef"}));
  auto arrived = got.get_future();
  BOOST_REQUIRE((arrived.wait_for(patience) == std::future_status::ready));
  BOOST_TEST((arrived.get() == next));
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_topology_is_told_at_the_start) {
  auto list = static_topology("list", {{{"127.0.0.1", 1}}});
  BOOST_TEST(why_not(with({list, list}))
             == "bad_option: topology list: there are two of that name");
  BOOST_TEST(why_not(with({static_topology("list", {{{"a", 0}}})}))
             == "bad_option: topology list: hosts = 'a:0': takes host:port, "
                "like 10.0.0.1:4711 or [::1]:4711");
  auto fast = list;
  fast.interval = 1ms;
  BOOST_TEST(why_not(with({fast}))
             == "bad_option: topology list: interval: takes 10ms to 24h");
}

BOOST_AUTO_TEST_SUITE_END()
