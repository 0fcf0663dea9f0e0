// SPDX-License-Identifier: MIT
//
// N schedulers in one thread with virtual time: a fake process table that runs
// their effects (factories with delays, failures and crashes), a network
// between them, and what their nodes would tell them of each other. Everything
// follows from one seed. Stories use it with the default, kind settings; the
// simulation makes them unkind.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "horde/scheduling/scheduler.hpp"
#include "support/sim_network.hpp"

namespace horde::sim {

/// What the factory of a child type does.
struct factory {
  duration shortest = std::chrono::milliseconds{1};
  duration longest = std::chrono::milliseconds{1};
  unsigned fails_percent = 0;
  unsigned ignores_percent = 0;
  unsigned crashes_percent = 0; ///< of the started ones, after a while
  duration crashes_after = std::chrono::milliseconds{50};
  unsigned ends_percent = 0; ///< like `crashes_percent`, but a clean end
  duration stops_within = std::chrono::milliseconds{2};
  duration gives_state_within = std::chrono::milliseconds{2};
  unsigned keeps_silent_percent = 0; ///< if it is asked for its state
  unsigned passive_percent = 0; ///< like `ends_percent`, until it is activated
  unsigned refuses_state_percent = 0; ///< of its last copy
};

struct sim_config {
  member_mode mode = member_mode::automatic;
  duration hears_within = std::chrono::milliseconds{2}; ///< of links and nodes
  duration down_after = std::chrono::seconds{1};        ///< suspect before
  /// A new node hears of those that died before, also of earlier lives of those
  /// that are alive. False: as if it was never told by anybody.
  bool tells_of_the_dead = true;
  std::function<void(scheduling::config&)> adjust{};
  /// Two copies of a child at one time, also on two nodes, are a violation; so
  /// is a token that was there before, unless somebody terminated the child.
  bool exclusive = false;
  /// Starts and what factories gave may come to a member together: each waits
  /// for others for at most so long.
  duration gathers_within = duration::zero();
};

/// A start or terminate and its answers.
struct sim_call {
  std::size_t node = 0;
  instant asked{};
  std::string id;               ///< as given; made ids are in the answer
  supervision::child_spec spec; ///< of a start
  bool alone = false;           ///< no other member was linked at some time
  std::vector<scheduling::start_result> starts;
  std::vector<std::optional<failure>> terminates;
  instant answered{};
  bool lost = false; ///< the node of the caller died
};

class sim_members {
public:
  sim_members(std::uint64_t seed, std::size_t n, sim_config cfg = {});

  // -- what happens ----------------------------------------------------------

  /// Returns the number of the call.
  std::size_t start_child(std::size_t node, supervision::child_spec spec,
                          start_ack ack = start_ack::standard);
  std::size_t find_or_start(std::size_t node, supervision::child_spec spec);
  std::size_t terminate(std::size_t node, const std::string& id);
  std::size_t terminate(std::size_t node, const pid& who);
  std::size_t activate(std::size_t node, const std::string& id);
  void drain(std::size_t node);
  void rebalance(std::size_t node);
  /// Empty: it was released from quarantine.
  std::optional<failure> release(std::size_t node, const std::string& id);
  /// Empty: accepted.
  std::optional<failure> set_members(std::size_t node,
                                     const std::vector<std::size_t>& list,
                                     bool force = false);

  /// The node dies with all its processes; the others find it down later.
  void kill(std::size_t node);
  /// Starts a dead or drained node again, as a new incarnation.
  void restart(std::size_t node);
  void cut(std::size_t a, std::size_t b);
  void heal(std::size_t a, std::size_t b);
  void heal_all();
  /// What `from` says does not reach `to`, and nobody notices. Until `heal_all`
  /// or the death of one.
  void mute(std::size_t from, std::size_t to);
  /// Ends the process of `id` on `node`, if it runs there.
  bool crash(std::size_t node, const std::string& id,
             supervision::exit_kind how = supervision::exit_kind::crash);

  /// Its state grows by one, if it runs and was not asked for its state yet.
  bool count(const std::string& id);
  /// Nothing if it does not run exactly once.
  std::optional<std::uint64_t> counted(const std::string& id) const;

  void run_for(duration d) { run_until(now_ + d); }
  void run_until(instant t);
  /// Runs until `f` holds. False: it did not within `at_most`.
  bool run_while_not(const std::function<bool()>& f, duration at_most);

  std::map<std::string, factory> factories; ///< by child type
  sim_network network;

  // -- what is ---------------------------------------------------------------

  std::size_t size() const { return nodes_.size(); }
  bool is_alive(std::size_t node) const {
    return nodes_[node].machine != nullptr;
  }
  bool is_cut(std::size_t a, std::size_t b) const {
    return cuts_.contains(pair_of(a, b));
  }
  scheduling::scheduler& on(std::size_t node) { return *nodes_[node].machine; }
  const scheduling::scheduler& on(std::size_t node) const {
    return *nodes_[node].machine;
  }
  member_id member(std::size_t node) const;
  std::vector<std::size_t> alive() const;
  /// How often somebody began anew.
  std::uint64_t renewals() const { return renewals_; }
  std::size_t linked_peers(std::size_t node) const;
  /// True while it has not noticed a death.
  bool is_linked_to_the_dead(std::size_t node) const;
  instant now() const { return now_; }
  moment moment_now() const {
    return {now_, wall_time{now_.time_since_epoch()}};
  }

  const sim_call& call(std::size_t number) const { return calls_[number]; }
  const std::vector<sim_call>& calls() const { return calls_; }
  const scheduling::start_result& start_answer(std::size_t number) const;
  /// The pid that a start was answered with; none if it was no success.
  pid started_pid(std::size_t number) const;

