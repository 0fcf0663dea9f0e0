// SPDX-License-Identifier: MIT

#include "support/caf_cluster.hpp"

#if HORDE_CAF1
#include <caf/test/fixture/deterministic.hpp>
#include <caf/test/reporter.hpp>
#else
#include <caf/scheduler/test_coordinator.hpp>
#endif

namespace horde::test {

// -- quiet_system: the only part that depends on the CAF line -----------------

#if HORDE_CAF1

namespace {

/// Outside of CAF's own test runner there is no reporter, and its fixture wants
/// one. A quiet one: to print, it would want a running test.
bool have_reporter() {
  static auto reporter = caf::test::reporter::make_default();
  reporter->verbosity(0);
  caf::test::reporter::instance(reporter.get());
  return true;
}

bool have_types() {
  caf::actor_system_config cfg;
  init_types<caf::id_block::horde_caf>(cfg);
  return have_reporter();
}

} // namespace

struct quiet_system::impl {
  bool ready = have_types();
  caf::test::fixture::deterministic fixture;
};

caf::actor_system& quiet_system::sys() {
  return impl_->fixture.sys;
}

void quiet_system::run() {
  impl_->fixture.dispatch_messages();
}

bool quiet_system::step() {
  return impl_->fixture.dispatch_message();
}

void quiet_system::advance(duration by) {
  impl_->fixture.advance_time(by);
  run();
}

#else

namespace {

struct quiet_config : caf::actor_system_config {
  quiet_config() {
    init_types<caf::id_block::horde_caf>(*this);
    set_option(*this, "scheduler.policy", std::string{"testing"});
  }
};

} // namespace

struct quiet_system::impl {
  quiet_config cfg;
  caf::actor_system sys{cfg};
  caf::scheduler::test_coordinator& scheduler =
    dynamic_cast<caf::scheduler::test_coordinator&>(sys.scheduler());
};

caf::actor_system& quiet_system::sys() {
  return impl_->sys;
}

void quiet_system::run() {
  impl_->scheduler.run();
}

bool quiet_system::step() {
  return impl_->scheduler.try_run_once();
}

void quiet_system::advance(duration by) {
  impl_->scheduler.advance_time(by);
  run();
}

#endif

quiet_system::quiet_system() : impl_(std::make_unique<impl>()) {
  advance(std::chrono::hours{1}); // 0.17's clock must not be at zero
}

quiet_system::~quiet_system() = default;

// -- caf_cluster
// ------------------------------------------------------------------

caf_cluster::caf_cluster(std::size_t nodes, member_mode mode,
                         std::shared_ptr<sync::storage> store_of_first,
                         const members& list, horde_rules rules) {
  places_.reserve(nodes);
  for (std::size_t i = 0; i < nodes; ++i)
    add_place(i, mode, i == 0 ? store_of_first : nullptr, list, rules);
  quiet.run();
}

caf_cluster::~caf_cluster() {
  stop();
}

void caf_cluster::stop() {
  for (auto& x : places_) {
    anon_tell(x.names_actor, actors::stop_member{});
    anon_tell(x.workers_actor, actors::stop_member{});
  }
  quiet.run();
  places_.clear();
}

void caf_cluster::add_place(std::size_t i, member_mode mode,
                            std::shared_ptr<sync::storage> store,
                            const members& list, const horde_rules& rules) {
  place x;
  x.context = std::make_shared<actors::node_context>(quiet.sys());
  x.context->own_threads = false;
  x.context->self = {"n" + std::to_string(i), {1, i + 1}};
  x.context->node = spawn_stand_in(i);
  auto member = [&](const std::string& horde, horde_kind kind) {
    return hosted_member{{horde, x.context->self.name},
                         kind,
                         replica_id{100 * (i + 1) + static_cast<int>(kind)},
                         "members=test",
                         nullptr};
  };
  auto roster = [&](const hosted_member& self) {
    return membership::roster_config{self.who, x.context->self, mode, list};
  };
  x.names_member = member("names", horde_kind::registry);
  naming::config names_cfg;
  names_cfg.roster = roster(x.names_member);
  names_cfg.keys = rules.keys;
  if (rules.choose)
    names_cfg.conflicts = conflict_rule::decided;
  x.names = std::make_shared<actors::registry_engine>(
    x.context, names_cfg, rules.choose, x.names_member, i + 1);
  x.parts = std::make_shared<actors::registry_parts>(std::vector{x.names});
  x.names_actor = actors::spawn_registry_member(*x.context, x.parts, 0);
  x.names_member.actor = x.names_actor;
  x.names->start(x.names_actor);
  x.workers_member = member("workers", horde_kind::supervisor);
  scheduling::config workers_cfg;
  workers_cfg.roster = roster(x.workers_member);
  workers_cfg.store = std::move(store);
  if (rules.strategy)
    workers_cfg.make_strategy = rules.strategy;
  x.workers = std::make_shared<actors::supervisor_engine>(
    x.context, workers_cfg, x.workers_member, 1, i + 1);
  x.workers_actor = actors::spawn_supervisor_member(*x.context, x.workers);
  x.workers_member.actor = x.workers_actor;
  x.workers->restore();
  x.workers->start(x.workers_actor);
  places_.push_back(std::move(x));
}

/// What a node does when a member of it has a new id.
caf::actor caf_cluster::spawn_stand_in(std::size_t i) {
  auto unhost = [this, i](const actors::unhost_member& x) {
    for (auto to : in_reach_of(i))
      for (const auto& who :
           {places_[to].names_actor, places_[to].workers_actor})
        anon_tell(who, actors::peer_gone{x.replica, true});
  };
  auto host = [this, i](const actors::host_member& x) {
    auto& here = places_[i];
    (x.member.kind == horde_kind::registry ? here.names_member
                                           : here.workers_member) = x.member;
    for (auto to : in_reach_of(i)) {
      introduce(places_[to], here);
      introduce(here, places_[to]);
    }
  };
  return quiet.sys().spawn([=](caf::event_based_actor*) -> caf::behavior {
    return {unhost, host};
  });
}

std::vector<std::size_t> caf_cluster::in_reach_of(std::size_t i) const {
  std::vector<std::size_t> result;
  for (std::size_t to = 0; to < places_.size(); ++to)
    if (to != i && !alone_.contains(i) && !alone_.contains(to))
      result.push_back(to);
  return result;
}

void caf_cluster::cut_off(std::size_t i) {
  for (auto to : in_reach_of(i)) {
    lose(places_[to], places_[i]);
    lose(places_[i], places_[to]);
  }
  alone_.insert(i);
  quiet.run();
}

void caf_cluster::reconnect(std::size_t i) {
  alone_.erase(i);
  for (auto to : in_reach_of(i)) {
    introduce(places_[to], places_[i]);
    introduce(places_[i], places_[to]);
  }
  quiet.run();
}

void caf_cluster::introduce_all() {
  for (auto& x : places_)
    x.context->types.set(types);
  for (auto& to : places_)
    for (auto& who : places_)
      if (&to != &who)
        introduce(to, who);
  quiet.run();
}

void caf_cluster::introduce(place& to, place& who) {
  node_event up{node_state::up, who.context->self, {}, "linked", {}};
  anon_tell(to.names_actor, up);
  anon_tell(to.workers_actor, up);
  for (const auto& member : {who.names_member, who.workers_member}) {
    anon_tell(to.names_actor, actors::peer_joined{member, who.context->self});
    anon_tell(to.workers_actor, actors::peer_joined{member, who.context->self});
  }
}

void caf_cluster::kill(std::size_t i) {
  auto& victim = places_[i];
  anon_tell(victim.names_actor, actors::stop_member{});
  victim.workers->kill_all();
  for (auto& x : places_)
    if (&x != &victim)
      lose(x, victim);
  quiet.run();
}

void caf_cluster::lose(place& to, place& who) {
  for (const auto& actor : {to.names_actor, to.workers_actor}) {
    for (const auto& member : {who.names_member, who.workers_member})
      anon_tell(actor, actors::peer_gone{member.replica, false});
    anon_tell(actor,
              node_event{node_state::down, who.context->self, {}, "lost", {}});
  }
}

caf::actor spawn_idler(caf::actor_system& sys) {
  return sys.spawn([](caf::event_based_actor*) -> caf::behavior {
    return {[](const std::string& x) { return x; }};
  });
}

} // namespace horde::test
