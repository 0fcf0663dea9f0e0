// SPDX-License-Identifier: MIT
//
// Children that must exist: of each default child the arbiter of its key sees
// to it, on a slow timer and whenever the members changed. A start of this kind
// has no caller; if it fails, the next look tries again.

#include "horde/scheduling/scheduler.hpp"

namespace horde::scheduling {

namespace {

constexpr std::size_t most_missing = 100;

} // namespace

/// Who has just come knows by then which of them run.
instant scheduler::defaults_due() const {
  if (cfg_.default_children.empty() || is_leaving() || !gate_.is_open())
    return never;
  return replica_.has_heard_all() ? defaults_at_
                                  : std::max(defaults_at_, informed_at_);
}

void scheduler::start_defaults(moment now) {
  defaults_at_ = now.at + jitter(rng_, cfg_.review_every, 20);
  for (const auto& spec : cfg_.default_children) {
    placement::wish wish{
      supervision::placement_key(spec.id, spec.placement_key), spec.place};
    auto who = arbiter_.of(wish.key);
    if (who != nullptr && *who == roster_.self() && strategy_->places(wish)
        && is_missing(spec.id))
      start_unasked(spec, now);
  }
}

bool scheduler::is_missing(const std::string& id) const {
  auto entry = table_.find(id);
  return (entry == nullptr || (!entry->wanted && !entry->placed))
         && locals_.find(id) == nullptr && starts_.of_child(id).empty();
}

void scheduler::start_unasked(supervision::child_spec spec, moment now) {
  if (starts_.size() >= cfg_.max_requests)
    return;
  auto x = request_of(std::move(spec), now);
  x.unasked = true;
  x.ack = start_ack::local; // nobody waits for it
  pursue(starts_.add(std::move(x)).id, now);
}

void scheduler::note_unasked(const std::string& id, const start_result& result,
                             instant now) {
  auto next = now + cfg_.review_every;
  if (auto problem = std::get_if<failure>(&result))
    unasked_[id] = {problem->what, next};
  else if (std::holds_alternative<ignored>(result))
    unasked_[id] = {"ignored by its factory", next};
  else
    unasked_.erase(id);
}

std::vector<std::string> scheduler::missing() const {
  std::vector<std::string> result;
  auto add = [&](const std::string& id, const std::string& otherwise) {
    auto entry = table_.find(id);
    if (result.size() == most_missing || (entry != nullptr && entry->wanted))
      return;
    auto known = unasked_.find(id);
    auto is_known = gate_.is_open() && known != unasked_.end();
    result.push_back(id + ": "
                     + (is_known ? known->second.problem : otherwise));
  };
  for (const auto& x : cfg_.default_children)
    add(x.id, gate_.is_open() ? "not started yet" : gate_.waits_for());
  for (const auto& id : copied_)
    if (auto copy = supervision::copy_id(id, roster_.self().node);
        unasked_.contains(copy))
      add(copy, "not started yet");
  return result;
}

} // namespace horde::scheduling
