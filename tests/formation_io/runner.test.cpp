// SPDX-License-Identifier: MIT

#include <atomic>
#include <condition_variable>
#include <deque>
#include <future>
#include <stdexcept>

#include "formation_io/support.hpp"
#include "horde/actors/formation/custom.hpp"
#include "horde/actors/formation/runner.hpp"

using namespace horde;
using namespace horde::formation;
using namespace horde::test;
using namespace std::chrono_literals;

namespace {

const endpoint self{"127.0.0.1", 1}, a{"a", 1}, b{"b", 1};

/// Where reports arrive.
class mailbox {
public:
  runner::sink sink() {
    return [this](lookup_report x) {
      std::lock_guard guard{mutex_};
      reports_.push_back(std::move(x));
      changed_.notify_all();
    };
  }

  lookup_report next() {
    std::unique_lock guard{mutex_};
    auto came = changed_.wait_for(guard, long_enough,
                                  [this] { return !reports_.empty(); });
    BOOST_REQUIRE(came);
    auto result = std::move(reports_.front());
    reports_.pop_front();
    return result;
  }

  std::size_t size() {
    std::lock_guard guard{mutex_};
    return reports_.size();
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<lookup_report> reports_;
};

/// A topology around a function that runs until the test ends.
struct running {
  running(std::function<lookup_result()> f, duration interval)
      : running(custom_topology("mine", std::move(f)), interval) {}

  running(topology x, duration interval)
      : box(std::make_shared<mailbox>()),
        run(with(x, interval), make(x, a_seeker()), self) {
    BOOST_REQUIRE(
      !run.start([to = box](lookup_report r) { to->sink()(std::move(r)); }));
  }

  static topology& with(topology& x, duration interval) {
    x.interval = interval;
    x.jitter_percent = 0;
    return x;
  }

  std::shared_ptr<mailbox> box;
  runner run;
};

} // namespace

BOOST_AUTO_TEST_SUITE(runner_tests)

BOOST_AUTO_TEST_CASE(it_looks_at_once_and_then_every_interval) {
  std::atomic<int> count = 0;
  running x{[&]() -> lookup_result {
              return ++count == 1 ? lookup{{a, self}} : lookup{{b}};
            },
            60ms};
  auto first = x.box->next();
  BOOST_TEST(!first.problem);
  BOOST_TEST((first.found == endpoints{a}));
  BOOST_TEST((first.all == endpoints{a}));
  auto second = x.box->next();
  BOOST_TEST((second.found == endpoints{b}));
  BOOST_TEST((second.gone == endpoints{a}));
  BOOST_TEST((second.when - first.when >= 55ms)); // time of day, roughly
  auto third = x.box->next();
  BOOST_TEST((third.found == endpoints{}));
  BOOST_TEST((third.all == endpoints{b}));
}

BOOST_AUTO_TEST_CASE(a_refresh_looks_again_soon) {
  running x{[]() -> lookup_result { return lookup{{a}}; }, 1h};
  x.box->next();
  x.run.refresh();
  x.box->next();
}

BOOST_AUTO_TEST_CASE(failures_and_exceptions_are_told) {
  std::atomic<int> count = 0;
  running x{[&]() -> lookup_result {
              switch (++count) {
              case 1: return failure{errc::timeout, "no answer"};
              case 2: throw std::runtime_error{"out of order"};
              case 3: throw 7;
              default: return lookup{{a}};
              }
            },
            50ms};
  BOOST_TEST((x.box->next().problem == failure{errc::timeout, "no answer"}));
  BOOST_TEST(x.box->next().problem->what == "the lookup threw: out of order");
  BOOST_TEST(x.box->next().problem->what
             == "the lookup threw: an unknown exception");
  BOOST_TEST((x.box->next().found == endpoints{a}));
  auto status = x.run.status();
  BOOST_TEST(status.topology == "mine");
  BOOST_TEST(status.kind == "custom");
  BOOST_TEST(status.lookups_failed == 3u);
  BOOST_TEST(status.lookups_ok >= 1u);
  BOOST_TEST(status.last_error == "the lookup threw: an unknown exception");
  BOOST_TEST((status.last_ok > wall_time{}));
  BOOST_TEST((status.addresses == endpoints{a}));
}

BOOST_AUTO_TEST_CASE(who_is_always_told_of_changes_does_not_look_all_the_time) {
  struct restless : strategy {
    explicit restless(std::atomic<int>& x) : count(x) {}
    lookup_result look_up(waker&) override {
      ++count;
      return lookup{{a}};
    }
    void wait(duration, waker&) override {}
    std::atomic<int>& count;
  };
  std::atomic<int> count = 0;
  topology what{"mine", "custom", [&](const seeker&) -> outcome<strategy_ptr> {
                  return std::make_unique<restless>(count);
                }};
  auto begin = std::chrono::steady_clock::now();
  {
    running x{what, 1h};
    for (auto i = 0; i < 4; ++i)
      x.box->next();
  }
  BOOST_TEST((std::chrono::steady_clock::now() - begin >= 150ms));
}

BOOST_AUTO_TEST_CASE(a_stop_ends_it_and_its_strategy) {
  struct witness : strategy {
    explicit witness(std::promise<void>& x) : gone(x) {}
    ~witness() override { gone.set_value(); }
    lookup_result look_up(waker&) override { return lookup{{a}}; }
    std::promise<void>& gone;
  };
  std::promise<void> gone;
  topology what{"mine", "custom", [&](const seeker&) -> outcome<strategy_ptr> {
                  return std::make_unique<witness>(gone);
                }};
  running x{what, 1h};
  x.box->next();
  x.run.stop();
  BOOST_TEST(x.run.wait(long_enough));
  BOOST_TEST((gone.get_future().wait_for(0s) == std::future_status::ready));
}

BOOST_AUTO_TEST_CASE(a_strategy_that_hangs_holds_up_nobody) {
  auto release = std::make_shared<std::promise<void>>();
  auto begun = std::make_shared<std::promise<void>>();
  auto ended = std::make_shared<std::promise<void>>();
  auto done = ended->get_future();
  {
    running x{[=]() -> lookup_result {
                begun->set_value();
                release->get_future().wait();
                ended->set_value();
                return lookup{{a}};
              },
              1h};
    begun->get_future().wait();
    x.run.stop();
    BOOST_TEST(!x.run.wait(20ms));
    BOOST_TEST(is_quick([&] { BOOST_TEST(x.run.status().lookups_ok == 0u); }));
  } // its thread goes on alone
  release->set_value();
  BOOST_TEST((done.wait_for(long_enough) == std::future_status::ready));
}

BOOST_AUTO_TEST_CASE(new_secrets_and_counters_pass) {
  struct keeper : strategy {
    lookup_result look_up(waker&) override { return lookup{{a}}; }
    void set_secrets(const std::vector<std::string>& x) override {
      count += x.size();
    }
    std::vector<formation_counter> counters() const override {
      return {{"secrets", count}};
    }
    std::size_t count = 0;
  };
  topology what{"mine", "custom", [](const seeker&) -> outcome<strategy_ptr> {
                  return std::make_unique<keeper>();
                }};
  running x{what, 1h};
  x.box->next();
  BOOST_TEST((x.run.status().counters
              == std::vector<formation_counter>{{"secrets", 0}}));
  x.run.set_secrets({"one", "two"});
  x.box->next();
  BOOST_TEST((x.run.status().counters
              == std::vector<formation_counter>{{"secrets", 2}}));
}

BOOST_AUTO_TEST_SUITE_END()