  /// The nodes on which processes of `id` run, once for each process.
  std::vector<std::size_t> runs_on(const std::string& id) const;
  /// Calls `f` with each running process: its actor id, which is unique
  /// everywhere, its node and its child's id.
  void visit_running(const std::function<void(std::uint64_t, std::size_t,
                                              const std::string&)>& f) const;
  /// All ids with a running process, once for each.
  std::multiset<std::string> running() const;
  std::uint64_t starts_of(const std::string& id) const;
  /// With which spec `id` runs, and with which it should.
  std::optional<supervision::child_spec> spec_of(const std::string& id) const;
  std::optional<supervision::child_spec>
  wanted_spec(std::size_t node, const std::string& id) const;

  /// Empty: every wanted child runs exactly once and where all live members
  /// say, nothing else runs, and everybody agrees.
  std::string disagreement() const;
  /// Empty: nothing against the rules happened so far.
  const std::string& violation() const { return violation_; }
  /// What a node told since it was booted.
  const std::vector<child_event>& events(std::size_t node) const {
    return nodes_[node].events;
  }
  /// Why, if it did.
  const std::string& gave_up(std::size_t node) const {
    return nodes_[node].gave_up;
  }
  /// Children that were asked for their state, and it was not told where they
  /// went then. Of live nodes.
  std::size_t moves_untold() const;
  /// Empty: what each live node told of each child agrees with what it lists.
  std::string untold() const;
  std::uint64_t trace() const { return trace_ ^ network.trace(); }

private:
  struct process {
    std::size_t node = 0;
    scheduling::token start = 0;
    supervision::child_spec spec;
    std::uint64_t attempt = 0;
    std::uint64_t actor = 0;
    bool running = false;
    bool stopping = false;
    bool abandoned = false;
    bool is_asked = false;     ///< for its state
    std::uint64_t counter = 0; ///< its state
  };

  struct sim_node {
    std::string name;
    node_id id;
    std::vector<node_id> earlier; ///< lives
    replica_id replica{};
    std::unique_ptr<scheduling::scheduler> machine;
    std::uint64_t lives = 0;
    bool withdrawn = false;
    instant booted{};
    std::vector<child_event> events;
    std::string gave_up;                            ///< why
    std::vector<scheduling::asked_start> calls;     ///< not with it yet
    std::vector<scheduling::started_child> started; ///< likewise
    std::set<scheduling::token> asked; ///< for their states, and not told of
  };

  using node_pair = std::pair<std::size_t, std::size_t>;
  static node_pair pair_of(std::size_t a, std::size_t b) {
    return {std::min(a, b), std::max(a, b)};
  }

  std::size_t add_start(std::size_t node, const supervision::child_spec& spec);
  void boot(std::size_t node);
  void vanish(std::size_t node, node_state how);
  void renew(std::size_t node, replica_id renewed);
  void perform(std::size_t node, scheduling::effects out);
  /// What waits comes in, now or soon.
  void gather(std::size_t node);
  void bring_gathered(std::size_t node);
  void run_factory(std::size_t node, const scheduling::start_child& x);
  void factory_done(std::uint64_t number, std::uint64_t life);
  void end_process(std::uint64_t number, supervision::exit_kind how);
  void stop_process(std::size_t node, const scheduling::stop_child& x);
  void export_state(std::size_t node, const scheduling::export_state& x);
  /// Into a process of this node.
  std::uint64_t import_state(const scheduling::start_child& x);
  void check_exclusive(const process& x);
  void forget_tokens();
  void check_token(const scheduling::start_child& x);
  process* find_process(std::size_t node, scheduling::token start);
  void hear(std::size_t node, duration after, std::function<void()> f,
            std::size_t of);
  void lose(std::size_t observer, std::size_t subject, bool stopped,
            node_state at_last);
  void part(std::size_t observer, replica_id from, bool stopped);
  void meet(std::size_t observer, std::size_t subject);
  void at(instant t, std::function<void()> f) {
    events_.emplace(t, std::move(f));
  }
  void wake();
  duration up_to(duration d) {
    return duration{static_cast<duration::rep>(
      below(rng_, static_cast<std::uint64_t>(d.count()) + 1))};
  }
  void violate(const std::string& what);
  void note(std::string_view what);

  random_engine rng_;
  sim_config cfg_;
  instant now_{std::chrono::hours{1}};
  std::vector<sim_node> nodes_;
  std::set<node_pair> cuts_;
  std::multimap<instant, std::function<void()>> events_;
  /// Per observer and subject: news of a node come in order.
  std::map<node_pair, instant> last_news_;
  std::map<node_pair, std::uint64_t> news_generation_;
  std::map<std::uint64_t, process> processes_;
  std::uint64_t next_process_ = 1;
  std::uint64_t next_actor_ = 1;
  std::uint64_t renewals_ = 0;
  std::map<std::string, std::uint64_t> starts_;
  struct exported {
    std::string id;
    std::uint64_t attempt = 0;
    std::uint64_t counter = 0;
  };
  std::vector<exported> exports_; ///< a state is an index in here
  struct token {
    std::uint64_t attempt = 0;
    instant given{};
  };
  std::map<std::string, token> tokens_; ///< the latest
  std::set<std::string> terminated_;    ///< may begin a new life with any token
  std::set<node_pair> muted_;           ///< from, to
  std::vector<sim_call> calls_;
  std::string violation_;
  std::uint64_t trace_ = 0;
};

/// A spec with an id and type "ok".
supervision::child_spec child(std::string id,
                              restart when = restart::permanent);

} // namespace horde::sim
