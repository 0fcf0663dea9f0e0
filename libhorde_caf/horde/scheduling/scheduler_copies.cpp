// SPDX-License-Identifier: MIT
//
// A spec that each member runs a copy of. It is wanted and never placed; each
// member that fits starts a copy by itself, under an id of its own, and ends it
// when the spec is gone or another one. A copy is a child like others, but it
// ends with its member.

#include "horde/scheduling/scheduler.hpp"

namespace horde::scheduling {

using membership::make_key;
using membership::record_kind;
using supervision::child_scope;

// -- starts ------------------------------------------------------------------

std::uint64_t scheduler::write_each_member(const start_request& x, moment now) {
  return replica_.put(make_key(record_kind::wanted, x.spec.id),
                      to_bytes(wanted_record{x.spec, x.id}),
                      replica_.stamp_at(now));
}

/// No factory is asked: all members hear of it, we among them.
void scheduler::record_each_member(start_request& x, moment now) {
  mark(x.spec.id);
  settle_shared(x, {x.spec.id, {}, {}}, write_each_member(x, now), now);
}

// -- our copy ----------------------------------------------------------------

std::optional<supervision::child_spec>
scheduler::copy_of(const std::string& id, const child_entry& entry) const {
  if (!entry.is_for_each_member() || is_leaving())
    return std::nullopt;
  auto wish = wish_of(id, entry);
  if (!strategy_->places(wish) || !strategy_->fits(roster_.self(), wish))
    return std::nullopt;
  auto result = newest_wanted(replica_, id)->record.spec;
  result.id = supervision::copy_id(id, roster_.self().node);
  result.scope = child_scope::copy;
  result.movable = false;
  return result;
}

void scheduler::review_copy(const std::string& id, const child_entry& entry,
                            moment now) {
  auto copy = supervision::copy_id(id, roster_.self().node);
  auto spec = copy_of(id, entry);
  auto child = locals_.find(copy);
  if (child != nullptr) {
    if (!spec || hash_of(*spec) != child->spec_hash)
      end_copy(copy, now);
    return;
  }
  auto problem = unasked_.find(copy);
  if (!spec) {
    if (problem != unasked_.end())
      unasked_.erase(problem);
    if (!entry.is_for_each_member())
      copied_.erase(id);
    return;
  }
  copied_.insert(id);
  if (problem != unasked_.end() && now.at < problem->second.next)
    return review_due_.set_at_latest(id, problem->second.next);
  // What a former life of ours left is dropped first.
  if (is_missing(copy))
    start_unasked(std::move(*spec), now);
}

void scheduler::end_copy(const std::string& copy, moment now) {
  for (const auto& request : starts_.of_child(copy))
    settle(*starts_.find(request),
           failure{errc::not_found, "its spec is not wanted any more"});
  auto entry = table_.find(copy);
  if (entry != nullptr && entry->wanted)
    erase_wanted(copy);
  else
    stop(*locals_.find(copy), "its spec is not wanted any more", now);
  mark(copy);
}

// -- copies and their spec ---------------------------------------------------

/// Somewhere one has not ended.
bool scheduler::has_copies(const std::string& id) const {
  auto prefix = supervision::copy_id(id, {});
  const auto& all = table_.all();
  for (auto i = all.lower_bound(prefix);
       i != all.end() && i->first.starts_with(prefix); ++i) {
    const auto& [copy, entry] = *i;
    auto is_copy = !entry.wanted || entry.wanted->scope == child_scope::copy;
    if (is_copy && entry.placed && is_awaited(*entry.placed))
      return true;
  }
  return false;
}

/// A child was reviewed. If it is a copy: its spec may want it again, and who
/// ended that waits for all copies.
void scheduler::after_copy(const std::string& id) {
  for (auto at = id.find('@'); at != std::string::npos;
       at = id.find('@', at + 1)) {
    auto spec = id.substr(0, at);
    if (copied_.contains(spec) && is_missing(id)
        && supervision::copy_id(spec, roster_.self().node) == id)
      mark(spec);
    check_terminates(spec);
  }
}

} // namespace horde::scheduling
