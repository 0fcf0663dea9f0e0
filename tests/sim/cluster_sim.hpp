// SPDX-License-Identifier: MIT
//
// Several `cluster_view`s in one virtual network and virtual time. Everything
// is decided by the seed: the same seed gives the same trace.
//
// The network: dials take time, links deliver in order, a killed node's host
// refuses dials, a cut closes links (what was under way is lost) and lets dials
// time out. A way that is mute loses what goes along it and tells nobody: links
// stay, and deliver what they could not when it is mended. Packets get lost:
// then datagrams are gone and links deliver later. A front door resolves
// simultaneous dials to one link, replaces half-open links, and reports dials
// to ourselves.
//
// Nodes: may be paused, as by SIGSTOP, for any time, or be starved of processor
// time, which is many short pauses. What arrives meanwhile they find when they
// go on.
//
// After every step the promises that hold at any time are checked: `wake_at` is
// later than now, each node's events of another are in a sensible order, nobody
// is announced up after it died, nobody who lives and was not cut off is
// announced down, everybody who died is, in time (`cluster_sim_checks.cpp`).
// What is wrong is collected in `faults()`.

#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "horde/membership/cluster_view.hpp"
#include "sim/agenda.hpp"

namespace horde::sim {

using namespace membership;

/// Numbers of the simulated hosts; each runs at most one node at a time.
using host = std::size_t;

class cluster_sim {
public:
  cluster_sim(std::uint64_t seed, std::size_t hosts, cluster_config cfg = {});

  // Its agenda points to it.
  cluster_sim(const cluster_sim&) = delete;
  cluster_sim& operator=(const cluster_sim&) = delete;

  // -- what happens to the nodes ---------------------------------------------

  void start(host x); ///< also after a kill: a newer incarnation
  void connect(host from, host to);
  void kill(host x);
  void say_goodbye(host x);
  void break_link(host a, host b);
  void cut(host a, host b);
  void heal(host a, host b);
  void isolate(host x);          ///< cuts it from all others
  void heal_all();               ///< also what is mute
  void mute(host from, host to); ///< one way
  void mend(host from, host to);
  void mute_all_of(host x); ///< both ways
  void lose_packets(unsigned percent) {
    lost_percent_ = percent;
    has_lost_ = has_lost_ || percent > 0;
    troubled_at_ = now_;
  }
  void block_datagrams() { no_datagrams_ = true; }
  void pause(host x, duration d);
  /// Each time it has something to do it gets the processor that much later at
  /// most. 0: no more.
  void starve(host x, duration at_most) {
    hosts_[x].starved = at_most;
    troubled_at_ = now_;
  }

  void run_for(duration d);

  /// One random thing happens to the nodes.
  void disturb();

  // -- what can be seen ------------------------------------------------------

  struct seen {
    host by;
    instant at;
    node_event event;
  };

  std::size_t hosts() const { return hosts_.size(); }
  instant now() const { return now_; }
  random_engine& rng() { return rng_; }
  std::vector<host> all(bool alive) const;
  bool is_alive(host x) const { return hosts_[x].view != nullptr; }
  const cluster_view& view(host x) const { return *hosts_[x].view; }
  node_id id(host x) const; ///< of its latest incarnation
  const std::vector<seen>& events() const { return events_; }
  std::size_t messages() const { return messages_; }
  std::size_t news() const { return news_; } ///< infos in these messages
  std::size_t dials() const { return dials_; }
  std::size_t datagrams() const { return datagrams_; }

  /// A number made of all that happened.
  std::uint64_t trace() const { return trace_; }

  /// What contradicts the promises, in words.
  const std::vector<std::string>& faults() const { return faults_; }

  /// Why the views are not yet equal and true; empty if they are.
  std::string disagreement() const;

private:
  using action = std::function<void()>;
  using event = std::function<cluster_effects(cluster_view&)>;

  struct running {
    endpoint at;
    std::unique_ptr<cluster_view> view; ///< nothing: not running
    std::uint64_t life = 0;             ///< counts incarnations
    instant started{};                  ///< this one
    bool has_left = false;              ///< the last one said goodbye
    instant wakes_at = never;           ///< the next tick on the agenda
    instant paused_until{};
    instant paused_since{};
    duration starved{};
    duration longest_pause{};
    std::vector<action> found;                  ///< what arrived while paused
    std::map<host, std::vector<link_id>> links; ///< by who is at the other end
  };

