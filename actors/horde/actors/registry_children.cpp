// SPDX-License-Identifier: MIT
//
// Names of processes of this node that are supervised children.

#include "horde/actors/registry_engine.hpp"
#include "horde/actors/type_ids.hpp"

namespace horde::actors {

/// The process may be a child, which we may learn only when its factory has
/// returned. Until then it is taken for the child whose former copy has the
/// name, if that child is just being started here.
naming::register_result
registry_engine::register_child(std::uint64_t actor, const std::string& name,
                                const std::string& value, moment now) {
  auto& children = node_->children;
  auto child = children.of(actor);
  auto is_known = !child.empty();
  auto result = core_.register_name(actor, name, value, now, child);
  if (auto taken = std::get_if<naming::already_registered>(&result))
    if (!is_known && children.is_starting(taken->child)) {
      child = taken->child;
      result = core_.register_name(actor, name, value, now, child);
    }
  if (!is_known && std::holds_alternative<naming::registered>(result))
    children.tell(actor, child,
                  [member = self_.actor, actor](const std::string& is) {
                    anon_tell(member, process_is_child{actor, is});
                  });
  return result;
}

} // namespace horde::actors
