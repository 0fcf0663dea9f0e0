// SPDX-License-Identifier: MIT
//
// What the acts of a scenario do. To forget is in replica_renewals.cpp.

#include <algorithm>
#include <utility>

#include "sim/replica_sim.hpp"

namespace horde::sim {

using namespace std::chrono_literals;

namespace {

/// One version in four, whatever else is there.
bool keeps(std::uint64_t seed, crdt::dot x) {
  return replica_sim::mix(seed, x.counter ^ static_cast<std::uint64_t>(x.who))
           % 4
         == 0;
}

struct choice {
  std::vector<crdt::dot> kept;
  std::vector<crdt::dot> removed;
};

choice choose(std::uint64_t seed, crdt::key_table::versions from) {
  choice result;
  for (auto v : from)
    (keeps(seed, v.id) ? result.kept : result.removed).push_back(v.id);
  return result;
}

} // namespace

void replica_sim::perform(const acts::put& x) {
  auto who = running_at(x.who);
  if (!who || x.key >= keys_.size())
    return;
  auto& machine = *sites_[*who].machine;
  const auto& key = keys_[x.key];
  auto old = choose(x.seed, machine.versions(key));
  auto when = machine.stamp_at(now_at(*who));
  auto letter = static_cast<char>('a' + x.seed % 26);
  std::string value(x.seed % 40, letter);
  auto sequence = machine.put(key, value, when, old.kept);
  crdt::dot id{machine.id(), machine.map().seen().latest(machine.id())};
  model_.has_put(*who, x.key, sequence, {id, when, std::move(value)},
                 old.removed);
  ++sites_[*who].writes;
}

void replica_sim::perform(const acts::erase& x) {
  auto who = running_at(x.who);
  if (!who || x.key >= keys_.size())
    return;
  auto& machine = *sites_[*who].machine;
  const auto& key = keys_[x.key];
  auto removed = choose(x.seed, machine.versions(key)).removed;
  auto sequence = machine.erase(key, removed);
  model_.has_erased(*who, x.key, sequence, removed);
  ++sites_[*who].writes;
}

void replica_sim::perform(const acts::fill& x) {
  for (std::uint64_t i = 0; i < std::min(x.count, keys_.size()); ++i)
    perform(acts::put{x.who, x.first + i, mix(x.seed, i)});
}

void replica_sim::perform(const acts::thin& x) {
  for (std::uint64_t i = 0; i < std::min(x.count, keys_.size()); ++i)
    perform(acts::erase{x.who, x.first + i, mix(x.seed, i)});
}

void replica_sim::perform(const acts::clear& x) {
  auto who = running_at(x.who);
  if (!who)
    return;
  auto& machine = *sites_[*who].machine;
  std::vector<crdt::dot> removed;
  machine.map().for_each([&](std::string_view, auto versions) {
    for (const auto& v : versions)
      removed.push_back(v.id);
  });
  auto sequence = machine.clear();
  model_.has_cleared(*who, sequence, removed);
  ++sites_[*who].writes;
}

void replica_sim::perform(const acts::up& x) {
  auto who = running_at(x.who);
  auto other = running_at(x.other);
  if (!who || !other)
    return;
  sites_[*who].machine->neighbour_up(sites_[*other].machine->id(),
                                     now_at(*who));
  finish(*who);
}

void replica_sim::perform(const acts::down& x) {
  auto who = running_at(x.who);
  auto oldest = who ? oldest_neighbour(*who, x.other) : std::nullopt;
  if (!oldest)
    return;
  unlink(*who, sites_[*oldest].id);
  finish(*who);
}

void replica_sim::unlink(site_no x, replica_id from) {
  sites_[x].machine->neighbour_down(from, now_at(x));
  host_of(sites_[x].at).parted_at[from] = now_;
}

void replica_sim::perform(const acts::suspect& x) {
  auto who = running_at(x.who);
  auto oldest = who ? oldest_neighbour(*who, x.other) : std::nullopt;
  if (!oldest)
    return;
  sites_[*who].machine->neighbour_suspect(sites_[*oldest].machine->id(),
                                          now_at(*who));
  finish(*who);
}

void replica_sim::perform(const acts::cut& x) {
  network_.cut(address_of(x.who), address_of(x.other));
}

void replica_sim::perform(const acts::mend& x) {
  network_.heal(address_of(x.who), address_of(x.other));
}

void replica_sim::perform(const acts::mend_all&) {
  network_.heal_all();
}

void replica_sim::perform(const acts::weather& x) {
  constexpr auto shortest = 100us;
  network_.set_faults({static_cast<unsigned>(x.lost_percent),
                       static_cast<unsigned>(x.repeated_percent), shortest,
                       shortest + std::chrono::microseconds{x.longest_us}});
}

void replica_sim::perform(const acts::clock& x) {
  auto& here = host_of(x.who);
  here.offset = std::chrono::milliseconds{x.offset_ms};
  here.permille = x.permille;
  here.set_at = now_;
}

void replica_sim::perform(const acts::crash& x) {
  if (running_at(x.who) && alive().size() > 1)
    stop(x.who);
}

void replica_sim::perform(const acts::leave& x) {
  auto leaves = running_at(x.who);
  if (!leaves || alive().size() == 1)
    return;
  stop(x.who);
  for (auto y : alive()) {
    unlink(y, sites_[*leaves].id);
    finish(y);
  }
}

void replica_sim::perform(const acts::start& x) {
  if (running_at(x.who))
    return;
  *host_of(x.who).store = replica_store{};
  start(x.who);
}

void replica_sim::perform(const acts::restart& x) {
  if (running_at(x.who))
    return;
  auto& store = *host_of(x.who).store;
  store.lose(x.lost);
  auto kept = store.newest();
  auto number = start(x.who);
  if (!number || !kept)
    return;
  const auto& map = sites_[*number].machine->map();
  kept->state.seen.know(sites_[*number].id);
  if (map.digest() != kept->state.digest || map.seen() != kept->state.seen)
    model_.fail("a store does not give back what was kept");
  model_.has_received(*number, kept->letter);
  finish(*number);
}

} // namespace horde::sim
