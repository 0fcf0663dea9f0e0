// SPDX-License-Identifier: MIT

#include "horde/naming/registry.hpp"

#include <algorithm>

#include "horde/codec.hpp"

namespace horde::naming {

using membership::is_kind;
using membership::make_key;
using membership::record_kind;
using membership::rest_of;

std::optional<failure> validate(const config& cfg) {
  if (cfg.max_name_bytes == 0)
    return failure{errc::bad_option, "max_name_bytes takes at least 1"};
  auto limit = sync::longest_value(cfg.sync);
  if (cfg.max_name_bytes <= limit
      && cfg.max_value_bytes <= limit - cfg.max_name_bytes)
    return std::nullopt;
  return failure{errc::bad_option,
                 "max_name_bytes + max_value_bytes takes at most "
                   + std::to_string(limit)
                   + ", a sixteenth of sync.max_message_bytes; they are "
                   + std::to_string(cfg.max_name_bytes) + " + "
                   + std::to_string(cfg.max_value_bytes)};
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
  if (!roster_.is_member())
    return failure{errc::not_a_member,
                   to_string(roster_.self())
                     + " is no member of the horde; "
                       "names are registered on members only"};
  if (name.empty() || name.size() > cfg_.max_name_bytes)
    return failure{errc::too_large,
                   "a name takes 1 to " + std::to_string(cfg_.max_name_bytes)
                     + " bytes, not " + std::to_string(name.size())};
  if (value.size() > cfg_.max_value_bytes)
    return failure{errc::too_large, "the value of '" + name + "' takes "
                                      + std::to_string(value.size())
                                      + " bytes; at most max_value_bytes = "
                                      + std::to_string(cfg_.max_value_bytes)};
  auto key = make_key(record_kind::name, name);
  if (auto taken = winner(key, true))
    return already_registered{taken->entry.pid};
  if (auto mine = claims_.find(name)) // our own entry, not settled yet
    return already_registered{{roster_.node().life, mine->actor}};
  if (!claims_.holds_any(actor))
    pending_.push_back(watch{actor});
  claims_.add(name, {actor, replica_.stamp_at(now), std::move(value)});
  publish(name, key);
  return registered{};
}

void registry::unregister(std::uint64_t actor, const std::string& name) {
  auto mine = claims_.find(name);
  if (mine != nullptr && mine->actor == actor)
    release(name);
}

void registry::process_ended(std::uint64_t actor) {
  for (const auto& name : claims_.names_of(actor))
    release(name);
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
}

instant registry::wake_at() const {
  if (sweep_at_)
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
  if (!roster_.is_member())
    for (const auto& name : claims_.names())
      release(name);
  if (differs)
    for (const auto& key : std::set<std::string>{contended_})
      settle(key, now);
  review_janitor();
}

std::optional<registry::reading> registry::winner(std::string_view key,
                                                  bool visible) const {
  for (const auto& x : replica_.versions(key)) // latest first
    if (visible_.contains(x.id.who) == visible)
      if (auto entry = from_bytes<name_entry>(x.value))
        return reading{x, *std::move(entry)};
  return std::nullopt;
}

void registry::settle(const std::string& key, moment now) {
  std::string name{rest_of(key)};
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

bool registry::settle_claim(const std::string& name, const std::string& key) {
  auto mine = claims_.find(name);
  if (mine == nullptr)
    return false;
  auto versions = replica_.versions(key);
  auto own =
    std::find_if(versions.begin(), versions.end(),
                 [this](const auto& x) { return x.id.who == replica_.id(); });
  if (own == versions.end()) { // erased or replaced: we are the authority
    publish(name, key);
    return true;
  }
  if (versions.size() == 1)
    return false;
  auto best = winner(key, true);
  if (!best || best->version.id.who == replica_.id()
      || !crdt::later(best->version, *own))
    return false;
  pending_.push_back(evict{mine->actor, name, mine->value, best->entry.pid});
  release(name);
  return true;
}

void registry::publish(const std::string& name, std::string_view key) {
  auto mine = claims_.find(name);
  std::vector<crdt::dot> others;
  for (const auto& x : replica_.versions(key))
    if (x.id.who != replica_.id())
      others.push_back(x.id);
  name_entry entry{{roster_.node().life, mine->actor}, mine->value};
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
  if (!claims_.holds_any(actor))
    pending_.push_back(unwatch{actor});
}

// -- housekeeping for departed members ---------------------------------------

bool registry::is_departed(replica_id owner) const {
  return roster_.is_departed(replica_, owner) || forgotten_.contains(owner);
}

bool registry::erase_departed(std::string_view key, moment now) {
  std::vector<crdt::dot> gone;
  for (const auto& x : replica_.versions(key)) {
    auto owner = x.id.who;
    if (visible_.contains(owner))
      continue;
    if (is_departed(owner)) {
      // Who was only removed may be met again, and is to be known then.
      if (is_kind(key, record_kind::name) || roster_.is_gone_for_good(owner))
        gone.push_back(x.id);
    } else if (!roster_.is_known(owner)) {
      strangers_.emplace(owner, now.at + cfg_.keep_strangers);
    }
  }
  if (!is_janitor_ || gone.empty())
    return false;
  replica_.erase(key, gone);
  return true;
}

void registry::review_janitor() {
  std::set<replica_id> departed;
  for (auto owner : roster_.departed())
    if (roster_.is_departed(replica_, owner))
      departed.insert(owner);
  auto was_janitor = std::exchange(is_janitor_, roster_.is_janitor());
  if (!is_janitor_) {
    sweep_at_.reset();
    forgotten_.clear();
  } else if (!was_janitor || departed_ != departed) {
    sweep_at_ = 0;
  }
  departed_ = std::move(departed);
}

void registry::review_strangers(moment now) {
  // Names may arrive before we learn whose they are, or that he is gone. Or we
  // never learn it. Then to erase them costs nothing: if he lives after all, he
  // asserts them again.
  std::erase_if(strangers_, [&](const auto& x) {
    auto [owner, until] = x;
    if (roster_.is_known(owner))
      return true;
    if (until > now.at && !is_departed(owner))
      return false;
    if (is_janitor_) {
      forgotten_.insert(owner);
      sweep_at_ = 0;
    }
    return true;
  });
}

void registry::sweep(moment now) {
  if (!sweep_at_)
    return;
  std::vector<std::string> keys;
  auto last = *sweep_at_;
  std::size_t visited = 0;
  auto next = std::optional<std::uint64_t>{};
  replica_.map().visit_from(
    last, [&](std::uint64_t hash, std::string_view key, auto versions) {
      if (visited >= cfg_.max_erased_a_step && hash != last) {
        next = hash;
        return false;
      }
      ++visited;
      last = hash;
      auto is_hidden = [this](const crdt::version_view& x) {
        return !visible_.contains(x.id.who);
      };
      auto is_ours =
        is_kind(key, record_kind::name) || is_kind(key, record_kind::self);
      if (is_ours && std::ranges::any_of(versions, is_hidden))
        keys.emplace_back(key);
      return true;
    });
  sweep_at_ = next;
  for (const auto& key : keys)
    erase_departed(key, now);
  if (!sweep_at_)
    forgotten_.clear();
}

} // namespace horde::naming
