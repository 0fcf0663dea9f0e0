// SPDX-License-Identifier: MIT
//
// How long it takes from the call of `register_name` on one node until a read
// on another one sees the name, when nothing else is going on. Beside a round
// trip of a bare CAF request over the same link, from an actor of the one node
// to an actor of the other. Both in turns, while the same thread reads the
// other node's registry over and over.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "bench_data.hpp"
#include "bench_peer.hpp"
#include "bench_registry.hpp"

namespace horde::tools {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t usual_samples = 3'000;

/// The first ones are not counted.
constexpr std::size_t getting_used = 300;

constexpr std::chrono::microseconds pause{300};

double microseconds_since(clock::time_point start) {
  return std::chrono::duration<double, std::micro>(clock::now() - start)
    .count();
}

/// Reads a registry until `done`.
template <class F>
void read_until(F done) {
  while (!done())
    std::this_thread::yield();
}

/// Microseconds until the read.
double until_seen(bench_node& here, bench_node& there, std::size_t i) {
  auto name = key_of(i);
  auto start = clock::now();
  here.give(name);
  read_until([&] { return there.names.whereis(name).has_value(); });
  return microseconds_since(start);
}

/// Asks a peer once each time it is told to, and takes the time of it.
class pinger {
public:
  pinger(caf::actor_system& sys, caf::actor peer)
      : state_(std::make_shared<state>()) {
    actor_ = sys.spawn(
      [to = std::move(peer), s = state_](caf::event_based_actor* self) {
        return caf::behavior{[=](get_status) {
          auto start = clock::now();
          ask(self, to, caf::infinite, std::string{"a name"})
            .then(
              [=] {
                s->taken = microseconds_since(start);
                ++s->answers;
              },
              [](const caf::error& why) { give_up(render(why)); });
        }};
      });
  }

  ~pinger() { caf::anon_send_exit(actor_, caf::exit_reason::kill); }
  pinger(const pinger&) = delete;
  pinger& operator=(const pinger&) = delete;

  /// Microseconds; meanwhile `there` is read.
  double round_trip(bench_node& there) {
    auto before = state_->answers.load();
    anon_tell(actor_, get_status{});
    read_until([&] {
      return there.names.whereis("nobody") || state_->answers != before;
    });
    return state_->taken;
  }

private:
  struct state {
    double taken = 0; ///< written before `answers`
    std::atomic<std::size_t> answers = 0;
  };

  std::shared_ptr<state> state_;
  caf::actor actor_;
};

} // namespace

void bench_visibility(std::size_t keys, const emit& out) {
  bench_cluster c{2};
  auto& here = c[0];
  auto& there = c[1];
  here.fill(0, keys);
  c.wait_for_names(keys);
  pinger bare{here.sys, bare_peer(here, there)};
  std::vector<double> seen;
  std::vector<double> round_trips;
  for (std::size_t i = 0; i < getting_used + times_for(keys, usual_samples);
       ++i) {
    std::this_thread::sleep_for(pause);
    auto x = until_seen(here, there, keys + i);
    std::this_thread::sleep_for(pause);
    auto y = bare.round_trip(there);
    if (i >= getting_used) {
      seen.push_back(x);
      round_trips.push_back(y);
    }
  }
  auto ours = spread_of(std::move(seen));
  auto beside = spread_of(std::move(round_trips));
  out({"registered, then seen by another node, p50", ours.p50, "us",
       "bare round trip", beside.p50, "<= 1.5x", ours.p50 <= 1.5 * beside.p50});
  out({"  p99", ours.p99, "us", "bare round trip", beside.p99, "<= 3x",
       ours.p99 <= 3 * beside.p99});
}

} // namespace horde::tools
