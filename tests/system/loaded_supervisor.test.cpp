// SPDX-License-Identifier: MIT
//
// Nodes as processes, with children that have names and a state, and callers
// who use them all the time. The test is a node itself, which runs no children.

#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include <signal.h>

#include <boost/test/unit_test.hpp>

#include "horde/horde.hpp"
#include "support/eventually.hpp"
#include "system/counter_nodes.hpp"

using namespace horde;
using namespace horde::test;
using namespace std::chrono_literals;

namespace {

struct fixture {
  fixture() {
    here = *node::start(sys, cfg.defaults);
    names = *registry::start(here, {.name = "names"});
    workers = *dynamic_supervisor::start(here, {.name = "workers"});
  }

  ~fixture() {
    nodes.clear();
    here.stop(0s);
  }

  void start_nodes(int count) {
    for (int i = 0; i < count; ++i)
      nodes.push_back(start_node("n" + std::to_string(i)));
    wait_for_members(count);
  }

  std::unique_ptr<counter_node> start_node(const std::string& name) {
    return std::make_unique<counter_node>(
      name, std::vector{std::string{COUNTER_NODE}, name, to_string(here.at())});
  }

  /// Beside us.
  void wait_for_members(int count) {
    auto is_complete = [&](const member_list& list) {
      auto there = std::ranges::count_if(list.members, [](const auto& x) {
        return x.status == member_status::alive;
      });
      return there == count + 1;
    };
    BOOST_REQUIRE(eventually([&] {
      return is_complete(names.members()) && is_complete(workers.members());
    }));
  }

  child_spec spec(const std::string& id, const std::string& type) {
    child_spec result{.id = id, .type = type};
    result.place.needs = {"counters"};
    return result;
  }

  void start_counters(int count) {
    std::atomic<int> started = 0;
    std::vector<std::thread> callers;
    for (int t = 0; t < 8; ++t)
      callers.emplace_back([&, t] {
        for (int i = t; i < count; i += 8) {
          auto x = spec("c" + std::to_string(i), "counter");
          x.hand_off = true;
          started += workers.start_child(x) ? 1 : 0;
        }
      });
    for (auto& x : callers)
      x.join();
    BOOST_REQUIRE(started == count);
    for (int i = 0; i < count; ++i)
      ids.push_back("c" + std::to_string(i));
  }

  bool all_run() const {
    auto counts = workers.count_children();
    return counts.active == counts.specs;
  }

  /// So many children run, all of them on these nodes.
  bool is_on(int count, const std::set<std::size_t>& some) const {
    auto list = workers.which_children().children;
    return std::ssize(list) == count
           && std::ranges::all_of(list, [&](const auto& x) {
                return x.state == scheduling::child_state::running
                       && std::ranges::any_of(some, [&](auto i) {
                            return nodes[i]->name() == x.member.node;
                          });
              });
  }

  bool add_to_all(int x) {
    return std::ranges::all_of(
      ids, [&](const auto& id) { return add(id, x).has_value(); });
  }

  /// What a counter says; nothing: it did not answer.
  std::optional<int> add(const std::string& id, int x) {
    caf::scoped_actor self{sys};
    std::optional<int> result;
    names.request(self, 10s, id, x)
      .receive([&](int sum) { result = sum; }, [](const caf::error&) {});
    return result;
  }

  lives_of_children lives() const {
    auto result = ended;
    for (const auto& x : nodes)
      x->add_lives(result);
    return result;
  }

  /// It stops as SIGTERM says, and comes back.
  void restart(std::size_t i) {
    nodes[i]->signal(SIGTERM);
    BOOST_REQUIRE(nodes[i]->wait() == 0);
    auto name = nodes[i]->name();
    nodes[i]->add_lives(ended);
    nodes[i] = start_node(name);
  }

  config cfg;
  caf::actor_system sys{cfg};
  horde::node here;
  registry names;
  dynamic_supervisor workers;
  std::vector<std::unique_ptr<counter_node>> nodes;
  lives_of_children ended; ///< on nodes that were ended
  std::vector<std::string> ids;
};

/// Adds one to counters, in turns, in some threads.
class load {
public:
  explicit load(fixture& x) : fixture_(x), calls_(x.ids.size()) {
    for (std::size_t t = 0; t < threads; ++t)
      callers_.emplace_back([this, t] { call(t); });
  }

  void stop() {
    enough_ = true;
    for (auto& x : callers_)
      x.join();
    callers_.clear();
  }

  struct calls {
    int answered = 0;
    int failed = 0; ///< may have counted
  };

  const std::vector<calls>& all() const { return calls_; }

private:
  static constexpr std::size_t threads = 4;

  void call(std::size_t t) {
    for (auto i = t; !enough_;
         i = i + threads < calls_.size() ? i + threads : t)
      ++(fixture_.add(fixture_.ids[i], 1) ? calls_[i].answered
                                          : calls_[i].failed);
  }

  fixture& fixture_;
  std::vector<calls> calls_; ///< each counter is one thread's
  std::atomic<bool> enough_ = false;
  std::vector<std::thread> callers_;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(loaded_supervisor, fixture)

BOOST_AUTO_TEST_CASE(a_rolling_restart_loses_no_child_and_no_state) {
  constexpr int count = 2000;
  start_nodes(5);
  start_counters(count);
  load callers{*this};
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    restart(i);
    wait_for_members(5);
    BOOST_TEST(eventually([&] { return all_run(); }));
  }
  callers.stop();
  BOOST_TEST(workers.count_children().active == std::size_t{count});
  int answered = 0;
  int failed = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto& x = callers.all()[i];
    auto sum = add(ids[i], 0);
    BOOST_TEST_REQUIRE(sum.has_value());
    BOOST_TEST(*sum >= x.answered);
    BOOST_TEST(*sum <= x.answered + x.failed);
    answered += x.answered;
    failed += x.failed;
  }
  BOOST_TEST_MESSAGE(answered << " calls answered, " << failed << " failed");
  BOOST_TEST(longest_overlap(lives()) <= 0);
  std::size_t moves = 0;
  for (const auto& [child, all] : lives())
    moves += all.size() - 1;
  BOOST_TEST_MESSAGE(moves << " moves");
  BOOST_TEST(moves >= std::size_t{count});
}

