// SPDX-License-Identifier: MIT
//
// Which of several claims to a name holds, and what our own does about it.

#include <algorithm>

#include "horde/codec.hpp"
#include "horde/naming/registry.hpp"

namespace horde::naming {

using membership::make_key;
using membership::record_kind;

namespace {

claim_id id_of(const crdt::version_view& x) {
  return {x.id.who, x.when};
}

bool contains(const std::vector<claim_id>& xs, claim_id x) {
  return std::ranges::find(xs, x) != xs.end();
}

} // namespace

std::vector<registry::reading> registry::claims_on(std::string_view key,
                                                   bool visible) const {
  std::vector<reading> result;
  for (const auto& x : replica_.versions(key)) // latest first
    if (visible_.contains(x.id.who) == visible)
      if (auto entry = from_bytes<name_entry>(x.value))
        result.push_back({x, *std::move(entry)});
  return result;
}

bool registry::wins(const crdt::version_view& a,
                    const crdt::version_view& b) const {
  return cfg_.conflicts == conflict_rule::first_wins ? crdt::later(b, a)
                                                     : crdt::later(a, b);
}

std::optional<registry::reading> registry::winner(std::string_view key,
                                                  bool visible) const {
  auto versions = replica_.versions(key);
  if (versions.size() > 1 && cfg_.conflicts == conflict_rule::decided)
    return undefeated(claims_on(key, visible));
  std::optional<reading> result;
  for (const auto& x : versions)
    if (visible_.contains(x.id.who) == visible)
      if (!result || wins(x, result->version))
        if (auto entry = from_bytes<name_entry>(x.value))
          result = reading{x, *std::move(entry)};
  return result;
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
  if (versions.size() == 1) {
    disputes_.erase(name);
    return false;
  }
  if (cfg_.conflicts == conflict_rule::decided)
    return settle_dispute(name, key, id_of(*own));
  auto best = winner(key, true);
  if (!best || best->version.id.who == replica_.id())
    return false;
  if (!wins(best->version, *own)) // we are not visible to ourselves now
    return false;
  lose(name, best->entry.pid);
  return true;
}

/// The claimant with the largest id asks the function, about one other after
/// the other, so that never two lose to each other.
bool registry::settle_dispute(const std::string& name, const std::string& key,
                              claim_id ours) {
  auto all = claims_on(key, true);
  for (const auto& other : all)
    if (contains(other.entry.beaten, ours)) {
      lose(name, other.entry.pid);
      return true;
    }
  auto& x = disputes_[name];
  const reading* next = nullptr;
  for (const auto& other : all) {
    auto who = other.version.id.who;
    if (who > ours.owner)
      return false;
    auto is_next = next == nullptr || who > next->version.id.who;
    if (is_next && who != ours.owner
        && !contains(x.beaten, id_of(other.version)))
      next = &other;
  }
  if (!next || x.asked == id_of(next->version))
    return false;
  x.asked = id_of(next->version);
  auto mine = claims_.find(name);
  pending_.push_back(
    decide{name,
           ours,
           *x.asked,
           {{roster_.node().life, mine->actor}, mine->value, x.beaten},
           next->entry});
  return false;
}

void registry::decided(const decide& question, bool ours_stays, moment now) {
  auto i = disputes_.find(question.name);
  if (i == disputes_.end() || i->second.asked != question.theirs)
    return;
  auto& x = i->second;
  x.asked.reset();
  auto key = make_key(record_kind::name, question.name);
  auto all = claims_on(key, true);
  auto is_there = [&](claim_id id) {
    return std::ranges::any_of(
      all, [&](const auto& r) { return id_of(r.version) == id; });
  };
  if (question.ours
        != claim_id{replica_.id(), claims_.find(question.name)->since}
      || !is_there(question.theirs)) {
    settle(key, now); // there may be another question now
  } else if (ours_stays) {
    std::erase_if(x.beaten, [&](claim_id id) { return !is_there(id); });
    x.beaten.push_back(question.theirs);
    publish(question.name, key);
  } else {
    lose(question.name, question.their_entry.pid);
  }
}

void registry::lose(const std::string& name, const horde::pid& winner) {
  auto mine = claims_.find(name);
  pending_.push_back(evict{mine->actor, name, mine->value, winner});
  release(name);
}

} // namespace horde::naming
