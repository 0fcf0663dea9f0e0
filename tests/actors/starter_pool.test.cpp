// SPDX-License-Identifier: MIT

#include "horde/actors/starter_pool.hpp"

#include <atomic>
#include <future>

#include <boost/test/unit_test.hpp>

using namespace horde;
using namespace horde::actors;
using namespace std::chrono_literals;

namespace {

void run(starter_pool& pool, std::function<void()> job) {
  BOOST_REQUIRE(pool.run({std::move(job)}));
}

} // namespace

BOOST_AUTO_TEST_SUITE(starter_pools)

BOOST_AUTO_TEST_CASE(every_job_runs_once) {
  std::atomic<int> runs = 0;
  starter_pool pool{4};
  std::promise<void> all;
  for (int i = 0; i < 1000; ++i)
    run(pool, [&] {
      if (++runs == 1000)
        all.set_value();
    });
  all.get_future().get();
  BOOST_TEST(pool.stop(20s));
  BOOST_TEST(runs == 1000);
}

BOOST_AUTO_TEST_CASE(a_job_that_hangs_delays_no_other) {
  starter_pool pool{2};
  std::promise<void> release;
  auto released = release.get_future().share();
  run(pool, [released] { released.wait(); });
  std::promise<void> other;
  run(pool, [&] { other.set_value(); });
  other.get_future().get();
  BOOST_TEST(!pool.stop(1ms)); // one still hangs
  release.set_value();
  BOOST_TEST(pool.stop(20s));
}

BOOST_AUTO_TEST_CASE(beyond_the_limit_jobs_wait) {
  starter_pool pool{1};
  std::promise<void> release;
  auto released = release.get_future().share();
  std::promise<void> started;
  run(pool, [&, released] {
    started.set_value();
    released.wait();
  });
  started.get_future().get();
  run(pool, [] {});
  BOOST_TEST(pool.waiting() == 1u);
  release.set_value();
}

BOOST_AUTO_TEST_CASE(as_many_as_allowed_run_at_once) {
  starter_pool pool{16};
  std::promise<void> release;
  auto released = release.get_future().share();
  std::atomic<int> running = 0;
  std::promise<void> all;
  for (int i = 0; i < 16; ++i)
    run(pool, [&, released] {
      if (++running == 16)
        all.set_value();
      released.wait();
    });
  all.get_future().get();
  release.set_value();
  BOOST_TEST(pool.stop(20s));
}

BOOST_AUTO_TEST_CASE(another_thread_is_had_for_one_that_hangs) {
  starter_pool pool{1};
  std::promise<void> release;
  auto released = release.get_future().share();
  std::promise<void> started;
  run(pool, [&, released] {
    started.set_value();
    released.wait();
  });
  started.get_future().get();
  std::promise<void> other;
  run(pool, [&] { other.set_value(); });
  pool.allow(+1);
  other.get_future().get();
  release.set_value();
  pool.allow(-1);
  BOOST_TEST(pool.stop(20s));
}

BOOST_AUTO_TEST_CASE(a_job_may_be_the_last_owner) {
  auto pool = std::make_shared<starter_pool>(1);
  std::promise<void> dropped;
  std::promise<void> ended;
  run(*pool, [pool, &dropped, &ended]() mutable {
    dropped.get_future().wait();
    pool.reset();
    ended.set_value();
  });
  pool.reset();
  dropped.set_value();
  ended.get_future().get();
}

BOOST_AUTO_TEST_SUITE_END()
