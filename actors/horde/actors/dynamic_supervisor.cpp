// SPDX-License-Identifier: MIT

#include "horde/actors/dynamic_supervisor.hpp"

#include "horde/actors/child_encoding.hpp"
#include "horde/actors/member_setup.hpp"
#include "horde/actors/supervisor_engine.hpp"
#include "horde/actors/type_ids.hpp"
#include "horde/actors/wait_for.hpp"
#include "horde/sync/preloaded_storage.hpp"

namespace horde {

namespace {

caf::error no_supervisor() {
  return to_error({errc::unknown_horde, "this handle has no supervisor"});
}

std::string lease_setting(const scheduling::lease_config& x) {
  auto ms = [](duration d) {
    return std::to_string(d / std::chrono::milliseconds{1}) + "ms";
  };
  return " lease=" + ms(x.time) + " lease_margin=" + ms(x.margin);
}

} // namespace

caf::expected<std::shared_ptr<sync::storage>>
load_store(std::shared_ptr<sync::storage> store, const std::string& cluster) {
  auto result = sync::preloaded_storage::load(std::move(store),
                                              actors::sync_config_of(cluster));
  if (auto problem = std::get_if<failure>(&result))
    return to_error(*problem);
  return std::get<std::shared_ptr<sync::storage>>(std::move(result));
}

caf::expected<dynamic_supervisor>
dynamic_supervisor::start(node& where, supervisor_options options) {
  if (!where)
    return to_error({errc::bad_option, "a supervisor needs a started node"});
  if (options.max_starters == 0)
    return to_error({errc::bad_option, "max_starters = 0: takes 1 or more"});
  auto& context = where.context();
  auto setup =
    actors::set_up_member(*context, options.name, horde_kind::supervisor,
                          options.members, options.forget_after);
  if (auto problem = std::get_if<failure>(&setup))
    return to_error(*problem);
  auto& x = std::get<actors::member_setup>(setup);
  scheduling::config cfg;
  cfg.make_strategy = options.make_strategy
                        ? options.make_strategy
                        : placement::factory_of(options.strategy);
  cfg.lease.time = options.lease;
  cfg.lease.margin = options.lease_margin;
  auto strategy = cfg.make_strategy();
  x.self.settings += " strategy=" + std::string{strategy->name()};
  if (strategy->needs_quorum())
    x.self.settings += lease_setting(cfg.lease);
  cfg.roster = x.roster;
  cfg.sync = context->sync;
  cfg.redistribution = options.redistribution;
  cfg.place_after = options.place_after;
  cfg.drain_timeout = options.drain_timeout;
  for (auto& child : options.default_children) {
    auto spec = actors::encode_spec(context->sys, std::move(child));
    if (auto problem = std::get_if<failure>(&spec))
      return to_error(*problem);
    cfg.default_children.push_back(
      std::get<supervision::child_spec>(std::move(spec)));
  }
  cfg.max_moves = options.max_moves;
  cfg.max_state_bytes = options.max_state_bytes;
  cfg.export_within = options.export_within;
  cfg.fetch_within = options.fetch_within;
  cfg.max_restarts = options.max_restarts;
  cfg.max_seconds = options.max_seconds;
  cfg.member_max_restarts = options.member_max_restarts;
  cfg.member_max_seconds = options.member_max_seconds;
  cfg.backoff_first = options.backoff_first;
  cfg.backoff_at_most = options.backoff_at_most;
  cfg.max_children = options.max_children;
  cfg.max_children_of_horde = options.max_children_of_horde;
  cfg.ack = options.ack;
  cfg.store = options.store;
  if (auto problem = scheduling::validate(cfg))
    return to_error(*problem);
  dynamic_supervisor result;
  result.name_ = options.name;
  result.engine_ = std::make_shared<actors::supervisor_engine>(
    context, std::move(cfg), x.self, options.max_starters, x.seed);
  result.engine_->set_extra_arguments(std::move(options.extra_arguments));
  if (auto problem = result.engine_->restore())
    return to_error(*problem);
  auto done = where.adopt(options.name, [&] {
    result.actor_ = actors::spawn_supervisor_member(*context, result.engine_);
    return actors::begin_member(*context, x, *result.engine_, result.actor_);
  });
  if (!done)
    return std::move(done.error());
  return result;
}

caf::expected<void> dynamic_supervisor::stop(duration limit) {
  if (!engine_)
    return no_supervisor();
  auto& node = engine_->node();
  caf::scoped_actor self{node.sys};
  caf::expected<void> result;
  auto is_gone = false;
  ask(self, actor_, limit, actors::drain_member{})
    .receive([] {},
             [&](const caf::error& why) {
               is_gone = why == caf::sec::request_receiver_down;
               if (why == caf::sec::request_timeout)
                 result = to_error(
                   {errc::timeout, "not all children of '" + name_
                                     + "' ended in time; the others were "
                                       "killed"});
               else if (!is_gone)
                 result = why;
             });
  if (is_gone)
    return result;
  ask(self, actor_, call_timeout, actors::stop_member{})
    .receive([] {}, [](const caf::error&) {}); // then it has ended
  node.members.remove(actor_);
  return result;
}

caf::expected<child_started> dynamic_supervisor::start_child(child_spec spec,
                                                             start_ack ack) {
  if (!engine_)
    return no_supervisor();
  return actors::wait_for<child_started>([&](auto done) {
    engine_->start_child(std::move(spec), std::move(done), ack);
  });
}

caf::expected<child_started> dynamic_supervisor::find_or_start(std::string id,
                                                               child_spec spec,
                                                               start_ack ack) {
  if (!engine_)
    return no_supervisor();
  spec.id = std::move(id);
  return actors::wait_for<child_started>([&](auto done) {
    engine_->find_or_start(std::move(spec), std::move(done), ack);
  });
}

caf::expected<child_started>
dynamic_supervisor::activate_child(const std::string& id) {
  if (!engine_)
    return no_supervisor();
  return actors::wait_for<child_started>(
    [&](auto done) { engine_->activate_child(id, std::move(done)); });
}

caf::expected<void> dynamic_supervisor::send_as(const caf::actor& sender,
                                                const std::string& id,
                                                caf::message content) const {
  if (!engine_)
    return no_supervisor();
  return engine_->send(caf::actor_cast<caf::strong_actor_ptr>(sender), id,
                       std::move(content));
}

caf::expected<void> dynamic_supervisor::terminate_child(const std::string& id) {
  if (!engine_)
    return no_supervisor();
  return actors::wait_for<void>(
    [&](auto done) { engine_->terminate_child(id, {}, std::move(done)); });
}

caf::expected<void> dynamic_supervisor::terminate_child(const pid& who) {
  if (!engine_)
    return no_supervisor();
  return actors::wait_for<void>(
    [&](auto done) { engine_->terminate_child({}, who, std::move(done)); });
}

caf::expected<void> dynamic_supervisor::release_child(const std::string& id) {
  if (!engine_)
    return no_supervisor();
  return engine_->release_child(id);
}

void dynamic_supervisor::subscribe(const caf::actor& who) const {
  if (engine_)
    engine_->subscribe(caf::actor_cast<caf::strong_actor_ptr>(who));
}

void dynamic_supervisor::unsubscribe(const caf::actor& who) const {
  if (engine_)
    engine_->unsubscribe(caf::actor_cast<caf::strong_actor_ptr>(who));
}

void dynamic_supervisor::subscribe(
  std::function<void(const child_events&)> f) const {
  if (engine_)
    engine_->subscribe(std::move(f));
}

caf::expected<placement::plan> dynamic_supervisor::plan(child_spec spec) const {
  if (!engine_)
    return no_supervisor();
  return engine_->plan(std::move(spec));
}

move_list dynamic_supervisor::rebalance(bool dry_run) {
  return engine_ ? engine_->rebalance(dry_run) : move_list{};
}

move_list dynamic_supervisor::plan_nodes(const horde::plan_nodes& x) const {
  return engine_ ? engine_->plan_nodes(x) : move_list{};
}

child_list dynamic_supervisor::which_children() const {
  return engine_ ? engine_->which_children() : child_list{};
}

scheduling::child_counts dynamic_supervisor::count_children() const {
  return engine_ ? engine_->count_children() : scheduling::child_counts{};
}

caf::expected<void> dynamic_supervisor::set_members(const horde::members& list,
                                                    bool force) {
  if (!engine_)
    return no_supervisor();
  return engine_->set_members(list, force);
}

bool dynamic_supervisor::wait_for_quorum(duration limit) const {
  if (!engine_)
    return false;
  return bool{actors::wait_for<void>(
    [&](auto done) { engine_->wait_for_quorum(limit, std::move(done)); })};
}

member_list dynamic_supervisor::members() const {
  return engine_ ? engine_->members() : member_list{};
}

supervisor_status dynamic_supervisor::status() const {
  return engine_ ? engine_->status() : supervisor_status{};
}

} // namespace horde
