// SPDX-License-Identifier: MIT

#include "horde/actors/registry.hpp"

#include "horde/actors/member_setup.hpp"
#include "horde/actors/registry_parts.hpp"
#include "horde/actors/type_ids.hpp"
#include "horde/actors/wait_for.hpp"

namespace horde {

using actors::no_registry;

namespace {

/// What all partitions have in common; `bad_option` names what is wrong.
struct rules {
  naming::config cfg;
  conflict_function choose;
  std::string settings; ///< of which all members must have the same
};

outcome<rules> rules_of(actors::node_context& node,
                        const registry_options& options) {
  auto bad = [&](const std::string& what) {
    return failure{errc::bad_option,
                   "registry '" + options.name + "': " + what};
  };
  rules result;
  auto& cfg = result.cfg;
  cfg.sync = node.sync;
  cfg.max_name_bytes = options.max_name_bytes;
  cfg.max_value_bytes = options.max_value_bytes;
  cfg.locks.max_lease = options.max_lease;
  cfg.keys = options.keys;
  if (auto rule = std::get_if<conflict_rule>(&options.conflicts)) {
    cfg.conflicts = *rule;
  } else {
    cfg.conflicts = conflict_rule::decided;
    result.choose = std::get<conflict_function>(options.conflicts);
  }
  if (cfg.conflicts == conflict_rule::decided && !result.choose)
    return bad("conflicts takes last_wins, first_wins or a function");
  if (options.partitions == 0 || options.partitions > actors::most_partitions)
    return bad("partitions = " + std::to_string(options.partitions)
               + ": takes 1 to " + std::to_string(actors::most_partitions));
  for (const auto& [key, value] : options.meta) {
    auto bytes = to_value(node.sys, value);
    if (auto problem = std::get_if<failure>(&bytes))
      return bad("meta: " + problem->what);
    cfg.meta.emplace_back(key, std::get<std::string>(std::move(bytes)));
  }
  if (auto problem = naming::validate(cfg))
    return *problem;
  // Less than a millisecond is within what clocks may differ by.
  auto lease = options.max_lease / std::chrono::milliseconds{1};
  result.settings = std::string{" keys="} + to_string(cfg.keys)
                    + " conflicts=" + to_string(cfg.conflicts)
                    + " partitions=" + std::to_string(options.partitions)
                    + " max_lease=" + std::to_string(lease) + "ms";
  return result;
}

} // namespace

caf::expected<registry> registry::start(node& where, registry_options options) {
  if (!where)
    return to_error({errc::bad_option, "a registry needs a started node"});
  auto& context = where.context();
  auto common = rules_of(*context, options);
  if (auto problem = std::get_if<failure>(&common))
    return to_error(*problem);
  auto& x = std::get<rules>(common);
  std::vector<actors::member_setup> setups;
  std::vector<std::shared_ptr<actors::registry_engine>> engines;
  for (std::size_t i = 0; i < options.partitions; ++i) {
    auto setup =
      actors::set_up_member(*context, options.name, horde_kind::registry,
                            options.members, options.forget_after, i);
    if (auto problem = std::get_if<failure>(&setup))
      return to_error(*problem);
    auto& member =
      setups.emplace_back(std::get<actors::member_setup>(std::move(setup)));
    member.self.settings += x.settings;
    auto cfg = x.cfg;
    cfg.roster = member.roster;
    if (i > 0)
      cfg.meta.clear();
    engines.push_back(std::make_shared<actors::registry_engine>(
      context, std::move(cfg), x.choose, member.self, member.seed));
  }
  registry result;
  result.name_ = options.name;
  result.actors_.clear();
  result.parts_ = std::make_shared<actors::registry_parts>(std::move(engines));
  for (std::size_t i = 0; i < setups.size(); ++i) {
    auto& member = setups[i];
    auto done = where.adopt(member.self.who.horde, [&] {
      result.actors_.push_back(
        actors::spawn_registry_member(*context, result.parts_, i));
      return actors::begin_member(*context, member, *result.parts_->all()[i],
                                  result.actors_.back());
    });
    if (!done) {
      result.stop();
      return std::move(done.error());
    }
  }
  return result;
}

caf::expected<void> registry::stop(duration limit) {
  if (!parts_)
    return no_registry();
  auto& node = parts_->first().node();
  caf::scoped_actor self{node.sys};
  caf::expected<void> result;
  for (const auto& x : actors_) {
    ask(self, x, limit, actors::stop_member{})
      .receive([] {},
               [&](const caf::error& why) {
                 if (why != caf::sec::request_receiver_down) // it has ended
                   result = why;
               });
    node.members.remove(x);
  }
  return result;
}

caf::expected<void> registry::register_name(const caf::actor& who,
                                            const std::string& name,
                                            const caf::message& value) {
  if (!parts_)
    return no_registry();
  return parts_->of(name).register_name(
    caf::actor_cast<caf::strong_actor_ptr>(who), name, value);
}

caf::expected<pid>
registry::spawn_registered(const std::string& name,
                           const std::function<caf::actor()>& start,
                           const caf::message& value) {
  if (!parts_)
    return no_registry();
  if (auto problem = parts_->first().needs_unique_keys("spawn_registered"))
    return to_error(*problem);
  if (auto owner = whereis(name))
    return *owner;
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
  if (parts_ && who)
    parts_->of(name).unregister(who->id(), name);
}

std::optional<registration> registry::lookup(const std::string& name) const {
  return parts_ ? parts_->of(name).view().lookup(name) : std::nullopt;
}

std::vector<registration> registry::lookup_all(const std::string& name) const {
  return parts_ ? parts_->of(name).view().lookup_all(name)
                : std::vector<registration>{};
}

std::optional<pid> registry::whereis(const std::string& name) const {
  if (!parts_)
    return std::nullopt;
  auto found = parts_->of(name).view().owner_of(name);
  return found ? std::optional{found->first} : std::nullopt;
}

caf::expected<duration> registry::last_contact(const std::string& name) const {
  if (!parts_)
    return no_registry();
  return parts_->of(name).last_contact(name);
}

caf::expected<caf::message> registry::value_of(const registration& x) const {
  if (!parts_)
    return no_registry();
  return horde::value_of(parts_->first().node().sys, x.value);
}

bool registry::unregister_match(
  const caf::actor& who, const std::string& name,
  const std::function<bool(const caf::message&)>& f) {
  return parts_ && parts_->of(name).unregister_match(who.id(), name, f);
}

caf::expected<value_change> registry::update_value(
  const caf::actor& who, const std::string& name,
  const std::function<caf::message(const caf::message&)>& f) {
  if (!parts_)
    return no_registry();
  return parts_->of(name).update_value(who.id(), name, f);
}

std::vector<registration> registry::match(const std::string& name,
                                          const predicate& f) const {
  auto result = lookup_all(name);
  std::erase_if(result, [&](const registration& x) {
    return !f(entry{parts_->first().node().sys, x});
  });
  return result;
}

std::uint64_t registry::count_match(const std::string& name,
                                    const predicate& f) const {
  return match(name, f).size();
}

std::vector<registration> registry::select(const predicate& f) const {
  std::vector<registration> result;
  if (parts_)
    parts_->for_each([&](const registration& x) {
      if (f(entry{parts_->first().node().sys, x}))
        result.push_back(x);
      return true;
    });
  return result;
}

std::uint64_t registry::count_select(const predicate& f) const {
  std::uint64_t result = 0;
  if (parts_)
    parts_->for_each([&](const registration& x) {
      result += f(entry{parts_->first().node().sys, x}) ? 1 : 0;
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

const caf::actor& registry::actor_of(const std::string& name) const {
  return actors_[actors::partition_of(name, actors_.size())];
}

std::vector<std::string> registry::keys(const pid& who) const {
  return parts_ ? parts_->keys(who) : std::vector<std::string>{};
}

std::uint64_t registry::count() const {
  return parts_ ? parts_->count() : 0;
}

std::vector<registration> registry::list(std::size_t limit) const {
  std::vector<registration> result;
  if (parts_ && limit > 0)
    parts_->for_each([&](const registration& x) {
      result.push_back(x);
      return result.size() < limit;
    });
  return result;
}

caf::expected<void> registry::send_as(const caf::actor& sender,
                                      const std::string& name,
                                      caf::message content) const {
  if (!parts_)
    return no_registry();
  return parts_->of(name).send(caf::actor_cast<caf::strong_actor_ptr>(sender),
                               name, std::move(content));
}

caf::expected<std::size_t> registry::publish_as(const caf::actor& sender,
                                                const std::string& name,
                                                caf::message content,
                                                publish_scope scope) const {
  if (!parts_)
    return no_registry();
  return parts_->of(name).publish(
    caf::actor_cast<caf::strong_actor_ptr>(sender), name, content, scope);
}

caf::expected<void> registry::send_to_one_as(const caf::actor& sender,
                                             const std::string& name,
                                             const chooser& choose,
                                             caf::message content) const {
  if (!parts_)
    return no_registry();
  return parts_->of(name).send_to_one(
    caf::actor_cast<caf::strong_actor_ptr>(sender), name, choose,
    std::move(content));
}

caf::expected<void> registry::wait_for_acks(std::uint32_t by,
                                            duration limit) const {
  if (!parts_)
    return no_registry();
  return actors::wait_for<void>(
    [&](auto done) { parts_->wait_for_acks(by, limit, std::move(done)); });
}

caf::expected<registration> registry::await(const std::string& name,
                                            duration limit) const {
  if (!parts_)
    return no_registry();
  return actors::wait_for<registration>(
    [&](auto done) { parts_->of(name).await(name, limit, std::move(done)); });
}

void registry::subscribe(const caf::actor& who) const {
  if (parts_)
    parts_->subscribe(caf::actor_cast<caf::strong_actor_ptr>(who));
}

void registry::unsubscribe(const caf::actor& who) const {
  if (parts_)
    parts_->unsubscribe(caf::actor_cast<caf::strong_actor_ptr>(who));
}

void registry::subscribe(std::function<void(const name_events&)> f) const {
  if (parts_)
    parts_->subscribe(std::move(f));
}

caf::expected<void> registry::set_members(const horde::members& list) {
  if (!parts_)
    return no_registry();
  return parts_->set_members(list);
}

bool registry::wait_for_quorum(duration limit) const {
  if (!parts_)
    return false;
  return bool{actors::wait_for<void>(
    [&](auto done) { parts_->wait_for_quorum(limit, std::move(done)); })};
}

member_list registry::members() const {
  return parts_ ? parts_->first().members() : member_list{};
}

registry_status registry::status() const {
  return parts_ ? parts_->status() : registry_status{};
}

pid registry::pid_of(const caf::actor& who) const {
  return parts_ && who ? pid{parts_->first().node().self.life, who->id()}
                       : pid{};
}

} // namespace horde