  /// One end of a connection; open until its host is told otherwise.
  struct link_end {
    host at;
    std::uint64_t life;
    bool is_open = true;
    instant last{};          ///< latest delivery here: a link keeps the order
    std::vector<event> late; ///< what could not get here: the way is mute
  };
  using link = std::array<link_end, 2>;

  /// There are so many of them that they are not actions.
  struct arriving_beat {
    link_id link;
    std::size_t end;
    beat what;
  };

  // Time.
  void after(duration d, action f);
  duration latency();
  moment clock() const { return {now_, wall_time{now_.time_since_epoch()}}; }

  // Nodes.
  template <class F>
  void step(host x, const F& f);
  void schedule_tick(host x);
  void perform(host x, const cluster_effects& out);
  void stop(host x, bool with_goodbye);
  bool lives(host x, std::uint64_t life) const;
  void go_on(host x);

  // Network.
  void dial_from(host x, const endpoint& to);
  void answer_dial(host x, std::uint64_t life, host y);
  void open_link(host x, host y);
  void send(host x, const node_id& to, event f);
  void deliver(link_id id, std::size_t end, event f);
  void hang_up(link_id id, std::size_t end);
  void close_end(link_id id, std::size_t end);
  std::size_t end_of(link_id id, host x) const;
  std::optional<link_id> open_at(host x, host y) const;
  bool is_cut(host a, host b) const;
  bool is_mute(host from, host to) const { return mute_.contains({from, to}); }
  void send_datagram(host x, const send_beat& what);
  void arrive(const arriving_beat& x);
  duration retransmissions();
  static std::pair<host, host> pair(host a, host b);

  // Checks.
  bool is_calm() const;
  static duration prompt_death();
  duration silent_death() const;
  duration late_death() const;
  duration long_pause() const;
  void expect_obituaries(const node_id& who, duration within);
  void check_obituaries(const node_id& who, instant since);
  void observe(host x, const node_event& event);
  void check_order(const node_id& by, const node_event& event);
  void check_truth(host by, const node_event& event);
  duration afterglow_of(host by, host y) const;
  bool was_cut(host by, host y) const;
  bool was_paused(host x) const;
  void note(std::uint64_t what);
  void fault(const std::string& text);
  host host_of(const node_id& who) const;
  std::string disagreement(host x, host y, const std::string& seen) const;

  cluster_config cfg_;
  random_engine rng_;
  instant now_{};
  agenda<std::variant<action, arriving_beat>> agenda_;
  std::vector<running> hosts_;
  std::vector<link> links_{1}; ///< by number; no link has number 0
  std::set<std::pair<host, host>> cuts_;
  std::set<std::pair<host, host>> mute_;              ///< from, to
  std::map<std::pair<host, host>, instant> last_cut_; ///< or mute
  std::map<host, instant> last_long_pause_;           ///< when it ended
  unsigned lost_percent_ = 0;
  bool has_lost_ = false; ///< ever
  bool no_datagrams_ = false;
  std::map<node_id, instant> died_;
  instant troubled_at_{}; ///< the last trouble but deaths
  instant started_at_{};  ///< the last node

  std::vector<seen> events_;
  /// By observer and observed name: the last event.
  std::map<std::pair<node_id, std::string>, node_event> last_;
  std::vector<std::string> faults_;
  std::uint64_t trace_ = 14695981039346656037U;
  std::size_t messages_ = 0;
  std::size_t news_ = 0;
  std::size_t dials_ = 0;
  std::size_t datagrams_ = 0;
};

template <class F>
void cluster_sim::step(host x, const F& f) {
  auto& h = hosts_[x];
  if (!h.view)
    return;
  if (h.starved > duration::zero() && h.paused_until <= now_
      && h.found.empty()) {
    auto range = static_cast<std::uint64_t>(h.starved.count());
    pause(x, duration{1 + below(rng_, range)});
  }
  if (now_ < h.paused_until) {
    h.found.push_back([this, x, f, life = h.life] {
      if (lives(x, life))
        step(x, f);
    });
    return;
  }
  auto out = f(*h.view);
  perform(x, out);
  schedule_tick(x);
}

} // namespace horde::sim
