// SPDX-License-Identifier: MIT
//
// Nodes that die, stop, lose their cable, start again or get no time. Limits
// are those of `cluster_config`, with something for slow machines; what was
// measured is printed.

#include <atomic>
#include <cstdlib>
#include <thread>

#include <signal.h>

#include <boost/test/unit_test.hpp>

#include "system/network_cluster.hpp"
#include "system/skip.hpp"

using namespace horde::test;
using namespace std::chrono_literals;

namespace {

using clock_type = network_cluster::clock;

void start_only(network_cluster& x) {
  x.wait_for_agreement();
}

/// Judged only if the machine let us continue it in time.
void stop_for_two_seconds(network_cluster& x) {
  for (;;) {
    auto begin = x.now();
    x[2].signal(SIGSTOP);
    std::this_thread::sleep_for(1900ms);
    x[2].signal(SIGCONT);
    auto took = clock_type::now() - begin.at;
    x.note("stopped for " + seconds(took));
    x.wait_for_agreement();
    if (took > 2100ms)
      continue;
    x.require_no_down(x.all(), begin);
    return;
  }
}

void kill(network_cluster& x) {
  auto begin = x.now();
  x[2].signal(SIGKILL);
  auto took = x.wait_for("down", 2, {0, 1}, begin, 2s);
  x.note("killed, down after " + seconds(took));
  x.wait_for_agreement({0, 1});
  x.note("its children run elsewhere, seen after "
         + seconds(clock_type::now() - begin.at));
}

/// On the same address, when others may still take the old one for alive.
void kill_and_start_again(network_cluster& x) {
  auto begin = x.now();
  x[1].signal(SIGKILL);
  if (x[1].wait_for_end(10s) != 128 + SIGKILL)
    fail("ended otherwise");
  x.start_again(1);
  auto took = x.wait_for("up", 1, {0}, begin, redial_limit);
  x.note("killed and started again, up after " + seconds(took));
  x.wait_for_agreement({0, 1});
  x.settle_at_home(1);
  x.start_again(2);
  x.settle_at_home(2);
  x.wait_for_agreement();
}

void stop_and_kill(network_cluster& x) {
  x.start_children({1, 2});
  stop_for_two_seconds(x);
  kill(x);
  kill_and_start_again(x);
}

void stop_for_a_long_time(network_cluster& x) {
  x.start_children({0, 2});
  auto begin = x.now();
  x[2].signal(SIGSTOP);
  auto took = x.wait_for("down", 2, {0, 1}, begin, silence_limit);
  x.note("stopped, down after " + seconds(took));
  x.wait_for_agreement({0, 1});
  std::this_thread::sleep_until(begin.at + 20s);
  auto end = x.now();
  x[2].signal(SIGCONT);
  took = x.wait_for("up", 2, {0, 1}, end, redial_limit);
  x.note("continued, up after " + seconds(took));
  x.wait_for_agreement();
  x.note("all agree after " + seconds(clock_type::now() - end.at));
  x.require_no_down({2}, begin); // it could not hear: that is not their death
}

void cut_a_cable(network_cluster& x) {
  x.start_children({0, 2});
  auto begin = x.now();
  x.net().unplug(2);
  auto took = x.wait_for("down", 2, {0, 1}, begin, silence_limit);
  x.note("cable cut, down after " + seconds(took));
  for (network::host other : {0, 1})
    x.wait_for("down", other, {2}, begin, silence_limit);
  x.wait_for_agreement({0, 1});
  x.wait_for_agreement({2});
  auto end = x.now();
  x.net().plug_in(2);
  took = x.wait_for("up", 2, {0, 1}, end, redial_limit);
  x.note("plugged in, up after " + seconds(took));
  x.wait_for_agreement();
  x.note("all agree after " + seconds(clock_type::now() - end.at));
}

void restart_one_after_the_other(network_cluster& x) {
  x.start_children({});
  for (auto host : x.all()) {
    auto begin = x.now();
    x[host].signal(SIGTERM);
    if (x[host].wait_for_end(15s) != 0)
      fail(x[host].name() + " did not stop cleanly");
    auto others = x.all_but({host});
    x.wait_for("left", host, others, begin, redial_limit);
    x.require_no_down(others, begin);
    x.start_again(host);
    x.wait_for_agreement();
    x.note(x[host].name() + " was restarted within "
           + seconds(clock_type::now() - begin.at));
  }
}

/// Four busy loops a core.
void starve(network_cluster& x) {
  auto wanted = std::getenv("HORDE_STARVE_SECONDS");
  auto time = std::chrono::seconds{wanted ? std::atoi(wanted) : 10};
  x.start_children({0, 1, 2});
  auto begin = x.now();
  std::atomic<bool> enough = false;
  std::vector<std::thread> loops;
  for (auto i = 0u; i < 4 * std::thread::hardware_concurrency(); ++i)
    loops.emplace_back([&] {
      while (!enough)
        ;
    });
  std::this_thread::sleep_until(begin.at + time);
  enough = true;
  for (auto& loop : loops)
    loop.join();
  x.wait_for_agreement();
  auto suspects = x.lines_with("node_suspect", x.all(), begin);
  x.note("starved for " + seconds(time) + ", suspected "
         + std::to_string(suspects.size()) + " times");
  x.require_no_down(x.all(), begin);
}

struct needs_networks {
  needs_networks() {
    remove_old_networks();
    skip_unless([] { network{1}; });
  }
};

} // namespace

BOOST_TEST_GLOBAL_FIXTURE(needs_networks);

BOOST_AUTO_TEST_SUITE(network)

BOOST_AUTO_TEST_CASE(nodes_that_know_only_seeds_form_one_cluster) {
  play({{"seeds", 3, start_only}}); // as all others do, too
}

BOOST_AUTO_TEST_CASE(a_short_pause_is_no_death_and_a_kill_is_one_at_once) {
  play({{"short pause and kill", 3, stop_and_kill}});
}

BOOST_AUTO_TEST_CASE(silent_nodes_are_down_and_come_back) {
  play({{"long pause", 3, stop_for_a_long_time},
        {"cable", 3, cut_a_cable},
        {"rolling restart", 5, restart_one_after_the_other}});
}

BOOST_AUTO_TEST_CASE(a_machine_without_time_is_no_death) {
  play({{"starved", 3, starve}});
}

BOOST_AUTO_TEST_SUITE_END()
