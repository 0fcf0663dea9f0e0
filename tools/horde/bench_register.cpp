// SPDX-License-Identifier: MIT
//
// Registrations by an actor of the pool that calls `register_name`, one after
// the other: for many owners, and for one that holds all names. Beside a bare
// request and its response between two actors of the pool, which carry what
// the message form would. The calls in processor time, as they are work of one
// thread; the requests by the clock on the wall. Names are made before.

#include <algorithm>

#include "bench_calls.hpp"
#include "bench_data.hpp"
#include "bench_node.hpp"
#include "bench_registry.hpp"

namespace horde::tools {

namespace {

using strings = std::vector<std::string>;

constexpr std::size_t few_names = 1'000;

/// Registrations a second while a new registry is filled.
double fill_rate(const strings& keys, bool one_owner) {
  double best = 0;
  for (std::size_t i = 0; i < fills_for(keys.size()); ++i) {
    bench_node home;
    home.start();
    home.start_registry();
    settle_heap();
    home.in_actor([&](caf::event_based_actor*) {
      auto time = own_seconds([&] {
        for (std::size_t k = 0; k < keys.size(); ++k)
          must(home.names.register_name(
            home.owners[one_owner ? 0 : k % home.owners.size()], keys[k]));
      });
      best = std::max(best, static_cast<double>(keys.size()) / time);
    });
  }
  return best;
}

} // namespace

void bench_register(std::size_t keys, const emit& out) {
  auto all = some_keys(keys);
  auto few = some_keys(std::min(keys, few_names));
  auto many_owners = fill_rate(all, false);
  auto one_owner = fill_rate(all, true);
  auto bare = bare_request_rate(1);
  for (auto [what, rate] : {std::pair{"register, by call", many_owners},
                            std::pair{"  one owner of all names", one_owner}})
    out({what, rate / 1e3, "k/s", "bare request and response", bare / 1e3,
         ">= 250 k/s, within 3x", rate >= 250e3 && 3 * rate >= bare});
  auto flat = [&](const char* what, double rate, double beside) {
    out({what, rate / 1e3, "k/s", "1 k names", beside / 1e3,
         "within 2x of 1 k names", 2 * rate >= beside});
  };
  flat("  whatever the size", many_owners, fill_rate(few, false));
  flat("  the same of one owner", one_owner, fill_rate(few, true));
}

} // namespace horde::tools
