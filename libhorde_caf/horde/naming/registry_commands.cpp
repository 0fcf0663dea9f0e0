// SPDX-License-Identifier: MIT
//
// What processes of this node ask a registry for, and the claims that come of
// it.

#include "horde/codec.hpp"
#include "horde/naming/registry.hpp"

namespace horde::naming {

using membership::is_kind;
using membership::make_key;
using membership::record_kind;
using membership::rest_of;

namespace {

std::optional<failure> check_meta_key(const config& cfg,
                                      const std::string& key) {
  if (key.size() <= cfg.max_name_bytes)
    return std::nullopt;
  return failure{errc::too_large, "a key of meta data takes at most "
                                    + std::to_string(cfg.max_name_bytes)
                                    + " bytes, not "
                                    + std::to_string(key.size())};
}

std::optional<failure> check_value(const config& cfg, const std::string& name,
                                   const std::string& value) {
  if (value.size() <= cfg.max_value_bytes)
    return std::nullopt;
  return failure{errc::too_large, "the value of '" + name + "' takes "
                                    + std::to_string(value.size())
                                    + " bytes; at most max_value_bytes = "
                                    + std::to_string(cfg.max_value_bytes)};
}

} // namespace

std::optional<failure> validate(const config& cfg) {
  if (auto problem = validate(cfg.locks))
    return problem;
  if (auto problem = horde::validate(cfg.roster.traits))
    return problem;
  if (cfg.max_name_bytes == 0)
    return failure{errc::bad_option, "max_name_bytes takes at least 1"};
  auto limit = sync::longest_value(cfg.sync);
  if (cfg.max_name_bytes > limit
      || cfg.max_value_bytes > limit - cfg.max_name_bytes)
    return failure{errc::bad_option,
                   "max_name_bytes + max_value_bytes takes at most "
                     + std::to_string(limit)
                     + ", a sixteenth of sync.max_message_bytes; they are "
                     + std::to_string(cfg.max_name_bytes) + " + "
                     + std::to_string(cfg.max_value_bytes)};
  for (const auto& [key, value] : cfg.meta) {
    auto problem = check_meta_key(cfg, key);
    if (!problem)
      problem = check_value(cfg, key, value);
    if (problem)
      return failure{errc::bad_option, "meta: " + problem->what};
  }
  return std::nullopt;
}

register_result registry::register_name(std::uint64_t actor,
                                        const std::string& name,
                                        std::string value, moment now,
                                        const std::string& child) {
  if (auto problem = check_member())
    return *std::move(problem);
  if (name.empty() || name.size() > cfg_.max_name_bytes)
    return failure{errc::too_large,
                   "a name takes 1 to " + std::to_string(cfg_.max_name_bytes)
                     + " bytes, not " + std::to_string(name.size())};
  if (auto problem = check_value(cfg_, name, value))
    return *std::move(problem);
  ++registrations_;
  auto key = make_key(record_kind::name, new_entry(name));
  auto there = replica_.versions(key);
  auto taken = winner(there, true);
  if (taken && !are_copies(child, taken->entry.child))
    return already_registered{pid_of(*taken), std::move(taken->entry.child)};
  if (auto mine = own(there)) // not settled yet
    return already_registered{pid_of(*mine), std::move(mine->entry.child)};
  auto is_held = [&](std::uint64_t hash) {
    auto result = false;
    visit_claims(actor, {hash}, [&](auto&&...) { result = true; });
    return result;
  };
  if (claims_.add(actor, replica_.map().hash_of(key), is_held))
    pending_.push_back(watch{actor});
  publish(key, {actor, std::move(value), {}, child}, replica_.stamp_at(now));
  return registered{};
}

void registry::mark(std::uint64_t actor, const std::string& child) {
  std::vector<holding> changed;
  visit_claims(actor, claims_.hashes_of(actor),
               [&](std::string_view key, reading x) {
                 if (x.entry.child != child)
                   changed.push_back({std::string{key}, std::move(x)});
               });
  for (auto& x : changed) {
    x.mine.entry.child = child;
    publish(x.key, std::move(x.mine.entry), x.mine.version.when);
  }
}

/// What an entry of this name is found by.
std::string registry::new_entry(const std::string& name) {
  if (cfg_.keys == key_mode::unique)
    return name;
  auto result = name;
  writer out{result};
  out.fixed64(static_cast<std::uint64_t>(replica_.id()));
  out.fixed64(registrations_);
  return result;
}

template <class F>
void registry::visit_claims(std::uint64_t actor,
                            const std::vector<std::uint64_t>& hashes,
                            F f) const {
  auto look = [&](std::string_view key, const crdt::version_view& x) {
    if (x.id.who != replica_.id() || !is_kind(key, record_kind::name))
      return;
    auto entry = from_bytes<name_entry>(x.value);
    if (entry && entry->actor == actor)
      f(key, reading{x, *std::move(entry)});
  };
  for (auto hash : hashes)
    replica_.map().visit(
      hash, hash, [&](std::uint64_t, std::string_view key, auto versions) {
        for (const auto& x : versions)
          look(key, x);
        return true;
      });
}

std::uint64_t registry::holding::revision() const {
  // Ids have many random bits, so this is as good as both numbers.
  const auto& id = mine.version.id;
  return static_cast<std::uint64_t>(id.who) + id.counter;
}

/// What this process has with that name.
std::vector<registry::holding>
registry::holdings(std::uint64_t actor, const std::string& name) const {
  std::vector<holding> result;
  auto prefix = make_key(record_kind::name, name);
  if (cfg_.keys == key_mode::unique) {
    auto mine = own(replica_.versions(prefix));
    if (mine && mine->entry.actor == actor)
      result.push_back({std::move(prefix), *std::move(mine)});
    return result;
  }
  visit_claims(actor, claims_.hashes_of(actor),
               [&](std::string_view key, reading x) {
                 if (key.size() == prefix.size() + duplicate_bytes
                     && key.starts_with(prefix))
                   result.push_back({std::string{key}, std::move(x)});
               });
  return result;
}

std::optional<registry::holding> registry::find(std::uint64_t actor,
                                                const std::string& name,
                                                std::uint64_t revision) const {
  for (auto& x : holdings(actor, name))
    if (x.revision() == revision)
      return std::move(x);
  return std::nullopt;
}

std::optional<failure> registry::check_member() const {
  if (roster_.is_member())
    return std::nullopt;
  return failure{errc::not_a_member,
                 to_string(roster_.self())
                   + " is no member of the horde; it takes writes on members "
                     "only"};
}

void registry::unregister(std::uint64_t actor, const std::string& name) {
  for (const auto& x : holdings(actor, name))
    release(x.key);
}

std::vector<held_value> registry::held(std::uint64_t actor,
                                       const std::string& name) const {
  std::vector<held_value> result;
  for (auto& x : holdings(actor, name))
    result.push_back({std::move(x.mine.entry.value), x.revision()});
  return result;
}

outcome<bool> registry::update(std::uint64_t actor, const std::string& name,
                               std::uint64_t revision, std::string value) {
  auto found = find(actor, name, revision);
  if (!found)
    return false;
  if (auto problem = check_value(cfg_, name, value))
    return *std::move(problem);
  found->mine.entry.value = std::move(value);
  publish(found->key, std::move(found->mine.entry), found->mine.version.when);
  return true;
}

bool registry::unregister(std::uint64_t actor, const std::string& name,
                          std::uint64_t revision) {
  auto found = find(actor, name, revision);
  if (found)
    release(found->key);
  return found.has_value();
}

std::optional<failure> registry::put_meta(const std::string& key,
                                          const std::string& value,
                                          moment now) {
  if (auto problem = check_member())
    return problem;
  if (auto problem = check_meta_key(cfg_, key))
    return problem;
  if (auto problem = check_value(cfg_, key, value))
    return problem;
  replica_.put(make_key(record_kind::meta, key), value, replica_.stamp_at(now));
  return std::nullopt;
}

std::optional<failure> registry::delete_meta(const std::string& key) {
  if (auto problem = check_member())
    return problem;
  replica_.erase(make_key(record_kind::meta, key));
  return std::nullopt;
}

std::size_t registry::process_ended(std::uint64_t actor, std::size_t at_most) {
  auto before = claims_.size();
  std::vector<std::string> keys;
  visit_claims(
    actor, claims_.take(actor, at_most),
    [&](std::string_view key, const reading&) { keys.emplace_back(key); });
  for (const auto& key : keys)
    release(key);
  return before - claims_.size();
}

// -- claims ------------------------------------------------------------------

void registry::publish(std::string_view key, name_entry entry,
                       crdt::stamp since) {
  std::vector<crdt::dot> others;
  for (const auto& x : replica_.versions(key))
    if (x.id.who != replica_.id())
      others.push_back(x.id);
  entry.beaten.clear();
  if (!disputes_.empty())
    if (auto i = disputes_.find(std::string{rest_of(key)});
        i != disputes_.end())
      entry.beaten = i->second.beaten;
  replica_.put(key, to_bytes(entry), since, others);
}

void registry::release(const std::string& key) {
  auto mine = own(replica_.versions(key));
  if (!mine) // two names with one hash: it is released already
    return;
  auto actor = mine->entry.actor;
  auto was_last = claims_.remove(actor);
  if (!disputes_.empty())
    disputes_.erase(std::string{rest_of(key)});
  if (was_last)
    pending_.push_back(unwatch{actor});
  replica_.erase(key, {{mine->version.id}});
}

void registry::release_all() {
  if (claims_.size() == 0)
    return;
  std::vector<std::string> keys;
  replica_.map().for_each([&](std::string_view key, auto versions) {
    for (const auto& x : versions)
      if (x.id.who == replica_.id() && is_kind(key, record_kind::name))
        keys.emplace_back(key);
  });
  for (const auto& key : keys)
    release(key);
}

} // namespace horde::naming
