# SPDX-License-Identifier: MIT
"""The list of mutants: the library with one line made wrong on purpose.

Each must be noticed by the simulation that it is listed for. `find` stands exactly once in the file; `why` is the
rule that is broken."""

from typing import NamedTuple


class Mutant(NamedTuple):
    name: str
    file: str  # in libhorde_caf/horde
    why: str
    find: str
    replacement: str
    seeds: str = ""  # "COUNT FIRST", if the usual ones do not notice it


REPLICA_MUTANTS = [
    Mutant(
        "adopts_early",
        "sync/replica_rounds.cpp",
        "A context is adopted only at the end of its round.",
        "  apply(*news, &*x.round, mesh_.holes(from), now);\n",
        "  apply(*news, &*x.round, mesh_.holes(from), now);\n"
        "  map_.adopt(x.round->snapshot());\n"),
    Mutant(
        "claims_what_it_cut_off",
        "sync/answers.cpp",
        "An answer that is cut off says where.",
        "        upto_ = end;\n",
        "        upto_.reset();\n"),
    Mutant(
        "acknowledges_at_once",
        "sync/replica.cpp",
        "A log is acknowledged up to the first gap.",
        "ack{x.upto, x.number, l->heard.have()}",
        "ack{x.upto, x.number, x.upto}"),
    Mutant(
        "acknowledges_before_applying",
        "sync/replica_rounds.cpp",
        "A round brings a log only when it has ended.",
        "  apply(*news, &*x.round, mesh_.holes(from), now);\n",
        "  post(from, ack{0, 0, x.round->sequence()});\n"
        "  apply(*news, &*x.round, mesh_.holes(from), now);\n"),
    Mutant(
        "digest_keeps_the_removed",
        "crdt/aw_lww_map.cpp",
        "A digest is the sum of what is there.",
        "      if (!f(key, v))\n"
        "        return false;\n"
        "      gone.subtract(share(hash, v.id));\n",
        "      if (!f(key, v))\n"
        "        return false;\n"),
    Mutant(
        "digest_knows_keys_only",
        "crdt/aw_lww_map.cpp",
        "A digest tells one write of a key from the next.",
        "  store(16, id.counter);\n",
        "  store(16, 0);\n"),
    Mutant(
        "splits_a_key",
        "sync/replica_push.cpp",
        "What is gone and what replaced it are in one message.",
        "  post(to, x.flight->bytes);\n"
        "}\n",
        "  auto whole = decode_message(*x.flight->bytes, cfg_.digest_key);\n"
        "  const auto& all = std::get<push>(*whole);\n"
        "  push first{all.upto, 0, {}, {}, {}, all.upto};\n"
        "  for (std::size_t i = 0; i < all.own.size(); ++i) {\n"
        "    if (all.own[i].gone().empty())\n"
        "      continue;\n"
        "    first.own.add_hash(all.own[i].hash());\n"
        "    for (auto d : all.own[i].gone())\n"
        "      first.own.add_gone(d);\n"
        "  }\n"
        "  first.previous = all.previous;\n"
        "  first.upto = all.previous;\n"
        "  post(to, first);\n"
        "  post(to, x.flight->bytes);\n"
        "}\n"),
    Mutant(
        "takes_in_the_late",
        "sync/replica.cpp",
        "What a round found to be dropped stays dropped.",
        "  if (!any)\n"
        "    return x;\n",
        "  if (any || !any)\n"
        "    return x;\n"),
    Mutant(
        "knows_nothing_dropped",
        "sync/exchange.cpp",
        "What a round found to be dropped stays dropped.",
        "return has_snapshot_ && snapshot_.contains(x) && !find(hash)",
        "return hash != hash && snapshot_.contains(x)"),
    Mutant(
        "settles_the_stale",
        "sync/exchange.cpp",
        "What came in while a question was out is asked about again.",
        "  return is_stale;\n",
        "  return is_stale && false;\n"),
    Mutant(
        "hides_a_gap",
        "sync/push_log.cpp",
        "A log that was trimmed says where it begins.",
        "  push_writer out{previous};\n",
        "  push_writer out{position};\n"),
    Mutant(
        "ignores_a_clear",
        "sync/replica.cpp",
        "A clear removes all that its writer had seen.",
        "  if (x.cleared)\n",
        "  if (x.cleared && x.previous > x.upto)\n"),
    Mutant(
        "relays_half",
        "sync/replica_mesh.cpp",
        "All that is news gets through any connected mesh.",
        "  if (!map_.is_news(x))\n",
        "  if (!map_.is_news(x) || x.hash() % 2 == 0)\n"),
    Mutant(
        "keeps_one_key",
        "sync/persistence.cpp",
        "A store gets all keys that a step changed.",
        "  for (const auto& key : keys)\n",
        "  for (const auto& key : keys.first(keys.empty() ? 0 : 1))\n"),
    Mutant(
        "settles_what_was_not_answered",
        "sync/exchange.cpp",
        "A question that was not answered stays open.",
        "      close(asked[i].where);\n"
        "      open(asked[i].where);\n",
        "      close(asked[i].where);\n"
        "      if (asked[i].where.level < 2)\n"
        "        open(asked[i].where);\n"),
    Mutant(
        "leaves_a_hole_in_the_rest",
        "sync/exchange.cpp",
        "The rest of a node that was cut off stays open, all of it.",
        "    open(x);\n"
        "    if (x.last() == last)\n",
        "    if (x.level != 4)\n"
        "      open(x);\n"
        "    if (x.last() == last)\n"),
    # From here on: what only a deep digest tree can show.
    Mutant(
        "digest_skips_a_level",
        "crdt/digest_tree.cpp",
        "A change is added to all kept sums that it is in.",
        "    x->all.add(difference);\n",
        "    if (level != 2)\n"
        "      x->all.add(difference);\n"),
    Mutant(
        "divides_out_of_order",
        "crdt/digest_tree.cpp",
        "A divided node has the sums of its parts, each in its place.",
        "    (*here->below)[i].all = parts[i];\n",
        "    (*here->below)[i].all = parts[x.level < 1 ? i : i ^ 1U];\n"),
    Mutant(
        "forgets_an_open_child",
        "sync/exchange.cpp",
        "All that differs stays open until it is settled.",
        "    if (ours[i] != theirs[i])\n",
        "    if (ours[i] != theirs[i] && (parent.level < 2 || i > 0))\n"),
    Mutant(
        "answers_a_level_too_high",
        "sync/answers.cpp",
        "A child that differs is told by its own children.",
        "        out.children = short_form(map.digests_below(child));\n",
        "        out.children = child.level < 3\n"
        "                         ? short_form(map.digests_below(child))\n"
        "                         : x.children;\n"),
    # From here on: what only replicas can show that forget others.
    Mutant(
        "retires_too_early",
        "crdt/causal_context.cpp",
        "Who is forgotten is never taken for new.",
        "  horizon_ = std::max(horizon_, born + 1);\n",
        "  horizon_ = std::max(horizon_, born);\n"),
    Mutant(
        "knows_the_forgotten",
        "crdt/causal_context.cpp",
        "What one has forgotten all forget that join its context.",
        "  auto forgotten = std::erase_if(\n"
        "    rows_, [&](const row& x) "
        "{ return other.is_forgotten(x.who); });\n",
        "  std::size_t forgotten = 0;\n"),
    Mutant(
        "meets_anybody",
        "sync/standing.cpp",
        "Who has forgotten the living does not exchange news with them.",
        "  if (victims_of_first.empty() && victims_of_second.empty())\n",
        "  if (victims_of_first.empty() || victims_of_second.empty())\n"),
    Mutant(
        "weighs_at_random",
        "sync/standing.cpp",
        "The order of sides is the same for all, so one map lives on.",
        "  auto is_first_weaker = is_weaker(first.side, second.side)\n",
        "  auto is_first_weaker = (static_cast<std::uint64_t>(first.who)\n"
        "                          ^ static_cast<std::uint64_t>(second.who))\n"
        "                           % 2 == 0\n"),
    Mutant(
        "begins_anew_with_its_map",
        "sync/replica_meeting.cpp",
        "Who was forgotten gives up its map.",
        "  map_ = crdt::aw_lww_map{cfg_.digest_key, cfg_.digest_grain};\n",
        ""),
    Mutant(
        "drops_what_was_forgotten_at_once",
        "sync/answers.cpp",
        "What the forgotten wrote goes with the adopted context, not before.",
        "      if (!map_.seen().is_forgotten(d.who)) {\n",
        "      if (map_.seen().contains(d)) {\n"),
    Mutant(
        "keeps_what_was_forgotten",
        "sync/replica_rounds.cpp",
        "What the forgotten wrote goes with the adopted context.",
        "  apply(x.round->forgotten(), &*x.round, {}, now);\n",
        ""),
    Mutant(
        "loses_in_silence",
        "sync/replica.cpp",
        "What others remove of ours is told to who stands for it.",
        "  note_lost(news);\n",
        ""),
]

