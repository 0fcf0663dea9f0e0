// SPDX-License-Identifier: MIT
//
// What lookups and registrations on a node feel while much happens at once: all
// processes of the node end, another node with as many names is killed, or two
// sides meet that have given the same names. By the clock on the wall: beside
// each stands the longest time in which the same thread could do nothing at
// all, as others had its processor.

#include <algorithm>
#include <atomic>
#include <thread>

#include "bench_data.hpp"
#include "bench_holder.hpp"
#include "bench_peer.hpp"
#include "bench_registry.hpp"

namespace horde::tools {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t most_processes = 100'000;
constexpr std::size_t most_conflicts = 10'000;
constexpr double longest_wait = 10; ///< ms

double microseconds(clock::duration x) {
  return std::chrono::duration<double, std::micro>(x).count();
}

/// Times, in microseconds.
struct feelings {
  std::vector<double> lookups;
  std::vector<double> registrations;
  std::vector<double> nothing; ///< between two of the latter
};

/// Runs `storm` while two threads use the registry of `n`.
template <class F>
feelings feel(bench_node& n, F storm) {
  constexpr auto pause = std::chrono::microseconds{200};
  feelings result;
  std::atomic<bool> done = false;
  std::thread reader{[&] {
    while (!done) {
      auto start = clock::now();
      n.names.whereis(key_of(result.lookups.size()));
      result.lookups.push_back(microseconds(clock::now() - start));
      if (result.lookups.size() % 64 == 0)
        std::this_thread::sleep_for(pause);
    }
  }};
  auto who = spawn_owners(n.sys)[0];
  std::thread writer{[&] {
    for (std::size_t i = 0; !done; ++i) {
      auto name = "storm " + std::to_string(i);
      auto start = clock::now();
      must(n.names.register_name(who, name));
      auto end = clock::now();
      result.registrations.push_back(microseconds(end - start));
      result.nothing.push_back(microseconds(clock::now() - end));
      n.names.unregister(who, name);
      std::this_thread::sleep_for(pause);
    }
  }};
  storm();
  done = true;
  reader.join();
  writer.join();
  return result;
}

void tell(const char* what, const feelings& x, const emit& out) {
  auto wait = spread_of(x.registrations);
  auto nothing = spread_of(x.nothing);
  auto read = spread_of(x.lookups);
  out({what, wait.longest / 1e3, "ms longest register", "nothing at all",
       nothing.longest / 1e3, "< 10 ms", wait.longest < longest_wait * 1e3});
  out({"  register, p99", wait.p99 / 1e3, "ms", "nothing at all",
       nothing.p99 / 1e3, "", true});
  out({"  lookup, p99", read.p99, "us", "", 0, "< 10 us", read.p99 < 10});
}

void processes_end(std::size_t count, const emit& out) {
  bench_node home;
  home.start();
  home.start_registry();
  std::vector<caf::actor> all;
  for (std::size_t i = 0; i < count; ++i) {
    all.push_back(spawn_idler(home.sys));
    must(home.names.register_name(all.back(), key_of(i)));
  }
  auto felt = feel(home, [&] {
    for (const auto& x : all)
      caf::anon_send_exit(x, caf::exit_reason::kill);
    all.clear();
    wait_until("all names of the dead are gone",
               [&] { return home.names.count() <= 1; });
  });
  tell("processes that die together", felt, out);
}

void node_goes_down(std::size_t names, bool has_listener, const emit& out) {
  bench_node home;
  home.start();
  home.start_registry();
  std::atomic<std::int64_t> told = 0;
  if (has_listener)
    home.names.subscribe([&](const name_events& x) {
      for (const auto& event : x.events)
        told += event.what == name_change::registered ? 1 : -1;
    });
  node_holder other{home.node.at(), names};
  wait_until("all names of the other node are here",
             [&] { return home.names.count() == names; });
  auto felt = feel(home, [&] {
    other.kill();
    wait_until("the names of the dead node are gone",
               [&] { return home.names.count() <= 1; });
    wait_until("listeners know that", [&] { return told <= 1; });
  });
  tell(has_listener ? "  the same with a listener" : "a node is killed", felt,
       out);
}

void sides_meet(std::size_t names, const emit& out) {
  bench_node a;
  bench_node b;
  for (auto* x : {&a, &b}) {
    x->start();
    x->start_registry();
    x->fill(0, names);
  }
  auto felt = feel(a, [&] {
    a.node.connect(b.node.at());
    wait_until("each name has one owner", [&] {
      auto of_b = b.names.status().local_names;
      auto of_a = a.names.status().local_names;
      return of_a + of_b >= names && of_a + of_b <= names + 1
             && a.names.members().members.size() == 2;
    });
  });
  tell("sides with the same names meet", felt, out);
}

} // namespace

void bench_storms(std::size_t keys, const emit& out) {
  auto names = std::min(keys, most_processes);
  processes_end(names, out);
  node_goes_down(names, false, out);
  node_goes_down(names, true, out);
  sides_meet(std::min(keys, most_conflicts), out);
}

} // namespace horde::tools
