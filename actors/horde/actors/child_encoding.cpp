// SPDX-License-Identifier: MIT

#include "horde/actors/child_encoding.hpp"

#include "horde/actors/caf_compat.hpp"
#include "horde/actors/type_ids.hpp"

namespace horde::actors {

outcome<supervision::child_spec> encode_spec(caf::actor_system& sys,
                                             child_spec x) {
  std::string args;
  if (!x.args.empty()) {
    auto encoded = encode_value(sys, x.args);
    if (auto problem = std::get_if<failure>(&encoded))
      return failure{problem->code, "bad argument of child type '" + x.type
                                      + "': " + problem->what};
    args = std::get<std::string>(std::move(encoded));
  }
  return supervision::child_spec{std::move(x.id),
                                 std::move(x.type),
                                 std::move(args),
                                 x.restart,
                                 for_kind(x.shutdown, x.kind),
                                 x.kind,
                                 x.start_timeout,
                                 std::move(x.placement_key),
                                 std::move(x.place),
                                 x.movable,
                                 x.restart_on_failover,
                                 x.one_per_node
                                   ? supervision::child_scope::each_member
                                   : supervision::child_scope::horde,
                                 x.singleton,
                                 x.hand_off,
                                 x.merges,
                                 x.ready,
                                 x.detached};
}

} // namespace horde::actors