/// A node that is killed takes the states of its children with it; the others
/// keep theirs.
BOOST_AUTO_TEST_CASE(a_killed_node_among_five_loses_no_child) {
  constexpr int count = 2000;
  start_nodes(5);
  start_counters(count);
  load callers{*this};
  auto begin = stamp_now();
  nodes[2]->kill();
  BOOST_TEST(eventually([&] { return is_on(count, {0, 1, 3, 4}); }));
  BOOST_TEST_MESSAGE("all run after " << (stamp_now() - begin) / 1000 << " ms");
  callers.stop();
  auto all = lives();
  BOOST_TEST(longest_overlap(all) <= 0);
  std::size_t moved = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto& x = callers.all()[i];
    auto sum = add(ids[i], 0);
    BOOST_TEST_REQUIRE(sum.has_value());
    BOOST_TEST(*sum <= x.answered + x.failed);
    if (all[ids[i]].size() == 1)
      BOOST_TEST(*sum >= x.answered);
    else
      ++moved;
  }
  BOOST_TEST(moved > std::size_t{count / 10}); // a fifth or so
  nodes[2]->add_lives(ended);
  nodes[2] = start_node(nodes[2]->name());
  wait_for_members(5);
}

BOOST_AUTO_TEST_CASE(
  a_node_that_is_stopped_for_two_seconds_keeps_its_children) {
  constexpr int count = 2000;
  start_nodes(3);
  start_counters(count);
  load callers{*this};
  nodes[1]->signal(SIGSTOP);
  std::this_thread::sleep_for(2s); // that is the case
  nodes[1]->signal(SIGCONT);
  wait_for_members(3);
  BOOST_TEST(eventually([&] { return add_to_all(1); }));
  callers.stop();
  for (const auto& [child, all] : lives())
    BOOST_TEST(all.size() == 1U, child << " was started again");
  for (std::size_t i = 0; i < ids.size(); ++i)
    BOOST_TEST(add(ids[i], 0).value_or(-1) > callers.all()[i].answered);
}

/// While it stands still its children run elsewhere; when it goes on, its
/// copies end as soon as it hears of that.
BOOST_AUTO_TEST_CASE(a_node_that_was_stopped_for_long_ends_its_copies) {
  constexpr int count = 2000;
  start_nodes(3);
  start_counters(count);
  nodes[1]->signal(SIGSTOP);
  BOOST_TEST(eventually([&] { return is_on(count, {0, 2}); }));
  auto goes_on = stamp_now();
  nodes[1]->signal(SIGCONT);
  wait_for_members(3);
  auto is_single = [&] {
    return running_copies(lives()) == std::size_t{count};
  };
  BOOST_TEST(eventually(is_single));
  auto overlap = longest_overlap(lives(), goes_on);
  BOOST_TEST_MESSAGE("two copies for at most " << overlap / 1000 << " ms");
  BOOST_TEST(overlap < 2'750'000); // in which a silent node is found down
  for (const auto& id : ids)
    BOOST_TEST(add(id, 1).has_value());
}

BOOST_AUTO_TEST_CASE(a_poison_child_among_300_harms_nobody) {
  start_nodes(3);
  start_counters(300);
  for (int i = 0; i < 3; ++i)
    std::ignore = workers.start_child(spec("p" + std::to_string(i), "poison"));
  BOOST_TEST(eventually([&] { return workers.status().quarantined == 3U; }));
  auto crashes = [&] { return workers.status().events.crashed; };
  auto before = crashes();
  BOOST_TEST(eventually([&] { return crashes() > before + 3; })); // tried again
  for (const auto& id : ids)
    BOOST_TEST(add(id, 1).has_value());
  for (const auto& [child, all] : lives())
    BOOST_TEST(all.size() == 1U, child << " was started again");
}

BOOST_AUTO_TEST_CASE(
  a_start_of_ten_seconds_delays_nobody_while_members_change) {
  start_nodes(3);
  caf::expected<child_started> slow{caf::sec::runtime_error};
  std::thread caller{[&] {
    auto x = spec("slow", "slow");
    x.start_timeout = 20s;
    slow = workers.start_child(x);
  }};
  auto longest = 0ms;
  auto start_more = [&](const std::string& prefix) {
    for (int i = 0; i < 20; ++i) {
      auto begin = std::chrono::steady_clock::now();
      BOOST_TEST(
        bool(workers.start_child(spec(prefix + std::to_string(i), "counter"))));
      longest =
        std::max(longest, std::chrono::duration_cast<std::chrono::milliseconds>(
                            std::chrono::steady_clock::now() - begin));
    }
  };
  start_more("a");
  nodes.push_back(start_node("n3"));
  wait_for_members(4);
  start_more("b");
  nodes[3]->signal(SIGKILL);
  nodes[3]->wait();
  start_more("c");
  BOOST_TEST(!slow); // it takes ten seconds
  caller.join();
  BOOST_TEST(bool(slow));
  BOOST_TEST(eventually([&] { return all_run(); }));
  BOOST_TEST(workers.count_children().active == 61U);
  BOOST_TEST_MESSAGE("longest start beside it: " << longest.count() << " ms");
  BOOST_TEST(longest < 5s);
}

BOOST_AUTO_TEST_SUITE_END()
