// SPDX-License-Identifier: MIT

#include "horde/naming/registry.hpp"

#include <algorithm>

#include "horde/codec.hpp"

namespace horde::naming {

using membership::is_kind;
using membership::make_key;
using membership::record_kind;
using membership::rest_of;

registry::registry(config cfg, replica_id self, std::uint64_t seed)
    : cfg_(std::move(cfg)),
      replica_(self, remembering(cfg_.sync, cfg_.roster.forget_after), seed),
      roster_(cfg_.roster) {
  // nop
}

// -- life --------------------------------------------------------------------

void registry::start(moment now) {
  roster_.start(replica_, now);
  roster_changed_ = true;
}

std::optional<failure> registry::set_members(const members& list, moment now) {
  return roster_.set_members(replica_, list, now);
}

void registry::leave(moment) {
  release_all();
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
    for (const auto& x : step.lost) // what we stand for
      if (is_kind(x.key, record_kind::name))
        if (auto entry = from_bytes<name_entry>(x.what.value))
          publish(x.key, *std::move(entry), x.what.when);
    if (step.changed.empty() && !roster_changed_)
      break;
    read_changes(std::move(step.changed), now);
  }
  review_strangers(now);
  return std::exchange(pending_, {});
}

void registry::read_changes(std::vector<std::string> keys, moment now) {
  // First who is there: a name may not be lost to an owner that, as the same
  // message says, is there no more.
  for (const auto& key : keys)
    if (!is_kind(key, record_kind::name))
      roster_changed_ |= roster_.changed(replica_, key, now);
  if (std::exchange(roster_changed_, false))
    owners_changed(now);
  pending_.reserve(pending_.size() + keys.size());
  for (auto& key : keys)
    if (is_kind(key, record_kind::name))
      settle(std::move(key), now);
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
      visible_[x.replica] = {x.replica, x.who, x.node.life, true,
                             x.status == member_status::suspect};
  auto differs = false; // in who is visible; a suspect owner still is
  for (const auto& [owner, x] : before)
    if (!visible_.contains(owner)) {
      pending_.push_back(show_owner{owner, x.who, x.life, false, false});
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
    release_all();
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

void registry::settle(std::string key, moment now) {
  if (!unsettled_.empty())
    unsettled_.erase(key);
  auto name = rest_of(key);
  if (cfg_.keys == key_mode::duplicate && name.size() <= duplicate_bytes)
    return; // a liar's doing: no entry has such a key
  auto versions = replica_.versions(key);
  auto is_clear =
    versions.size() == 1 && visible_.contains(versions.front().id.who);
  if (versions.size() == 1 && !disputes_.empty())
    disputes_.erase(std::string{name});
  if (!is_clear && (erase_departed(key, now) || settle_claim(key)))
    return; // the key changed again and is settled again
  if (versions.size() > 1)
    contended_.insert(key);
  else if (!contended_.empty())
    contended_.erase(key);
  auto shown = winner(versions, true);
  if (!shown)
    shown = winner(versions, false); // hidden with its owner
  key.erase(0, key.size() - name.size());
  if (shown)
    pending_.push_back(
      show{std::move(key), shown->version.id.who, std::move(shown->entry)});
  else
    pending_.push_back(hide{std::move(key)});
}

} // namespace horde::naming
