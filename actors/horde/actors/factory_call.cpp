// SPDX-License-Identifier: MIT

#include "horde/actors/factory_call.hpp"

#include "horde/actors/supervisor_engine.hpp"
#include "horde/actors/type_ids.hpp"

namespace horde::actors {

namespace {

child_outcome with_state(node_context& node, const child_factory& factory,
                         child_start start,
                         const scheduling::state_bytes& state) {
  std::string problem;
  if (state) {
    auto decoded = decode_state(node.sys, *state);
    if (auto why = std::get_if<failure>(&decoded))
      problem = std::move(why->what);
    else
      start.state = std::get<handed_state>(std::move(decoded));
  }
  auto result = factory(start);
  if (auto x = std::get_if<child_runs>(&result); x && !problem.empty())
    x->refused_because = std::move(problem);
  return result;
}

} // namespace

child_outcome call_factory(node_context& node, const caf::message& extra,
                           const scheduling::start_child& x) {
  auto args = extra;
  if (!x.spec.args.empty()) {
    auto decoded = decode_value(node.sys, x.spec.args);
    if (auto problem = std::get_if<failure>(&decoded))
      return to_error(*problem);
    args = caf::message::concat(extra, std::get<caf::message>(decoded));
  }
  try {
    if (auto factory = node.types.find(x.spec.type))
      return with_state(node, factory,
                        {.sys = node.sys,
                         .id = x.spec.id,
                         .args = std::move(args),
                         .attempt = x.attempt,
                         .detached = x.spec.detached},
                        x.state);
    if (x.spec.detached)
      return to_error({errc::bad_child_spec,
                       "child type '" + x.spec.type
                         + "' was added with CAF's add_actor_type: it cannot "
                           "be detached"});
    auto child = spawn_by_name(node.sys, x.spec.type, std::move(args));
    if (child)
      return child_runs{*child, {}};
    if (child.error() == caf::sec::unknown_type)
      return to_error({errc::unknown_child_type, "node " + node.self.name
                                                   + " has no child type '"
                                                   + x.spec.type + "'"});
    if (child.error() == caf::sec::cannot_spawn_actor_from_arguments)
      return to_error(
        {errc::bad_child_spec,
         "child type '" + x.spec.type + "' does not take these arguments"});
    return child.error();
  } catch (const std::exception& problem) {
    return to_error({errc::start_failed, "the factory of '" + x.spec.type
                                           + "' threw: " + problem.what()});
  } catch (...) {
    return to_error(
      {errc::start_failed, "the factory of '" + x.spec.type + "' threw"});
  }
}

} // namespace horde::actors
