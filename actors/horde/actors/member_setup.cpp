// SPDX-License-Identifier: MIT

#include "horde/actors/member_setup.hpp"

#include <algorithm>

#include "horde/actors/log.hpp"
#include "horde/actors/partition.hpp"
#include "horde/actors/type_ids.hpp"
#include "horde/overload.hpp"

namespace horde::actors {

namespace {

constexpr std::size_t max_name_bytes = 200;
constexpr auto shortest_memory = std::chrono::seconds{1};
constexpr auto view_timeout = std::chrono::seconds{5};

std::optional<failure> check_name(const std::string& name) {
  if (name.empty() || name.size() > max_name_bytes
      || name.find('@') != std::string::npos || is_partition(name))
    return failure{errc::bad_option, "name = '" + name
                                       + "': the name of a horde takes 1 to "
                                       + std::to_string(max_name_bytes)
                                       + " bytes without '@' and '#'"};
  return std::nullopt;
}

node_view ask_node(node_context& node) {
  caf::scoped_actor self{node.sys};
  node_view result;
  ask(self, node.node, view_timeout, get_node_view{})
    .receive([&](node_view& x) { result = std::move(x); },
             [](const caf::error&) {});
  return result;
}

} // namespace

outcome<member_setup> set_up_member(node_context& node, const std::string& name,
                                    horde_kind kind,
                                    const members_option& members,
                                    duration forget_after,
                                    std::size_t partition) {
  if (auto problem = check_name(name))
    return *problem;
  if (forget_after < shortest_memory)
    return failure{errc::bad_option,
                   "forget_after of horde '" + name + "' takes 1 s or more"};
  member_setup result;
  result.seed = random_bits();
  auto& roster = result.roster;
  roster.self = {partition_name(name, partition), node.self.name};
  roster.node = node.self;
  roster.traits = node.traits;
  roster.forget_after = forget_after;
  std::visit(overload{
               [&](automatic_t) { roster.mode = member_mode::automatic; },
               [&](const horde::members& list) {
                 roster.mode = member_mode::fixed;
                 roster.list = list;
               },
               [&](const members_function& f) {
                 roster.mode = member_mode::dynamic;
                 roster.list = f(ask_node(node));
               },
             },
             members);
  for (auto& x : roster.list)
    x.horde = partition_name(x.horde, partition);
  if (roster.mode == member_mode::fixed && roster.list.empty())
    return failure{errc::bad_option,
                   "members of horde '" + name
                     + "': a static list names at least one member"};
  if (roster.mode == member_mode::fixed
      && std::find(roster.list.begin(), roster.list.end(), roster.self)
           == roster.list.end())
    log().warn(
      "not_in_static_list member={}: it sees nothing and may do nothing "
      "until it is",
      to_string(roster.self));
  auto id = make_replica_id(era_at(node.time.now().wall), random_bits());
  result.self = {roster.self, kind, id,
                 "members=" + std::string{to_string(roster.mode)}, nullptr};
  return result;
}

void announce_member(node_context& node, hosted_member self, member_mode mode) {
  anon_tell(node.node, host_member{self});
  if (mode == member_mode::automatic)
    anon_tell(node.listener, keep_members{self.who, self.actor});
}

void announce_renewed(node_context& node, replica_id former,
                      hosted_member self) {
  log().warn("member_renewed member={} why=\"the others had forgotten it: it "
             "was cut off for longer than forget_after\"",
             to_string(self.who));
  anon_tell(node.node, unhost_member{former});
  anon_tell(node.node, host_member{std::move(self)});
}

std::uint64_t random_bits() {
  std::random_device source;
  return (std::uint64_t{source()} << 32) | source();
}

} // namespace horde::actors
