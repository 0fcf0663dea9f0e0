// SPDX-License-Identifier: MIT
//
// The part of `supervisor_engine` that deals with children who take their state
// along: who is asked, what it gave, and what is sent to its name meanwhile.

#include "horde/actors/log.hpp"
#include "horde/actors/supervisor_engine.hpp"
#include "horde/actors/type_ids.hpp"
#include "horde/codec.hpp"

namespace horde::actors {

namespace {

/// So long the names of a process may still name its former copy, somewhere.
constexpr auto names_settle_within = std::chrono::seconds{30};

struct state_record {
  std::uint32_t version = 0;
  std::string content;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::actors::state", field("version", x.version),
                       field("content", x.content));
  }
};

outcome<std::string> encode_state(caf::actor_system& sys,
                                  const caf::expected<handed_state>& x) {
  if (!x)
    return failure{errc::start_failed, "it gave none: " + render(x.error())};
  auto content = encode_value(sys, x->content);
  if (auto problem = std::get_if<failure>(&content))
    return *problem;
  return to_bytes(
    state_record{x->version, std::get<std::string>(std::move(content))});
}

} // namespace

stand_in& stand_in_of(const caf::actor& x) {
  return static_cast<stand_in&>(*caf::actor_cast<caf::abstract_actor*>(x));
}

outcome<handed_state> decode_state(caf::actor_system& sys,
                                   const std::string& bytes) {
  auto record = from_bytes<state_record>(bytes);
  if (!record)
    return failure{errc::refused, "it is malformed"};
  auto content = decode_value(sys, record->content);
  if (auto problem = std::get_if<failure>(&content))
    return *problem;
  return handed_state{record->version,
                      std::get<caf::message>(std::move(content))};
}

/// First its names lead elsewhere, then it is asked: what it was sent by name
/// before, it has before the question.
void supervisor_engine::begin_move(scheduling::token start) {
  auto child = starts_.find(start);
  if (child == starts_.end() || !child->second.child)
    return;
  auto instead = node_->sys.spawn<stand_in, caf::hidden>(
    "child '" + child->second.id + "' of " + to_string(self_.who));
  auto actor = child->second.child->id();
  node_->processes.replace(actor,
                           caf::actor_cast<caf::strong_actor_ptr>(instead));
  moves_.emplace(start, move{actor, caf::actor_cast<caf::actor>(instead)});
  anon_tell(self_.actor, ask_for_state{start});
}

void supervisor_engine::state_came(scheduling::token start,
                                   caf::expected<handed_state> state) {
  auto bytes = encode_state(node_->sys, state);
  step([&](moment now) {
    return core_.state_exported(start, std::move(bytes), now);
  });
}

void supervisor_engine::merge(const scheduling::merge_child& x) {
  auto child = starts_.find(x.start);
  auto state = decode_state(node_->sys, *x.state);
  if (auto problem = std::get_if<failure>(&state))
    log().warn("state_not_merged horde={} why=\"{}\"", self_.who.horde,
               problem->what);
  else if (child != starts_.end())
    deliver(
      nullptr, child->second.child,
      caf::make_message(merge_state{std::get<handed_state>(std::move(state))}));
}

void supervisor_engine::moved(const scheduling::moved& x) {
  auto known = moves_.find(x.start);
  if (known == moves_.end())
    return;
  auto to = x.pid ? route_of(x.pid) : route{};
  auto& instead = stand_in_of(known->second.instead);
  if (to.to)
    instead.open(std::move(to));
  else
    instead.give_up();
  due_.set(x.start, node_->time.now().at + names_settle_within);
}

void supervisor_engine::end_move(scheduling::token start) {
  auto known = moves_.extract(start);
  if (known.empty())
    return;
  stand_in_of(known.mapped().instead).give_up();
  caf::anon_send_exit(known.mapped().instead, caf::exit_reason::user_shutdown);
  node_->processes.drop(known.mapped().actor);
}

} // namespace horde::actors
