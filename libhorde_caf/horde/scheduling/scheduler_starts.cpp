// SPDX-License-Identifier: MIT
//
// Callers who start children. The member that was asked keeps the request until
// it is answered: it runs the child itself or asks the chosen member, again and
// elsewhere if need be. A request is answered from the map wherever possible:
// seeing the record *is* the proof that a second member has it.

#include "horde/overload.hpp"
#include "horde/scheduling/scheduler.hpp"

namespace horde::scheduling {

namespace {

/// What the reason of a failure may take: it has to fit into an operation.
constexpr std::size_t max_reason_bytes = 4096;

std::size_t size_of(const start_result& x) {
  if (auto y = std::get_if<started>(&x))
    return y->id.size() + y->info.size();
  if (auto y = std::get_if<failure>(&x))
    return y->what.size();
  return 0;
}

/// The member that started it answered without waiting for a second copy of the
/// record: ours is the second. So nobody is told `started` before it is here. A
/// child that ends by itself may have ended already and left none.
bool needs_record(const start_request& x) {
  if (x.finds && std::holds_alternative<already_started>(*x.result))
    return true; // it tells where it runs
  return x.spec.when == restart::permanent
         && std::holds_alternative<started>(*x.result);
}

/// The member that was asked is on its way out; another one may well do.
bool is_retryable(const start_result& x) {
  auto problem = std::get_if<failure>(&x);
  return problem != nullptr
         && (problem->code == errc::shutting_down
             || problem->code == errc::not_a_member);
}

} // namespace

// -- operations --------------------------------------------------------------

void scheduler::receive_operation(replica_id from, std::string_view bytes,
                                  moment now) {
  auto x = decode_operation(bytes);
  if (!x) {
    ++refused_messages_;
    return;
  }
  std::visit(overload{
               [&](forwarded_start& op) { on_start(std::move(op), now); },
               [&](start_reply& op) { on_reply(std::move(op), now); },
               [&](move_children& op) { on_order(op); },
               [&](fetch_state& op) { on_fetch(from, op); },
               [&](kept_state& op) { on_kept(from, std::move(op), now); },
               [&](merge_state& op) { on_merge(from, std::move(op)); },
               [&](merged& op) { on_merged(op); },
               [&](const auto&) { receive_lease(from, *x, now); },
             },
             *x);
}

void scheduler::on_start(forwarded_start op, moment now) {
  if (op.spec.id.empty() || op.request.asker == replica_id{}
      || op.spec.scope != supervision::child_scope::horde) {
    ++refused_messages_;
    return;
  }
  if (op.request.asker == replica_.id())
    return on_bounced(op, now);
  // Repeated and late copies are normal: each request runs once and is answered
  // with its own result.
  if (auto result = answered_.find(op.request))
    return send(op.request.asker, start_reply{op.request, op.turn, *result});
  if (auto known = starts_.find(op.request)) {
    known->turn = std::max(known->turn, op.turn);
    return;
  }
  if (auto problem = supervision::validate(op.spec, cfg_.max_spec_bytes))
    return send(op.request.asker,
                start_reply{op.request, op.turn, std::move(*problem)});
  if (starts_.size() >= cfg_.max_requests)
    return; // the asker tries again
  start_request x;
  x.id = op.request;
  x.foreign = true;
  x.turn = op.turn;
  x.hops = std::min<std::uint32_t>(op.hops, cfg_.max_hops);
  x.deadline = now.at + std::min(op.time_left, duration{std::chrono::hours{1}});
  x.spec = std::move(op.spec);
  pursue(starts_.add(std::move(x)).id, now);
}

/// Our own request came back: the member we chose passed it on to us.
void scheduler::on_bounced(const forwarded_start& op, moment now) {
  auto x = starts_.find(op.request);
  if (x == nullptr || x->is != progress::forwarded || x->turn != op.turn
      || is_leaving() || locals_.find(x->spec.id) != nullptr)
    return;
  begin_local(*x, now);
}

void scheduler::on_reply(start_reply op, moment now) {
  auto x = starts_.find(op.request);
  if (x == nullptr || x->foreign || x->turn != op.turn
      || (x->is != progress::forwarded && x->is != progress::parked))
    return; // answered, or of a member that we do not count on any more
  if (is_retryable(op.result))
    return; // chosen again when its turn is over: by then we know better
  if (!std::holds_alternative<started>(op.result)
      && !std::holds_alternative<already_started>(op.result)) {
    if (x->is == progress::forwarded) // parked: the child is there after all
      settle(*x, std::move(op.result));
    return;
  }
  // The record follows through the map, and the caller is to see it there.
  x->result = std::move(op.result);
  x->act_at =
    now.at + (needs_record(*x) ? cfg_.start_deadline : cfg_.replicate_at_most);
  starts_.reschedule(*x);
  mark(x->spec.id); // the record may be here already
}

void scheduler::send(replica_id to, const operation& x) {
  operations_[to].push_back(encode_operation(x));
}

void scheduler::send_operations() {
  for (auto& [to, each] : std::exchange(operations_, {}))
    for (auto& bytes : encode_messages(std::move(each)))
      emit(scheduling::send{
        to, std::make_shared<const std::string>(std::move(bytes))});
}

// -- pursuing a request ------------------------------------------------------

/// Brings a request one step further, if there is a step to take.
void scheduler::pursue(const request_id& id, moment now) {
  auto x = starts_.find(id);
  if (x == nullptr || x->is == progress::replicating
      || settle_existing(*x, now))
    return;
  if (x->spec.type.empty()) // it was to be activated
    return settle(
      *x, failure{errc::not_found, "there is no child '" + x->spec.id + "'"});
  // Its own start, another one of this id or a copy that still ends comes
  // first.
  if (locals_.find(x->spec.id) != nullptr)
    return;
  if (x->is == progress::forwarded && now.at < x->act_at) {
    auto target = roster_.find(x->target);
    if (target != nullptr && target->linked
        && target->status == member_status::alive)
      return;
  }
  x->result.reset(); // told by a member that is not to be had any more
  if (!x->foreign)
    return choose(*x, now);
  // The asker's view named us; ours may differ for a moment. We take it.
  if (is_leaving())
    return pass_on(*x, now);
  begin_local(*x, now);
}

/// True if the child exists already, or nearly so: then there is nothing to
/// start.
bool scheduler::settle_existing(start_request& x, moment now) {
  auto entry = table_.find(x.spec.id);
  if (entry == nullptr || !entry->wanted)
    return false;
  if (entry->placed && is_passive(*entry->placed)) {
    activate(x, *entry, now);
    return true;
  }
  auto where = entry->placed ? locate(*entry->placed) : location::unknown;
  auto is_each = entry->is_for_each_member(); // that is placed nowhere
  bool is_there =
    where == location::here || where == location::there || is_each;
  // What a member told us of a child that it has no more is of no use.
  if (entry->placed && !is_there)
    x.result.reset();
  x.is = progress::parked;
  if (!x.result)
    x.act_at = never;
  starts_.reschedule(x);
  if (!is_there)
    return true; // it is about to be taken over
  auto placed = is_each ? placed_record{} : *entry->placed;
  if (x.waits_for_pid && !placed.pid && !is_each)
    return true;
  auto is_ours =
    x.id == (is_each ? entry->wanted->started_by : placed.started_by);
  auto activates = x.spec.type.empty();
  if (activates || (x.finds && (placed.pid || is_each)))
    settle_shared(x, {x.spec.id, placed.pid, placed.info}, replica_.sequence(),
                  now); // it may be new, and ours alone
  else if (!is_ours && !x.finds)
    settle(x, already_started{x.spec.id, placed.pid});
  else if (placed.pid || is_each)
    settle(x, started{x.spec.id, placed.pid, placed.info});
  else if (x.result && is_ours) // it ran, and is being restarted
    settle(x, *x.result);
  return true;
}

void scheduler::choose(start_request& x, moment now) {
  if (is_leaving())
    return settle(x, refusal());
  if (x.spec.scope == supervision::child_scope::each_member)
    return record_each_member(x, now);
  if (x.spec.scope == supervision::child_scope::copy)
    return begin_local(x, now);
  if (!gate_.is_open()) {
    x.is = progress::parked;
    x.act_at = never;
    return starts_.reschedule(x);
  }
  uncount(x); // it is not there yet, wherever it was to be
  if (table_.load().total() >= cfg_.max_children_of_horde)
    return settle(x, failure{errc::max_children,
                             "horde '" + roster_.self().horde
                               + "' has max_children_of_horde = "
                               + std::to_string(cfg_.max_children_of_horde)});
  auto choice = choose_for(x);
  if (auto problem = std::get_if<failure>(&choice))
    return settle(x, std::move(*problem));
  auto target = roster_.find(*std::get<const member_id*>(choice));
  // Nobody we can talk to: any member may run it, so we do.
  if (target == nullptr || !target->linked || target->replica == replica_.id())
    return begin_local(x, now);
  forward(x, *target, now);
}

void scheduler::begin_local(start_request& x, moment now) {
  if (locals_.size() >= cfg_.max_children)
    return settle(x, failure{errc::max_children,
                             to_string(roster_.self()) + " has max_children = "
                               + std::to_string(cfg_.max_children)});
  count(x, roster_.self());
  x.is = progress::local;
  x.act_at = never;
  starts_.reschedule(x);
  local_child child{.spec = x.spec,
                    .spec_hash = hash_of(x.spec),
                    .started_by = x.id,
                    .fresh = true,
                    .history = supervision::restart_history{limits_of(cfg_)},
                    .info = {}};
  child.attempt = 1;
  run_factory(locals_.add(std::move(child)), now);
}

void scheduler::forward(start_request& x, const member_info& target,
                        moment now) {
  if (x.target != target.replica)
    ++x.turn;
  x.is = progress::forwarded;
  x.target = target.replica;
  x.target_member = target.who;
  count(x, target.who);
  x.act_at = now.at + cfg_.forward_retry;
  starts_.reschedule(x);
  send_start(target.replica, x, x.hops, now);
}

/// A start came to us while we are leaving: somebody else is to run it and
/// answers the asker directly.
void scheduler::pass_on(start_request& x, moment now) {
  if (x.hops == 0)
    return settle(x, failure{errc::hops_exhausted,
                             "the start of '" + x.spec.id
                               + "' was passed on too often, lastly by "
                               + to_string(roster_.self())});
  auto choice = choose_for(wish_of(x.spec));
  auto who = std::get_if<const member_id*>(&choice);
  auto target = who != nullptr ? roster_.find(**who) : nullptr;
  if (target == nullptr || !target->linked)
    return settle(x, refusal());
  send_start(target->replica, x, x.hops - 1, now);
  uncount(x);
  starts_.erase(x.id);
}

void scheduler::send_start(replica_id to, const start_request& x,
                           std::uint32_t hops, moment now) {
  auto time_left = std::max(x.deadline - now.at, duration{1});
  send(to, forwarded_start{x.id, x.turn, hops, time_left, x.spec});
}

// -- answers -----------------------------------------------------------------

void scheduler::act_on_due(const request_id& id, moment now) {
  auto x = starts_.find(id);
  if (x == nullptr)
    return;
  if (x->is == progress::replicating)
    return settle(*x, unconfirmed("child '" + x->spec.id + "' runs"));
  if (x->result && !needs_record(*x))
    return settle(*x, *x->result);
  if (x->result || now.at >= x->deadline)
    return expire(*x, now);
  // Its turn is over: choose again.
  x->is = progress::parked;
  x->act_at = never;
  starts_.reschedule(*x);
  mark(x->spec.id);
}

void scheduler::expire(start_request& x, moment now) {
  auto id = x.spec.id;
  auto entry = table_.find(id);
  if (entry != nullptr && entry->wanted && entry->placed
      && entry->placed->started_by == x.id && entry->placed->pid)
    return settle(x, started{id, entry->placed->pid, entry->placed->info});
  if (x.is == progress::parked && !x.result && !gate_.is_open())
    return settle(
      x, failure{errc::timeout,
                 "child '" + id + "' was not started: " + gate_.waits_for()});
  if (auto it = x.result ? std::get_if<already_started>(&*x.result) : nullptr;
      it != nullptr || (x.finds && entry != nullptr && entry->wanted))
    return settle(x, it != nullptr ? *it : already_started{id, {}});
  bool ran_here = x.is == progress::local;
  const auto& where =
    x.target != replica_id{} && !ran_here ? x.target_member : roster_.self();
  auto problem = x.result ? "was started, but its record did not arrive from "
                          : std::string{"was not started on "};
  settle(x, failure{errc::timeout, "child '" + id + "' " + problem
                                     + to_string(where) + " in time"});
  auto child = locals_.find(id);
  // Nobody waits for it any more.
  if (ran_here && child != nullptr && child->fresh
      && starts_.of_child(id).empty())
    stop(*child, "nobody waits for it", now);
}

/// Answers and forgets a request. `x` is gone afterwards.
void scheduler::settle(start_request& x, start_result result) {
  auto id = x.id;
  uncount(x);
  if (auto it = std::get_if<already_started>(&result); it != nullptr && x.finds)
    result = found(x, *it);
  if (auto problem = std::get_if<failure>(&result))
    problem->what = shortened(std::move(problem->what), max_reason_bytes);
  if (x.unasked) {
    note_unasked(x.spec.id, result, last_step_);
  } else if (!x.foreign) {
    emit(answer_start{x.caller, std::move(result)});
  } else {
    send(id.asker, start_reply{id, x.turn, result});
    // Being on the way out may change, results do not.
    if (!is_retryable(result)) {
      auto bytes = size_of(result);
      answered_.insert(id, std::move(result), bytes);
    }
  }
  starts_.erase(id);
}

failure scheduler::refusal() const {
  if (draining_)
    return {errc::shutting_down,
            to_string(roster_.self()) + " is shutting down"};
  return {errc::not_a_member,
          to_string(roster_.self()) + " is not in the member list"};
}

} // namespace horde::scheduling
