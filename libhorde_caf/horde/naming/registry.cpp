// SPDX-License-Identifier: MIT

#include "horde/naming/registry.hpp"

#include <algorithm>

#include "horde/codec.hpp"

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

registry::registry(config cfg, replica_id self, std::uint64_t seed)
    : cfg_(std::move(cfg)),
      replica_(self, remembering(cfg_.sync, cfg_.roster.forget_after), seed),
      roster_(cfg_.roster) {
  // nop
}

// -- commands ----------------------------------------------------------------

void registry::start(moment now) {
  roster_.start(replica_, now);
  roster_changed_ = true;
}

register_result registry::register_name(std::uint64_t actor,
                                        const std::string& name,
                                        std::string value, moment now) {
  if (auto problem = check_member())
    return *std::move(problem);
  if (name.empty() || name.size() > cfg_.max_name_bytes)
    return failure{errc::too_large,
                   "a name takes 1 to " + std::to_string(cfg_.max_name_bytes)
                     + " bytes, not " + std::to_string(name.size())};
  if (auto problem = check_value(cfg_, name, value))
    return *std::move(problem);
  ++revisions_;
  auto entry = new_entry(name);
  auto key = make_key(record_kind::name, entry);
  if (auto taken = winner(key, true))
    return already_registered{taken->entry.pid};
  if (auto mine = claims_.find(entry)) // our own, not settled yet
    return already_registered{{roster_.node().life, mine->actor}};
  if (!claims_.holds_any(actor))
    pending_.push_back(watch{actor});
  claims_.add(entry,
              {actor, replica_.stamp_at(now), std::move(value), revisions_});
  publish(entry, key);
  return registered{};
}

/// What an entry of this name is found by.
std::string registry::new_entry(const std::string& name) {
  if (cfg_.keys == key_mode::unique)
    return name;
  auto result = name;
  writer out{result};
  out.fixed64(static_cast<std::uint64_t>(replica_.id()));
  out.fixed64(revisions_);
  return result;
}

/// Those of this process.
std::vector<std::string> registry::entries_of(std::uint64_t actor,
                                              const std::string& name) const {
  if (cfg_.keys == key_mode::duplicate)
    return claims_.entries_of(actor, name, duplicate_bytes);
  if (claims_.find(actor, name))
    return {name};
  return {};
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
  for (const auto& entry : entries_of(actor, name))
    release(entry);
}

std::vector<held_value> registry::held(std::uint64_t actor,
                                       const std::string& name) const {
  std::vector<held_value> result;
  for (const auto& entry : entries_of(actor, name)) {
    auto mine = claims_.find(entry);
    result.push_back({mine->value, mine->revision});
  }
  return result;
}

outcome<bool> registry::update(std::uint64_t actor, const std::string& name,
                               std::uint64_t revision, std::string value) {
  for (const auto& entry : entries_of(actor, name)) {
    if (claims_.find(entry)->revision != revision)
      continue;
    if (auto problem = check_value(cfg_, name, value))
      return *std::move(problem);
    claims_.update(entry, std::move(value), ++revisions_);
    publish(entry, make_key(record_kind::name, entry));
    return true;
  }
  return false;
}

bool registry::unregister(std::uint64_t actor, const std::string& name,
                          std::uint64_t revision) {
  for (const auto& entry : entries_of(actor, name)) {
    if (claims_.find(entry)->revision != revision)
      continue;
    release(entry);
    return true;
  }
  return false;
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
  auto names = claims_.names_of(actor, at_most);
  for (const auto& name : names)
    release(name);
  return names.size();
}

std::optional<failure> registry::set_members(const members& list, moment now) {
  return roster_.set_members(replica_, list, now);
}

void registry::leave(moment) {
  for (const auto& name : claims_.names())
    release(name);
  roster_.withdraw(replica_);
}

// -- the outside -------------------------------------------------------------

void registry::receive(replica_id from, std::string_view bytes, moment now) {
  replica_.receive(from, bytes, now);
}

bool registry::peer_up(const member_id& who, const node_id&, replica_id replica,
                       moment now) {
  auto accepted = roster_.peer_up(replica_, who, replica, now);
  roster_changed_ = true;
  return accepted;
}

void registry::peer_down(replica_id replica, bool stopped, moment now) {
  roster_.peer_down(replica_, replica, stopped, now);
  // Also for one that is no member: it may have departed.
  roster_changed_ = true;
}

void registry::node_changed(const node_id& who, node_state state, moment now) {
  roster_changed_ |= roster_.node_changed(who, state, now);
  roster_.ask_for_last_words(replica_, who, state, now);
}

void registry::tick(moment now) {
  replica_.tick(now);
  roster_.tick(replica_, now);
  sweep(now);
  settle_some(now);
}

instant registry::wake_at() const {
  if (sweep_at_ || !unsettled_.empty())
    return instant{};
  auto result = std::min(replica_.wake_at(), roster_.wake_at());
  for (const auto& [owner, until] : strangers_)
    result = std::min(result, until);
  return result;
}

