// SPDX-License-Identifier: MIT
//
// Choosing a member for a child, by each strategy of the core, among few and
// many members; beside hashing the key. In processor time. What constraints
// cost, and a new list of members: `benchmarks/placement`.

#include <algorithm>

#include "bench_data.hpp"
#include "bench_node.hpp"
#include "bench_supervisor.hpp"
#include "horde/placement/strategy_kind.hpp"

namespace horde::tools {

namespace {

using namespace placement;

constexpr std::size_t usual_choices = 100'000;

/// The best of these is taken, of what is compared in turns.
constexpr int rounds = 10;

/// So many keys take turns.
constexpr std::size_t key_count = 1'000;

std::vector<member_info> members_of(std::size_t n) {
  std::vector<member_info> result(n);
  for (std::size_t i = 0; i < n; ++i) {
    result[i].who = {"workers", "10.0.0." + std::to_string(100 + i) + ":4711"};
    result[i].status = member_status::alive;
    result[i].linked = true;
  }
  return result;
}

/// Nanoseconds of each `f(i)`, which returns a number that is not 0.
template <class F>
double time_of(std::size_t times, F f) {
  std::uint64_t sum = 0;
  auto time = own_seconds([&] {
    for (std::size_t i = 0; i < times; ++i)
      sum |= f(i);
  });
  if (sum == 0)
    give_up("nothing was chosen");
  return time * 1e9 / static_cast<double>(times);
}

void choose_among(std::size_t members, double at_most, std::size_t times,
                  const emit& out) {
  auto keys = some_keys(key_count);
  for (auto kind :
       {strategy_kind::uniform, strategy_kind::quorum, strategy_kind::random,
        strategy_kind::least_loaded, strategy_kind::rendezvous}) {
    auto strategy = factory_of(kind)();
    strategy->prepare(members_of(members));
    std::vector<std::uint32_t> load(members, 7);
    auto ours = 1e9;
    auto beside = 1e9;
    for (auto i = 0; i < rounds; ++i) {
      ours = std::min(ours, time_of(times, [&](std::size_t k) {
                        ++load[k % members]; // as in a running horde
                        auto choice = strategy->choose(
                          wish{keys[k % key_count]},
                          {load, load, k * 0x9e3779b97f4a7c15});
                        auto who = std::get_if<const member_id*>(&choice);
                        return who ? (*who)->node.size() : 0;
                      }));
      beside = std::min(beside, time_of(times, [&](std::size_t k) {
                          return key_hash(keys[k % key_count]);
                        }));
    }
    auto is_default = kind == strategy_kind::uniform;
    auto among = std::to_string(members) + " members";
    out({is_default ? "choose a member, " + among
                    : "  by " + std::string{to_string(kind)} + ", " + among,
         ours, "ns", "a hash", beside,
         "<= " + std::to_string(static_cast<int>(at_most)) + " ns",
         ours <= at_most});
  }
}

} // namespace

void bench_choice(std::size_t children, const emit& out) {
  auto times = times_for(children, usual_choices);
  choose_among(3, 200, times, out);
  choose_among(100, 1000, times, out);
}

} // namespace horde::tools
