// SPDX-License-Identifier: MIT
//
// Supervisors that are lied to. Whatever they believe: no child is started
// beside its last copy or from a spec that is none, only what runs is stopped,
// and each caller is answered exactly once.

#include <map>
#include <set>

#include "fuzz/peers.hpp"
#include "horde/overload.hpp"
#include "horde/placement/rendezvous.hpp"
#include "horde/scheduling/scheduler.hpp"

namespace horde::fuzz {

namespace {

using namespace scheduling;

class shell {
public:
  shell(std::size_t i, member_mode mode, mail_queue& mail, moment now)
      : self_(i), mode_(mode), mail_(mail),
        core_(settings(i, mode), replica_of(i), i) {
    core_.tell_events(true);
    perform(core_.start(now));
  }

  void act(script& in, moment now);

  void receive(replica_id from, std::string_view bytes, moment now) {
    perform(core_.receive(from, bytes, now));
  }

  void tick(moment now) { perform(core_.tick(now)); }
  instant wake_at() const { return core_.wake_at(); }

  void link(std::size_t other, moment now) {
    perform(core_.node_changed(node_of(other), node_state::up, now));
    perform(
      core_.peer_up(member_of(other), node_of(other), replica_of(other), now));
    std::optional<failure> problem;
    if (mode_ == member_mode::automatic)
      perform(
        core_.set_members(roster_of(self_, mode_).list, false, now, problem));
  }

  void unlink(std::size_t other, script& in, moment now) {
    perform(core_.peer_down(replica_of(other), in.flag(), now));
    perform(core_.node_changed(node_of(other),
                               static_cast<node_state>(in.below(4)), now));
  }

  /// Factories answer, and what was to be stopped ends.
  void work(moment now);

  void check_at_end() const { HORDE_ASSERT(waiting_.empty()); }

private:
  struct process {
    std::string id;
    bool running = false;
    bool abandoned = false;
    bool stopping = false;
  };
  using processes = std::map<token, process>;

  static config settings(std::size_t i, member_mode mode) {
    config result;
    result.roster = roster_of(i, mode);
    result.sync.max_group_keys = 4;
    // Making a hash ring again and again would take most of the time.
    result.make_strategy = placement::make_rendezvous;
    result.review_slice = 4;
    result.max_children = 8;
    result.max_requests = 16;
    result.max_remembered = 8;
    return result;
  }

  void perform(effects out);
  void start(const start_child& x);
  void answered(token caller) { HORDE_ASSERT(waiting_.erase(caller) == 1); }
  void factory_done(processes::iterator x, std::size_t how, moment now);
  void ended(processes::iterator x, supervision::exit_kind how, moment now);
  void ask_start(script& in, moment now);
  void ask_terminate(script& in, moment now);
  token new_caller() { return *waiting_.insert(++callers_).first; }

  std::size_t self_;
  member_mode mode_;
  mail_queue& mail_;
  scheduler core_;
  processes processes_; ///< by the token of their start
  token last_start_ = 0;
  token callers_ = 0;
  std::set<token> waiting_; ///< callers without an answer
  std::uint64_t actors_ = 0;
  bool drained_ = false;
};

// -- what happens ------------------------------------------------------------

void shell::act(script& in, moment now) {
  if (drained_)
    return;
  auto what = in.below(32);
  if (what < 12)
    return ask_start(in, now);
  if (what < 16)
    return ask_terminate(in, now);
  if (what == 31 && self_ != 0)
    return perform(core_.drain(now));
  if (what == 30) {
    std::optional<failure> problem;
    return perform(core_.release_child(
      "child " + std::to_string(1 + in.below(7)), now, problem));
  }
  if (processes_.empty())
    return;
  auto x =
    std::next(processes_.begin(),
              static_cast<std::ptrdiff_t>(in.byte() % processes_.size()));
  if (!x->second.running)
    return factory_done(x, in.below(8), now);
  ended(x,
        in.flag() ? supervision::exit_kind::crash
                  : supervision::exit_kind::clean,
        now);
}

void shell::ask_start(script& in, moment now) {
  supervision::child_spec spec;
  if (auto n = in.below(8); n > 0)
    spec.id = "child " + std::to_string(n);
  spec.type = "t";
  spec.when = static_cast<restart>(in.below(3));
  if (in.below(8) == 7)
    spec.placement_key = "together";
  perform(core_.start_child(new_caller(), spec, now));
}

void shell::ask_terminate(script& in, moment now) {
  auto id = "child " + std::to_string(1 + in.below(7));
  if (auto known = core_.find(id); known && in.flag())
    perform(core_.terminate_child(new_caller(), known->pid, now));
  else
    perform(core_.terminate_child(new_caller(), id, now));
}

void shell::factory_done(processes::iterator x, std::size_t how, moment now) {
  auto start = x->first;
  if (how < 6) {
    x->second.running = true;
    return perform(
      core_.child_started(start, ++actors_ + 1000 * self_, "info", now));
  }
  processes_.erase(x);
  auto why = how == 6 ? errc::start_failed : errc::ignored;
  perform(core_.child_not_started(start, {why, "as told"}, now));
}

void shell::ended(processes::iterator x, supervision::exit_kind how,
                  moment now) {
  auto start = x->first;
  processes_.erase(x);
  perform(core_.child_exited(start, how, now));
}

void shell::work(moment now) {
  std::vector<token> all;
  for (const auto& [start, x] : processes_)
    all.push_back(start);
  for (auto start : all) {
    auto x = processes_.find(start);
    if (x != processes_.end() && !x->second.running)
      factory_done(x, x->second.abandoned ? 6 : 0, now);
    x = processes_.find(start);
    if (x != processes_.end() && x->second.stopping)
      ended(x, supervision::exit_kind::clean, now);
  }
}

// -- effects -----------------------------------------------------------------

void shell::start(const start_child& x) {
  HORDE_ASSERT(x.start > last_start_); // a token of its own
  last_start_ = x.start;
  HORDE_ASSERT(!supervision::validate(x.spec) && !x.spec.id.empty());
  for (const auto& [start, other] : processes_)
    HORDE_ASSERT(other.id != x.spec.id);
  processes_.emplace(x.start, process{x.spec.id});
}

void shell::perform(effects out) {
  for (auto& effect : out)
    std::visit(
      overload{
        [&](const start_child& x) { start(x); },
        [&](const abandon_start& x) {
          HORDE_ASSERT(processes_.contains(x.start));
          processes_.at(x.start).abandoned = true;
        },
        [&](const stop_child& x) {
          HORDE_ASSERT(processes_.contains(x.start));
          processes_.at(x.start).stopping = true;
        },
        [&](const answer_start& x) { answered(x.caller); },
        [&](const answer_terminate& x) { answered(x.caller); },
        [&](const scheduling::send& x) {
          mail_.push_back({core_.replica().id(), x.to, x.bytes});
        },
        [&](const renewed& x) { HORDE_ASSERT(x.id == core_.replica().id()); },
        [&](const child_event& x) { HORDE_ASSERT(!x.id.empty()); },
        [&](const gave_up& x) { HORDE_ASSERT(!x.why.empty()); },
        [&](const drained&) {
          HORDE_ASSERT(!std::exchange(drained_, true));
          HORDE_ASSERT(processes_.empty());
        },
      },
      effect);
}

} // namespace

void run_scheduler(std::string_view input) {
  peers<shell> x{script{input}};
  x.run();
}

std::vector<std::string> scheduler_seeds() {
  return busy_scripts();
}

} // namespace horde::fuzz
