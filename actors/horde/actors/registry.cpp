// SPDX-License-Identifier: MIT

#include "horde/actors/registry.hpp"

#include "horde/actors/member_setup.hpp"
#include "horde/actors/registry_engine.hpp"
#include "horde/actors/type_ids.hpp"
#include "horde/actors/wait_for.hpp"

namespace horde {

namespace {

caf::error no_registry() {
  return to_error({errc::unknown_horde, "this handle has no registry"});
}

} // namespace

caf::expected<registry> registry::start(node& where, registry_options options) {
  if (!where)
    return to_error({errc::bad_option, "a registry needs a started node"});
  auto& context = where.context();
  auto setup =
    actors::set_up_member(*context, options.name, horde_kind::registry,
                          options.members, options.forget_after);
  if (auto problem = std::get_if<failure>(&setup))
    return to_error(*problem);
  auto& x = std::get<actors::member_setup>(setup);
  naming::config cfg;
  cfg.roster = x.roster;
  cfg.sync = context->sync;
  cfg.max_name_bytes = options.max_name_bytes;
  cfg.max_value_bytes = options.max_value_bytes;
  cfg.locks.max_lease = options.max_lease;
  if (options.max_lease != registry_options{}.max_lease)
    x.self.settings +=
      " max_lease=" + std::to_string(options.max_lease.count());
  for (const auto& [key, value] : options.meta) {
    auto bytes = to_value(context->sys, value);
    if (auto problem = std::get_if<failure>(&bytes))
      return to_error({errc::bad_option, "meta: " + problem->what});
    cfg.meta.emplace_back(key, std::get<std::string>(std::move(bytes)));
  }
  if (auto problem = naming::validate(cfg))
    return to_error(*problem);
  registry result;
  result.name_ = options.name;
  auto done = where.adopt(options.name, [&] {
    result.engine_ = std::make_shared<actors::registry_engine>(
      context, std::move(cfg), x.self, x.seed);
    result.actor_ = actors::spawn_registry_member(*context, result.engine_);
    return actors::begin_member(*context, x, *result.engine_, result.actor_);
  });
  if (!done)
    return std::move(done.error());
  return result;
}

caf::expected<void> registry::register_name(const caf::actor& who,
                                            const std::string& name,
                                            const caf::message& value) {
  if (!engine_)
    return no_registry();
  return engine_->register_name(caf::actor_cast<caf::strong_actor_ptr>(who),
                                name, value);
}

caf::expected<pid>
registry::spawn_registered(const std::string& name,
                           const std::function<caf::actor()>& start,
                           const caf::message& value) {
  if (auto owner = whereis(name))
    return *owner;
  if (!engine_)
    return no_registry();
  auto fresh = start();
  for (;;) {
    auto done = register_name(fresh, name, value);
    if (done)
      return pid_of(fresh);
    auto owner = whereis(name);
    if (code_of(done.error()) == errc::already_registered && !owner)
      continue; // and has lost it again
    caf::anon_send_exit(fresh, caf::exit_reason::user_shutdown);
    if (owner)
      return *owner;
    return std::move(done.error());
  }
}

void registry::unregister(const caf::actor& who, const std::string& name) {
  if (engine_ && who)
    engine_->unregister(who->id(), name);
}

std::optional<registration> registry::lookup(const std::string& name) const {
  return engine_ ? engine_->view().lookup(name) : std::nullopt;
}

std::optional<pid> registry::whereis(const std::string& name) const {
  if (!engine_)
    return std::nullopt;
  auto found = engine_->view().owner_of(name);
  return found ? std::optional{found->first} : std::nullopt;
}

caf::expected<caf::message> registry::value_of(const registration& x) const {
  if (!engine_)
    return no_registry();
  return horde::value_of(engine_->node().sys, x.value);
}

bool registry::unregister_match(
  const caf::actor& who, const std::string& name,
  const std::function<bool(const caf::message&)>& f) {
  return engine_ && engine_->unregister_match(who.id(), name, f);
}

caf::expected<value_change> registry::update_value(
  const caf::actor& who, const std::string& name,
  const std::function<caf::message(const caf::message&)>& f) {
  if (!engine_)
    return no_registry();
  return engine_->update_value(who.id(), name, f);
}

std::vector<registration> registry::match(const std::string& name,
                                          const predicate& f) const {
  std::vector<registration> result;
  auto found = lookup(name);
  if (found && f(entry{engine_->node().sys, *found}))
    result.push_back(*std::move(found));
  return result;
}

std::uint64_t registry::count_match(const std::string& name,
                                    const predicate& f) const {
  return match(name, f).size();
}

std::vector<registration> registry::select(const predicate& f) const {
  std::vector<registration> result;
  if (engine_)
    engine_->view().for_each([&](const registration& x) {
      if (f(entry{engine_->node().sys, x}))
        result.push_back(x);
      return true;
    });
  return result;
}

std::uint64_t registry::count_select(const predicate& f) const {
  std::uint64_t result = 0;
  if (engine_)
    engine_->view().for_each([&](const registration& x) {
      result += f(entry{engine_->node().sys, x}) ? 1 : 0;
      return true;
    });
  return result;
}

std::vector<registration> registry::values(const std::string& name,
                                           const pid& who) const {
  return match(name, [&](const entry& x) { return x.who() == who; });
}

std::size_t registry::dispatch(
  const std::string& name,
  const std::function<void(const std::vector<registration>&)>& f) const {
  auto found = match(name, [](const entry&) { return true; });
  if (!found.empty())
    f(found);
  return found.size();
}

caf::expected<void> registry::put_meta(const std::string& key,
                                       const caf::message& value) {
  if (!engine_)
    return no_registry();
  return engine_->put_meta(key, value);
}

caf::expected<void> registry::delete_meta(const std::string& key) {
  if (!engine_)
    return no_registry();
  return engine_->delete_meta(key);
}

caf::expected<caf::message> registry::meta(const std::string& key) const {
  if (!engine_)
    return no_registry();
  return engine_->meta(key);
}

std::vector<std::string> registry::keys(const pid& who) const {
  return engine_ ? engine_->view().names_of(who) : std::vector<std::string>{};
}

std::uint64_t registry::count() const {
  return engine_ ? engine_->view().count() : 0;
}

std::vector<registration> registry::list(std::size_t limit) const {
  std::vector<registration> result;
  if (engine_ && limit > 0)
    engine_->view().for_each([&](const registration& x) {
      result.push_back(x);
      return result.size() < limit;
    });
  return result;
}

caf::expected<void> registry::send_as(const caf::actor& sender,
                                      const std::string& name,
                                      caf::message content) const {
  if (!engine_)
    return no_registry();
  return engine_->send(caf::actor_cast<caf::strong_actor_ptr>(sender), name,
                       std::move(content));
}

caf::expected<void> registry::wait_for_acks(std::uint32_t by,
                                            duration limit) const {
  if (!engine_)
    return no_registry();
  return actors::wait_for<void>(
    [&](auto done) { engine_->wait_for_acks(by, limit, std::move(done)); });
}

caf::expected<registration> registry::await(const std::string& name,
                                            duration limit) const {
  if (!engine_)
    return no_registry();
  return actors::wait_for<registration>(
    [&](auto done) { engine_->await(name, limit, std::move(done)); });
}

caf::expected<void> registry::run_locked(const std::string& key,
                                         const std::function<void()>& f) const {
  if (!engine_)
    return no_registry();
  auto guard = engine_->locks().take(key);
  if (!guard)
    return to_error(
      {errc::refused, "the lock '" + key + "' is held by this very thread"});
  f();
  return {};
}

void registry::subscribe(const caf::actor& who) const {
  if (engine_)
    engine_->subscribe(caf::actor_cast<caf::strong_actor_ptr>(who));
}

void registry::unsubscribe(const caf::actor& who) const {
  if (engine_)
    engine_->unsubscribe(caf::actor_cast<caf::strong_actor_ptr>(who));
}

void registry::subscribe(std::function<void(const name_events&)> f) const {
  if (engine_)
    engine_->subscribe(std::move(f));
}

caf::expected<void> registry::set_members(const horde::members& list) {
  if (!engine_)
    return no_registry();
  return engine_->set_members(list);
}

bool registry::wait_for_quorum(duration limit) const {
  if (!engine_)
    return false;
  return bool{actors::wait_for<void>(
    [&](auto done) { engine_->wait_for_quorum(limit, std::move(done)); })};
}

member_list registry::members() const {
  return engine_ ? engine_->members() : member_list{};
}

registry_status registry::status() const {
  return engine_ ? engine_->status() : registry_status{};
}

pid registry::pid_of(const caf::actor& who) const {
  return engine_ && who ? pid{engine_->node().self.life, who->id()} : pid{};
}

} // namespace horde
