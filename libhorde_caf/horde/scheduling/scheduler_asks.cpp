// SPDX-License-Identifier: MIT
//
// What callers ask for: a child of their own, or one of an id, whoever started
// it. Specs are checked here, and get an id.

#include "horde/scheduling/scheduler.hpp"

namespace horde::scheduling {

namespace {

std::string hex(std::uint64_t x) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result(16, '0');
  for (auto i = result.rbegin(); i != result.rend(); ++i, x >>= 4)
    *i = digits[x & 15];
  return result;
}

} // namespace

std::string made_id(random_engine& rng) {
  auto high = rng();
  return hex(high) + hex(rng());
}

effects scheduler::start_child(token caller, supervision::child_spec spec,
                               moment now, start_ack ack) {
  ask({caller, std::move(spec), ack}, now);
  return finish(now);
}

effects scheduler::start_children(std::vector<asked_start> calls, moment now) {
  for (auto& x : calls)
    ask(std::move(x), now);
  return finish(now);
}

void scheduler::ask(asked_start call, moment now) {
  auto& spec = call.spec;
  auto problem = supervision::validate(spec, cfg_.max_spec_bytes);
  if (!problem)
    problem = validate_singleton(spec, *strategy_);
  if (!problem && call.finds && spec.id.empty())
    problem =
      failure{errc::bad_child_spec, "find_or_start takes an id, of type '"
                                      + spec.type + "' none was given"};
  if (!problem && starts_.size() >= cfg_.max_requests)
    problem = failure{errc::refused, "max_requests starts wait already"};
  if (problem)
    return emit(answer_start{call.caller, std::move(*problem)});
  // Made here, where the call enters, so that a retry starts the same child.
  if (spec.id.empty())
    spec.id = made_id(rng_);
  auto x = request_of(std::move(spec), now);
  x.caller = call.caller;
  x.finds = call.finds;
  x.ack = call.ack == start_ack::standard ? cfg_.ack : call.ack;
  pursue(starts_.add(std::move(x)).id, now);
}

start_request scheduler::request_of(supervision::child_spec spec, moment now) {
  auto patience =
    std::max(cfg_.start_deadline, spec.start_timeout + cfg_.replicate_at_most);
  start_request x;
  x.id = {replica_.id(), next_request_++};
  x.deadline = now.at + patience;
  x.hops = cfg_.max_hops;
  x.spec = std::move(spec);
  return x;
}

effects scheduler::find_or_start(token caller, supervision::child_spec spec,
                                 moment now) {
  ask({caller, std::move(spec), start_ack::standard, true}, now);
  return finish(now);
}

/// All askers must come to the same member, also where the strategy looks at
/// what they may see differently.
placement::choice scheduler::choose_for(const start_request& x) {
  auto wish = wish_of(x.spec);
  if (x.finds && !strategy_->all_agree(wish) && strategy_->places(wish))
    if (auto who = arbiter_.of(wish.key); who && strategy_->fits(*who, wish))
      return who;
  return choose_for(wish);
}

/// Answers when another member has our log up to `sequence`.
void scheduler::settle_shared(start_request& x, started result,
                              std::uint64_t sequence, moment now) {
  if (x.foreign || x.ack == start_ack::local || linked_.empty())
    return settle(x, std::move(result));
  x.is = progress::replicating;
  x.result = std::move(result);
  x.act_at = now.at + cfg_.replicate_at_most;
  starts_.reschedule(x);
  starts_.await_replication(x, sequence);
}

/// What was done stays done.
failure scheduler::unconfirmed(const std::string& what) const {
  return {errc::timeout,
          what + " on " + to_string(roster_.self()) + ", acknowledged by 0 of "
            + std::to_string(linked_.size()) + " other members in time"};
}

/// What a caller is told of a child that was there.
start_result scheduler::found(const start_request& x,
                              already_started it) const {
  if (it.pid)
    return started{std::move(it.id), it.pid, {}};
  auto entry = table_.find(it.id);
  auto where = entry != nullptr && entry->placed
                 ? " on " + to_string(entry->placed->member)
                 : std::string{};
  return failure{errc::timeout, "child '" + x.spec.id + "' is there" + where
                                  + " and did not run in time"};
}

} // namespace horde::scheduling