LOCK_MUTANTS = [
    Mutant(
        "grants_by_half",
        "naming/lock_requests.cpp",
        "A lock is granted by more than half of the members.",
        "  return static_cast<std::size_t>(votes) >= majority_of(electorate_.size());\n",
        "  return 2 * static_cast<std::size_t>(votes) >= electorate_.size();\n"),
    Mutant(
        "counts_the_lease_late",
        "naming/lock_requests.cpp",
        "A lease counts from before it was taken.",
        "  held.until = trying.taken_at + at_most(cfg_, first.lease);\n",
        "  held.until = now + at_most(cfg_, first.lease);\n"),
    Mutant(
        "votes_at_once",
        "naming/lock_electorate.cpp",
        "Who has forgotten what it promised learns or waits before it votes.",
        "      || (!is_told_of_leases(now)\n",
        "      || (list_.empty()\n"),
    Mutant(
        "ignores_former_lists",
        "naming/lock_electorate.cpp",
        "Nobody votes under a list while a former one can still grant.",
        "    return static_cast<std::size_t>(left) >= needed_of(*former);\n",
        "    return static_cast<std::size_t>(left) <= former->list.size();\n"),
    Mutant(
        "forgets_its_first_list",
        "naming/lock_electorate.cpp",
        "The list that one began with is a former list, too.",
        "  if (lists_.empty())\n    remember(false); // others",
        "  if (list_.empty())\n    remember(false); // others"),
    Mutant(
        "token_not_above",
        "naming/lock_voter.cpp",
        "A voter promises a number above all tokens that it has seen.",
        "++highest_",
        "highest_"),
    Mutant(
        "takes_what_is_held",
        "naming/lock_voter.cpp",
        "A key that somebody has is given to nobody else.",
        "  auto is_kept = !held && here.kept",
        "  auto is_kept = here.kept"),
    Mutant(
        "tells_no_leases",
        "naming/lock_voter.cpp",
        "A voter tells others of the leases that it knows.",
        "    if (here.held && now < here.held->until)\n      lock::add",
        "    if (here.held && now >= here.held->until)\n      lock::add"),
]

