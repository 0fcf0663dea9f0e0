// SPDX-License-Identifier: MIT
//
// Which of several claims to a name holds, and what our own does about it.

#include <algorithm>

#include "horde/codec.hpp"
#include "horde/naming/registry.hpp"

namespace horde::naming {

using membership::make_key;
using membership::record_kind;
using membership::rest_of;

namespace {

claim_id id_of(const crdt::version_view& x) {
  return {x.id.who, x.when};
}

bool contains(const std::vector<claim_id>& xs, claim_id x) {
  return std::ranges::find(xs, x) != xs.end();
}

} // namespace

std::vector<registry::reading>
registry::claims_on(crdt::key_table::versions versions, bool visible) const {
  std::vector<reading> result;
  for (const auto& x : versions) // latest first
    if (visible_.contains(x.id.who) == visible)
      if (auto entry = from_bytes<name_entry>(x.value))
        result.push_back({x, *std::move(entry)});
  return result;
}

std::optional<registry::reading>
registry::own(crdt::key_table::versions versions) const {
  for (const auto& x : versions)
    if (x.id.who == replica_.id())
      if (auto entry = from_bytes<name_entry>(x.value))
        return reading{x, *std::move(entry)};
  return std::nullopt;
}

horde::pid registry::pid_of(const reading& x) const {
  auto owner = x.version.id.who;
  auto life = owner == replica_.id() ? roster_.node().life
                                     : visible_.find(owner)->second.life;
  return {life, x.entry.actor};
}

bool registry::wins(const crdt::version_view& a,
                    const crdt::version_view& b) const {
  return cfg_.conflicts == conflict_rule::first_wins ? crdt::later(b, a)
                                                     : crdt::later(a, b);
}

std::optional<registry::reading>
registry::winner(crdt::key_table::versions versions, bool visible) const {
  if (versions.size() > 1 && cfg_.conflicts == conflict_rule::decided)
    return undefeated(claims_on(versions, visible));
  std::optional<reading> result;
  for (const auto& x : versions)
    if (visible_.contains(x.id.who) == visible)
      if (!result || wins(x, result->version))
        if (auto entry = from_bytes<name_entry>(x.value))
          result = reading{x, *std::move(entry)};
  if (result && !result->entry.child.empty())
    return latest_copy(*std::move(result), claims_on(versions, visible));
  return result;
}

/// The first claim of a child may win, but the last copy has the name.
registry::reading registry::latest_copy(reading of,
                                        std::vector<reading> claims) {
  for (auto& x : claims)
    if (are_copies(x.entry.child, of.entry.child))
      return std::move(x);
  return of;
}

/// The latest of those that none of the others has beaten.
std::optional<registry::reading>
registry::undefeated(std::vector<reading> claims) {
  auto is_beaten = [&](const reading& x) {
    return std::ranges::any_of(claims, [&](const reading& by) {
      return contains(by.entry.beaten, id_of(x.version));
    });
  };
  auto found = std::ranges::find_if_not(claims, is_beaten);
  if (found == claims.end()) // a liar's doing
    found = claims.begin();
  if (found == claims.end())
    return std::nullopt;
  return std::move(*found);
}

bool registry::settle_claim(const std::string& key) {
  auto versions = replica_.versions(key);
  auto own =
    std::find_if(versions.begin(), versions.end(),
                 [this](const auto& x) { return x.id.who == replica_.id(); });
  if (own == versions.end() || versions.size() == 1)
    return false;
  if (cfg_.conflicts == conflict_rule::decided)
    return settle_dispute(key, versions, id_of(*own));
  auto best = winner(versions, true);
  if (!best || best->version.id.who == replica_.id())
    return false;
  auto is_visible = visible_.contains(replica_.id());
  if (!is_visible && !wins(best->version, *own))
    return false;
  auto ours = from_bytes<name_entry>((*own).value);
  if (ours && are_copies(ours->child, best->entry.child))
    return false;
  lose(key, pid_of(*best));
  return true;
}

/// The claimant with the largest id asks the function, about one other after
/// the other, so that never two lose to each other.
bool registry::settle_dispute(const std::string& key,
                              crdt::key_table::versions versions,
                              claim_id ours) {
  auto all = claims_on(versions, true);
  for (const auto& other : all)
    if (contains(other.entry.beaten, ours)) {
      lose(key, pid_of(other));
      return true;
    }
  std::string name{rest_of(key)};
  auto& x = disputes_[name];
  auto our_entry = own(versions)->entry;
  const reading* next = nullptr;
  for (const auto& other : all) {
    auto who = other.version.id.who;
    if (who > ours.owner)
      return false;
    auto is_next = next == nullptr || who > next->version.id.who;
    if (is_next && who != ours.owner
        && !are_copies(our_entry.child, other.entry.child)
        && !contains(x.beaten, id_of(other.version)))
      next = &other;
  }
  if (!next || x.asked == id_of(next->version))
    return false;
  x.asked = id_of(next->version);
  our_entry.beaten = x.beaten;
  pending_.push_back(
    decide{name, ours, *x.asked, std::move(our_entry), next->entry});
  return false;
}

void registry::decided(const decide& question, bool ours_stays, moment now) {
  auto i = disputes_.find(question.name);
  if (i == disputes_.end() || i->second.asked != question.theirs)
    return;
  auto& x = i->second;
  x.asked.reset();
  auto key = make_key(record_kind::name, question.name);
  auto versions = replica_.versions(key);
  auto all = claims_on(versions, true);
  auto find = [&](claim_id id) {
    return std::ranges::find_if(
      all, [&](const auto& r) { return id_of(r.version) == id; });
  };
  auto other = find(question.theirs);
  auto mine = own(versions);
  if (question.ours != id_of(mine->version) || other == all.end()) {
    settle(key, now); // there may be another question now
  } else if (ours_stays) {
    std::erase_if(x.beaten, [&](claim_id id) { return find(id) == all.end(); });
    x.beaten.push_back(question.theirs);
    publish(key, std::move(mine->entry), mine->version.when);
  } else {
    lose(key, pid_of(*other));
  }
}

void registry::lose(const std::string& key, const horde::pid& winner) {
  auto mine = own(replica_.versions(key))->entry;
  pending_.push_back(evict{mine.actor, std::string{rest_of(key)},
                           std::move(mine.value), winner});
  release(key);
}

} // namespace horde::naming
