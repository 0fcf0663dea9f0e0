// SPDX-License-Identifier: MIT
//
// A few replicas on a bench: what they send lies in one queue, from which a
// test takes, drops, repeats or delivers messages one by one. Replica `i` has
// the id `i + 1`, until it begins anew: then its links do, too.

#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "horde/sync/replica.hpp"
#include "support/map_writes.hpp"
#include "support/sim_network.hpp"

namespace horde::sim {

class replica_bench {
public:
  explicit replica_bench(std::size_t n, sync::config cfg = {}) {
    for (std::size_t i = 0; i < n; ++i) {
      replicas_.push_back(
        std::make_unique<sync::replica>(id(i), cfg, std::uint64_t{i}));
      places_[id(i)] = i;
      ids_.push_back(id(i));
    }
  }

  static replica_id id(std::size_t i) { return replica_id{i + 1}; }
  sync::replica& operator[](std::size_t i) { return *replicas_[i]; }

  moment now;
  std::deque<packet> mail;          ///< sent and not delivered
  std::vector<std::string> changed; ///< by the newest step

  // -- writes: each one step of its own --------------------------------------

  std::uint64_t put(std::size_t i, std::string_view key,
                    const std::string& value) {
    auto& x = *replicas_[i];
    auto result = x.put(key, value, x.stamp_at(now));
    finish(i);
    return result;
  }

  std::uint64_t erase(std::size_t i, std::string_view key) {
    auto result = replicas_[i]->erase(key);
    finish(i);
    return result;
  }

  std::string value(std::size_t i, std::string_view key) const {
    auto x = replicas_[i]->winner(key);
    return std::string{x ? x->value : "(none)"};
  }

  // -- links -----------------------------------------------------------------

  void up(std::size_t i, std::size_t j) {
    links_.insert({i, j});
    replicas_[i]->neighbour_up(replicas_[j]->id(), now);
    finish(i);
  }

  void down(std::size_t i, std::size_t j) {
    links_.erase({i, j});
    replicas_[i]->neighbour_down(replicas_[j]->id(), now);
    finish(i);
  }

  /// All are neighbours of all and have caught up.
  void connect_all() {
    for (std::size_t i = 0; i < replicas_.size(); ++i)
      for (std::size_t j = 0; j < replicas_.size(); ++j)
        if (i != j)
          up(i, j);
    settle();
  }

  /// Delivers everything, also what is said a little later.
  void settle() {
    run();
    pass(sync::config{}.retransmit_after);
    run();
  }

  // -- steps -----------------------------------------------------------------

  void finish(std::size_t i) {
    auto step = replicas_[i]->finish(now);
    for (auto& s : step.sends)
      mail.push_back({replicas_[i]->id(), s.to, s.bytes});
    changed = step.changed;
    if (step.renewed)
      relink(i, *step.renewed);
  }

  packet take() {
    auto result = mail.front();
    mail.pop_front();
    return result;
  }

  void deliver(const packet& x) {
    auto i = places_.at(x.to);
    replicas_[i]->receive(x.from, *x.bytes, now);
    finish(i);
  }

  void deliver_next() { deliver(take()); }

  /// Delivers until nobody says anything.
  void run() {
    while (!mail.empty())
      deliver_next();
  }

  /// Time goes by; everybody ticks.
  void pass(duration x) {
    now.at += x;
    now.wall += x;
    for (std::size_t i = 0; i < replicas_.size(); ++i) {
      replicas_[i]->tick(now);
      finish(i);
    }
  }

  bool all_equal() const {
    for (const auto& x : replicas_)
      if (crdt::contents_of(x->map()) != crdt::contents_of(replicas_[0]->map())
          || x->map().seen() != replicas_[0]->map().seen())
        return false;
    return true;
  }

private:
  void relink(std::size_t i, replica_id renewed) {
    auto former = std::exchange(ids_[i], renewed);
    places_[renewed] = i;
    for (auto [from, to] : std::set{links_})
      if (to == i) {
        replicas_[from]->neighbour_down(former, now);
        up(from, i);
      } else if (from == i) {
        up(i, to);
      }
  }

  std::vector<std::unique_ptr<sync::replica>> replicas_;
  std::vector<replica_id> ids_;              ///< the present ones
  std::map<replica_id, std::size_t> places_; ///< of all ids ever
  std::set<std::pair<std::size_t, std::size_t>> links_;
};

/// A writer's first group: news about one key.
inline std::string push_of(const crdt::key_delta& x) {
  return encode_message(sync::push{0, 0, {}, news_of(x), {}, 1});
}

/// The message inside, if it is of this kind. Valid as long as the packet.
template <class T>
std::optional<T> as(const packet& x) {
  auto m = sync::decode_message(*x.bytes);
  if (m && std::holds_alternative<T>(*m))
    return std::get<T>(*m);
  return std::nullopt;
}

} // namespace horde::sim