SCHEDULER_MUTANTS = [
    Mutant(
        "answers_before_the_second_copy",
        "scheduling/scheduler.cpp",
        "G2: who is told that a child runs can rely on it though its node dies.",
        "    return is_alone || replica_.acknowledged_by(sequence) > 0;\n",
        "    return is_alone || sequence > 0;\n"),
    Mutant(
        "answers_before_it_is_seen",
        "scheduling/scheduler_starts.cpp",
        "G5: who asked for a child sees it once it is told.",
        "  return x.spec.when == restart::permanent\n",
        "  return x.spec.when == restart::temporary\n",
        "20 2570"),
    Mutant(
        "terminated_children_run_on",
        "scheduling/scheduler_review.cpp",
        "G4: `placed` without `wanted` means: stop it and erase.",
        "  result.wanted = entry.wanted && !entry.is_for_each_member();\n",
        "  result.wanted = entry.wanted ? !entry.is_for_each_member()\n"
        "                               : entry.placed.has_value();\n"),
    Mutant(
        "ends_come_back",
        "scheduling/scheduler.cpp",
        "G4: a start that was tried twice does not outlive the end of its child.",
        "  if (ended_.size() == 0)\n",
        "  if (ended_.size() < 1000)\n",
        "20 1595"),
    Mutant(
        "keeps_both_copies",
        "scheduling/scheduler_review.cpp",
        "G4: of two copies one ends.",
        "  else\n    result.where = whereabouts::elsewhere;\n",
        "  else\n    result.where = child != nullptr ? whereabouts::here\n"
        "                                   : whereabouts::elsewhere;\n"),
]

ISOLATION_MUTANTS = [
    Mutant(
        "one_start_at_a_time",
        "scheduling/scheduler_starts.cpp",
        "G6: a start waits for no other child.",
        "  if (locals_.find(x->spec.id) != nullptr)\n    return;\n",
        "  if (!locals_.empty())\n    return;\n"),
]

NAMED_CHILDREN_MUTANTS = [
    Mutant(
        "copies_are_rivals",
        "naming/registry_conflicts.cpp",
        "A child is not evicted for its own copy.",
        "  if (ours && are_copies(ours->child, best->entry.child))\n",
        "  if (ours && are_copies(ours->child, best->entry.value))\n"),
    Mutant(
        "copies_do_not_inherit",
        "naming/registry_commands.cpp",
        "A child takes its name from its copy.",
        "  if (taken && !are_copies(child, taken->entry.child))\n",
        "  if (taken)\n"),
    Mutant(
        "the_first_copy_is_shown",
        "naming/registry_conflicts.cpp",
        "G5: who took its name is found by it at once.",
        "    return latest_copy(*std::move(result), claims_on(versions, visible));\n",
        "    return result;\n"),
]

