// SPDX-License-Identifier: MIT
//
// Nodes as processes, with children that have names and a state, and callers
// who use them all the time. The test is a node itself, which runs no children.

#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include <signal.h>

#include <boost/test/unit_test.hpp>

#include "horde/horde.hpp"
#include "support/eventually.hpp"
#include "support/process.hpp"

using namespace horde;
using namespace horde::test;
using namespace std::chrono_literals;

namespace {

/// One copy of a child, in microseconds of the clock of this machine.
struct life {
  std::string node;
  long long from = 0;
  long long to = std::numeric_limits<long long>::max();
};

/// A `counter_node`. What it says of its children is read all the time.
class counter_node {
public:
  counter_node(std::string name, const endpoint& seed)
      : name_(std::move(name)),
        process_({COUNTER_NODE, name_, to_string(seed)}) {
    auto line = process_.read_line(20s);
    BOOST_REQUIRE_MESSAGE(line && line->starts_with("listening on "),
                          line.value_or("no line"));
    reader_ = std::thread{[this] { read(); }};
  }

  ~counter_node() {
    process_.signal(SIGKILL);
    reader_.join();
  }

  const std::string& name() const { return name_; }
  void signal(int number) { process_.signal(number); }

  /// Its exit code, 128 + signal if one ended it.
  int wait() {
    reader_.join();
    reader_ = std::thread{[] {}};
    return process_.wait(10s).exit_code;
  }

  void add_lives(std::map<std::string, std::vector<life>>& to) {
    std::lock_guard guard{mutex_};
    for (const auto& [child, all] : lives_)
      to[child].insert(to[child].end(), all.begin(), all.end());
  }

private:
  void read() {
    while (auto line = process_.read_line(90s)) {
      std::istringstream in{*line};
      std::string what;
      std::string child;
      long long when = 0;
      if (!(in >> what >> child >> when))
        continue; // a log line
      std::lock_guard guard{mutex_};
      if (what == "start")
        lives_[child].push_back({name_, when});
      else if (what == "end" && !lives_[child].empty())
        lives_[child].back().to = when;
    }
  }

  std::string name_;
  std::mutex mutex_;
  std::map<std::string, std::vector<life>> lives_;
  process process_;
  std::thread reader_;
};

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
    return std::make_unique<counter_node>(name, here.at());
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

  /// What a counter says; nothing: it did not answer.
  std::optional<int> add(const std::string& id, int x) {
    caf::scoped_actor self{sys};
    std::optional<int> result;
    names.request(self, 10s, id, x)
      .receive([&](int sum) { result = sum; }, [](const caf::error&) {});
    return result;
  }

  std::map<std::string, std::vector<life>> lives() const {
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
  std::map<std::string, std::vector<life>> ended; ///< on nodes that were ended
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
  std::size_t moves = 0;
  for (auto& [child, all] : lives()) {
    std::ranges::sort(all, {}, &life::from);
    moves += all.size() - 1;
    for (std::size_t i = 1; i < all.size(); ++i)
      BOOST_TEST(all[i - 1].to <= all[i].from, child << " ran twice");
  }
  BOOST_TEST_MESSAGE(moves << " moves");
  BOOST_TEST(moves >= std::size_t{count});
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