// -- one step ----------------------------------------------------------------

effects registry::finish(moment now) {
  // Settling writes, and writes change keys: until nothing changes any more.
  for (;;) {
    auto step = replica_.finish(now);
    for (auto& x : step.sends)
      pending_.push_back(send{x.to, std::move(x.bytes)});
    if (step.renewed) {
      pending_.push_back(renewed{*step.renewed});
      roster_.renewed(replica_, now);
      roster_changed_ = true;
    }
    roster_changed_ |= roster_.caught_up(replica_, now);
    if (step.changed.empty() && !roster_changed_)
      break;
    read_changes(step.changed, now);
  }
  review_strangers(now);
  return std::exchange(pending_, {});
}

void registry::read_changes(const std::vector<std::string>& keys, moment now) {
  // First who is there: a name may not be lost to an owner that, as the same
  // message says, is there no more.
  for (const auto& key : keys)
    if (!is_kind(key, record_kind::name))
      roster_changed_ |= roster_.changed(replica_, key, now);
  if (std::exchange(roster_changed_, false))
    owners_changed(now);
  for (const auto& key : keys)
    if (is_kind(key, record_kind::name))
      settle(key, now);
    else if (is_kind(key, record_kind::meta))
      read_meta(key);
}

void registry::write_first_meta(moment now) {
  for (const auto& [key, value] : std::exchange(cfg_.meta, {}))
    put_meta(key, value, now);
}

void registry::read_meta(const std::string& key) {
  show_meta change{std::string{rest_of(key)}, std::nullopt};
  if (auto x = replica_.winner(key))
    change.value = x->value;
  pending_.push_back(std::move(change));
}

void registry::owners_changed(moment now) {
  auto before = std::exchange(visible_, {});
  for (const auto& x : roster_.members())
    if (roster_.is_visible(x.replica))
      visible_[x.replica] = {x.replica, x.who, true,
                             x.status == member_status::suspect};
  auto differs = false; // in who is visible; a suspect owner still is
  for (const auto& [owner, x] : before)
    if (!visible_.contains(owner)) {
      pending_.push_back(show_owner{owner, x.who, false, false});
      differs = true;
    }
  for (const auto& [owner, x] : visible_) {
    auto known = before.find(owner);
    differs |= known == before.end();
    if (known == before.end() || known->second != x)
      pending_.push_back(x);
  }
  if (roster_.is_member())
    write_first_meta(now);
  else
    for (const auto& name : claims_.names())
      release(name);
  if (differs) {
    unsettled_ = contended_;
    settle_some(now);
  }
  review_janitor();
}

void registry::settle_some(moment now) {
  for (std::size_t i = 0; i < cfg_.max_settled_a_step && !unsettled_.empty();
       ++i)
    settle(std::string{*unsettled_.begin()}, now);
}

bool registry::is_unsettled(const std::string& name) const {
  return unsettled_.contains(make_key(record_kind::name, name));
}

void registry::settle(const std::string& key, moment now) {
  unsettled_.erase(key);
  std::string name{rest_of(key)};
  if (cfg_.keys == key_mode::duplicate && name.size() <= duplicate_bytes)
    return; // a liar's doing: no entry has such a key
  if (erase_departed(key, now) || settle_claim(name, key))
    return; // the key changed again and is settled again
  auto versions = replica_.versions(key);
  if (versions.size() > 1)
    contended_.insert(key);
  else
    contended_.erase(key);
  auto shown = winner(key, true);
  if (!shown)
    shown = winner(key, false); // hidden with its owner
  if (shown)
    pending_.push_back(
      show{name, shown->version.id.who, std::move(shown->entry)});
  else
    pending_.push_back(hide{name});
}

void registry::publish(const std::string& name, std::string_view key) {
  auto mine = claims_.find(name);
  std::vector<crdt::dot> others;
  for (const auto& x : replica_.versions(key))
    if (x.id.who != replica_.id())
      others.push_back(x.id);
  name_entry entry{{roster_.node().life, mine->actor}, mine->value, {}};
  if (auto i = disputes_.find(name); i != disputes_.end())
    entry.beaten = i->second.beaten;
  replica_.put(key, to_bytes(entry), mine->since, others);
}

void registry::release(const std::string& name) {
  auto key = make_key(record_kind::name, name);
  std::vector<crdt::dot> own;
  for (const auto& x : replica_.versions(key))
    if (x.id.who == replica_.id())
      own.push_back(x.id);
  drop_claim(name);
  replica_.erase(key, own);
}

void registry::drop_claim(const std::string& name) {
  auto actor = claims_.find(name)->actor;
  claims_.remove(name);
  disputes_.erase(name);
  if (!claims_.holds_any(actor))
    pending_.push_back(unwatch{actor});
}

} // namespace horde::naming