HAND_OFF_MUTANTS = [
    Mutant(
        "abandons_a_state_it_gave",
        "scheduling/scheduler_children.cpp",
        "What a start was given its state for has changed it by then.",
        "  if (x.is == phase::starting && x.state && !is_late_"
        " && takes_state_along(x))\n"
        "    return;\n",
        "",
        "1 1478"),
    Mutant(
        "begins_anew_where_it_stays",
        "scheduling/scheduler_hand_offs.cpp",
        "A child that was to move and stays gets its own state back.",
        "    x.state = hand_offs_.kept(x.spec.id, x.kept.attempt);\n",
        "    x.state = nullptr;\n"),
    Mutant(
        "forgets_what_it_gave",
        "scheduling/scheduler_hand_offs.cpp",
        "A state is kept until the child runs.",
        "  send(from, kept_state{x.id, x.attempt, state != nullptr,\n",
        "  hand_offs_.forget(x.id);\n"
        "  send(from, kept_state{x.id, x.attempt, state != nullptr,\n"),
    Mutant(
        "leaves_with_the_states",
        "scheduling/scheduler.cpp",
        "A member that keeps states for others does not leave.",
        " || keeps_states())",
        ")"),
    Mutant(
        "does_not_ask",
        "scheduling/scheduler_hand_offs.cpp",
        "A child is asked for its state before it moves.",
        "(is_leaving() || moves_.target(id) != nullptr)",
        "is_leaving()"),
]

LEASE_MUTANTS = [
    Mutant(
        "lends_to_the_fenced",
        "scheduling/lease_granter.cpp",
        "Who is fenced gets no lease.",
        "  if (is_fenced(from, now))\n",
        "  if (is_fenced(from, now) && x.number == 0)\n"),
    Mutant(
        "counts_the_lease_from_the_answer",
        "scheduling/lease_holder.cpp",
        "A grant counts from when it was asked for.",
        "  until = std::max(until, asked.sent + cfg_.time);\n",
        "  until = std::max(until, now + cfg_.time);\n"),
    Mutant(
        "does_not_kill",
        "scheduling/scheduler_lease.cpp",
        "Who has no lease runs nothing.",
        "  if (had_lease_ && !lease_->holds(now.at))\n",
        "  if (had_lease_ && !lease_->holds(now.at) && locals_.empty())\n"),
    Mutant(
        "kills_with_patience",
        "scheduling/scheduler_lease.cpp",
        "Who has no lease kills at once, whatever a child's shutdown says.",
        "      x.start, {shutdown_kind::brutal_kill, {}}, \"this member has no quorum\"});\n",
        "      x.start, x.spec.shutdown, \"this member has no quorum\"});\n"),
    Mutant(
        "takes_over_at_once",
        "scheduling/scheduler_lease.cpp",
        "Children of who is gone are taken over when it can have no lease.",
        "             && lease_->may_take_over(x.replica, now.at));\n",
        "             && (lease_->may_take_over(x.replica, now.at)\n"
        "                 || now.at > instant{}));\n"),
    Mutant(
        "starts_beside_records",
        "scheduling/lease_granter.cpp",
        "A child that is recorded for another is promised to nobody.",
        "[&](const auto& y) { return y.replica != from; }",
        "[&](const auto& y) { return y.replica == replica_id{}; }"),
    Mutant(
        "tells_of_no_promise",
        "scheduling/lease_keeper.cpp",
        "Who fences tells how long what it granted may last.",
        "std::max(until - now, duration::zero())};\n",
        "std::min(until - now, duration::zero())};\n"),
    Mutant(
        "starts_what_nobody_granted",
        "scheduling/lease_holder.cpp",
        "A copy is started once a quorum has promised it.",
        "  if (!x.granted && now < x.until) {\n",
        "  if (!x.granted && !x.promises.empty()) {\n"
        "    x.until = std::max(x.until, now + cfg_.time);\n"),
    Mutant(
        "promises_to_two",
        "scheduling/lease_granter.cpp",
        "A child is promised to one member at a time.",
        "    if (known.to != from && now < known.until) {\n",
        "    if (known.to != from && now > known.until) {\n"),
]

# By the simulation that notices them.
MUTANTS_OF = {
    "replica": REPLICA_MUTANTS,
    "lock": LOCK_MUTANTS,
    "scheduler": SCHEDULER_MUTANTS,
    "hand_off": HAND_OFF_MUTANTS,
    "lease": LEASE_MUTANTS,
    "isolation": ISOLATION_MUTANTS,
    "named_children": NAMED_CHILDREN_MUTANTS,
}
