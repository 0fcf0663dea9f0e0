// SPDX-License-Identifier: MIT

#include "horde/scheduling/life_log.hpp"

#include "horde/crdt/hybrid_clock.hpp"
#include "horde/hash.hpp"

namespace horde::scheduling {

namespace {

/// Never 0.
std::uint32_t short_hash(const member_id& x) {
  return static_cast<std::uint32_t>(hash64(x.node, hash64(x.horde))) | 1U;
}

std::uint64_t& of_kind(child_event_counts& x, child_change what) {
  switch (what) {
  case child_change::started: return x.started;
  case child_change::crashed: return x.crashed;
  case child_change::restarted: return x.restarted;
  case child_change::moved: return x.moved;
  case child_change::quarantined: return x.quarantined;
  case child_change::released: return x.released;
  case child_change::ended: break;
  }
  return x.ended;
}

} // namespace

void life_log::pause() {
  if (!paused_)
    paused_.emplace();
}

std::vector<child_event> life_log::take() {
  ends_.clear();
  return std::exchange(events_, {});
}

void life_log::compare(const std::string& id, const child_entry* before,
                       child_entry* after, const is_gone& gone) {
  if (paused_) {
    paused_->try_emplace(id, before != nullptr ? std::optional{*before}
                                               : std::nullopt);
    return;
  }
  auto life = before != nullptr ? before->life : child_life{};
  auto is_over = after == nullptr || (!after->wanted && !after->placed);
  if (is_over && life.is_told)
    end(id, *before, gone);
  if (after == nullptr)
    return;
  if (is_over)
    life = {};
  else if (!after->wanted && !life.type && before != nullptr && before->wanted)
    life.type = std::make_shared<const std::string>(before->wanted->type);
  else if (after->wanted && after->placed)
    go_on(id, before, *after, life);
  after->life = std::move(life);
}

/// Both records are gone.
void life_log::end(const std::string& id, const child_entry& before,
                   const is_gone& gone) {
  auto known = ends_.extract(id);
  static const placed_record nowhere;
  const auto& was = before.placed ? *before.placed : nowhere;
  std::string why = "ended";
  if (!known.empty())
    why = std::move(known.mapped());
  else if (before.life.type)
    why = "terminated";
  else if (before.placed && gone(was))
    why = node_ended;
  note_end_of(id, before, was, std::move(why));
}

/// When it ended is not written down.
void life_log::note_end_of(const std::string& id, const child_entry& entry,
                           const placed_record& where, std::string why) {
  note(child_change::ended, id, entry, where, std::move(why));
  if (keeps_)
    events_.back().at = {};
}

/// It is wanted and placed.
void life_log::go_on(const std::string& id, const child_entry* before,
                     const child_entry& after, child_life& life) {
  life.type = nullptr;
  const auto& now = *after.placed;
  const auto* was =
    before != nullptr && before->placed ? &*before->placed : nullptr;
  if (life.is_known && was != nullptr && was->started_by != now.started_by) {
    if (life.is_told)
      note_end_of(id, *before, *was, "another start took its id");
    life = {};
    was = nullptr;
  }
  auto is_new = !std::exchange(life.is_known, true);
  auto told_before = told_;
  auto same_place = was != nullptr && was->member == now.member;
  if (!is_new && was != nullptr && now.crashes > was->crashes) {
    note(child_change::crashed, id, after, *was, now.last_end);
    counts_.crashed += now.crashes - was->crashes - 1; // told as one
  }
  auto waited = !is_new && was != nullptr && is_waiting(*was);
  if (is_waiting(now)) {
    if (!waited || !same_place || was->attempt != now.attempt)
      note(child_change::quarantined, id, after, now, now.last_end);
  } else if (waited && (now.state != child_state::placed || is_released(now))) {
    note(child_change::released, id, after, now,
         now.memory.strikes == 0 ? "by hand" : "it waited long enough");
  }
  if (now.state == child_state::running)
    run(id, after, life, is_new);
  life.is_told |= told_ != told_before;
}

void life_log::run(const std::string& id, const child_entry& entry,
                   child_life& life, bool is_new) {
  const auto& now = *entry.placed;
  auto where = short_hash(now.member);
  // Not its token: without a quorum two sides may have given the same one.
  auto process = static_cast<std::uint32_t>(hash64(to_bytes(now.pid)));
  auto ran_on = std::exchange(life.ran_on, where);
  auto told = std::exchange(life.process, process);
  if (ran_on == where && told == process)
    return;
  if (is_new || (ran_on == 0 && now.attempt <= 1))
    note(child_change::started, id, entry, now, {});
  else if (ran_on != 0 && ran_on != where)
    note(child_change::moved, id, entry, now, now.last_end);
  else
    note(child_change::restarted, id, entry, now, now.last_end);
}

void life_log::note(child_change what, const std::string& id,
                    const child_entry& entry, const placed_record& where,
                    std::string reason) {
  ++of_kind(counts_, what);
  ++told_;
  if (!keeps_)
    return;
  child_event x;
  x.what = what;
  x.id = id;
  if (entry.wanted)
    x.type = entry.wanted->type;
  else if (entry.life.type)
    x.type = *entry.life.type;
  x.member = where.member;
  if (where.pid)
    x.pid = where.pid;
  x.attempt = where.attempt;
  x.reason = std::move(reason);
  x.at = crdt::wall_of(entry.placed_when);
  events_.push_back(std::move(x));
}

} // namespace horde::scheduling
