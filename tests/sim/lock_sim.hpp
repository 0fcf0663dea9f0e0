// SPDX-License-Identifier: MIT
//
// One to seven members, one seed: processes take few locks, keep them for a
// while or until they are lost. Messages get lost, come twice, late and out of
// order; links are cut in one or both directions; members stop for a while and
// go on, crash and start anew; member lists change, also on both sides of a
// cut. Clocks run at different rates, those of the time of day are far apart.
//
// At any instant of true time at most one process may believe that it has a
// key, by its own clock. Each grant of a key has a larger token than those
// before. Once the faults stop, who waits for a lock gets it, and nothing is
// left in memory when all were given back.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "horde/naming/cluster_locks.hpp"
#include "sim/agenda.hpp"

namespace horde::sim {

class lock_sim {
public:
  explicit lock_sim(std::uint64_t seed);

  /// Runs to the end. Returns what went wrong first; empty: nothing.
  std::string run();

  std::uint64_t trace() const { return trace_; }
  std::size_t grants() const { return grants_; }
  std::size_t losses() const { return losses_; } ///< leases that ended
  std::size_t restarts() const { return restarts_; }
  std::size_t list_changes() const { return list_changes_; }

private:
  /// Which faults there are: restarts and changes of the list at a time are
  /// more than is promised.
  enum class kind { restarts, lists, both_with_care };

  /// The latest list wins, as in the shared map.
  struct version {
    std::uint64_t number = 0;
    std::size_t by = 0;
    std::vector<std::size_t> list;
    friend auto operator<=>(const version&, const version&) = default;
  };

  struct place {
    std::unique_ptr<naming::cluster_locks> locks; ///< null: crashed
    replica_id id{};
    version members;
    std::int64_t drift = 0; ///< of a million
    duration offset{};
    duration wall_offset{};
    instant paused_until;
    instant born;
    std::uint64_t wakes = 0;
    std::uint64_t leaps = 0;
  };

  struct packet {
    std::size_t to = 0;
    replica_id from{};
    replica_id life{}; ///< of the receiver
    std::string bytes;
  };
  struct wake {
    std::size_t who = 0;
    std::uint64_t number = 0;
  };
  struct look {
    std::size_t who = 0;
  };
  struct give_back {
    std::size_t who = 0;
    naming::lock_ticket ticket{};
  };
  using thing = std::variant<packet, wake, look, give_back>;

  struct wish {
    std::size_t who = 0;
    std::string key;
    bool is_granted = false;
  };

  lock_sim(std::uint64_t seed, random_engine rng);

  // What happens.
  void random_act();
  void ask(std::size_t who, const std::string& key, duration limit);
  void change_the_network();
  void change_the_list(std::size_t who, std::vector<std::size_t> list);
  void crash(std::size_t who);
  void start(std::size_t who);
  bool may_crash(std::size_t who) const;
  bool may_change_the_list() const;
  bool all_know_enough() const;
  void heal();
  void ask_for_all();

  // The world.
  void run_for(duration d);
  void perform(thing x);
  void perform(std::size_t who, naming::lock::effects effects);
  void look_around(std::size_t who);
  void after_step(std::size_t who);
  void send(std::size_t from, replica_id to, std::string bytes);
  moment local(std::size_t who) const;
  instant true_time(std::size_t who, instant at) const;
  bool is_cut(std::size_t from, std::size_t to) const {
    return cuts_.contains({from, to});
  }
  member_id member(std::size_t i) const {
    return {"names", "n" + std::to_string(i)};
  }
  template <class F>
  void on(std::size_t who, F event);

  // What must be true.
  void fail(const std::string& what);
  void check_holders();
  void check_end();

  bool one_in(std::uint64_t n) { return below(rng_, n) == 0; }
  std::size_t random_place() { return below(rng_, places_.size()); }
  std::string random_key() { return "key " + std::to_string(below(rng_, 2)); }
  duration up_to(duration d) {
    return duration{static_cast<duration::rep>(
      below(rng_, static_cast<std::uint64_t>(d.count()) + 1))};
  }

  std::uint64_t seed_;
  random_engine rng_;
  kind kind_;
  naming::lock_config cfg_;
  unsigned loss_percent_ = 0;
  unsigned twice_percent_ = 0;
  duration slowest_{};
  instant now_;
  agenda<thing> agenda_;
  std::vector<place> places_;
  std::uint64_t lives_ = 0;
  std::uint64_t versions_ = 0;
  std::set<std::pair<std::size_t, std::size_t>> cuts_;
  std::map<naming::lock_ticket, wish> wishes_;
  std::uint64_t tickets_ = 0;
  std::map<std::string, std::uint64_t> tokens_; ///< the last one of each key
  bool clocks_differ_ = false;
  bool tokens_may_fall_ = false;
  bool is_calm_ = false; ///< no faults any more
  std::size_t grants_ = 0;
  std::size_t losses_ = 0;
  std::size_t restarts_ = 0;
  std::size_t list_changes_ = 0;
  std::uint64_t trace_ = 0;
  std::string problem_;
};

} // namespace horde::sim
