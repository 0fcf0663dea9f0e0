// SPDX-License-Identifier: MIT
//
// What the start of a registry and of a supervisor have in common: checks of
// the options, the member list at the start, the identity of the member, and
// its announcement to the node.

#pragma once

#include <random>
#include <string>

#include "horde/actors/members_option.hpp"
#include "horde/actors/node_context.hpp"
#include "horde/membership/roster.hpp"

namespace horde::actors {

struct member_setup {
  membership::roster_config roster;
  hosted_member self; ///< without its actor
  std::uint64_t seed = 0;
};

/// Fails with `bad_option`, naming the option. `partition`: see partition.hpp.
outcome<member_setup> set_up_member(node_context& node, const std::string& name,
                                    horde_kind kind,
                                    const members_option& members,
                                    duration forget_after,
                                    std::size_t partition = 0);

/// Tells the node that the member writes under another id from now on.
void announce_renewed(node_context& node, replica_id former,
                      hosted_member self);

/// Tells the node that the member runs, and the node's listener if its members
/// are automatic.
void announce_member(node_context& node, hosted_member self, member_mode mode);

/// Starts the machine of a member whose actor was just spawned, and announces
/// it. What the node adopts.
template <class Engine>
hosted_member begin_member(node_context& node, member_setup& x, Engine& engine,
                           const caf::actor& actor) {
  auto self = engine.start(actor);
  announce_member(node, self, x.roster.mode);
  return self;
}

/// 64 bits from the operating system: for ids and seeds.
std::uint64_t random_bits();

} // namespace horde::actors
