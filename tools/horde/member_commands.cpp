// SPDX-License-Identifier: MIT
//
// `horde members` and `horde set-members`: who is in a horde.

#include "remote.hpp"

namespace horde::tools {

namespace {

caf::error show_members(const remote& to, const hosted_member& member) {
  auto list = to.node.request<member_list>(member.actor, get_members{});
  if (!list)
    return std::move(list.error());
  to.print(*list, [&] {
    std::cout << to_string(member.kind) << ' ' << member.who.horde
              << ", members " << to_string(list->mode) << ", "
              << (list->has_quorum ? "quorum" : "no quorum") << ", as seen by "
              << to_string(list->self) << " at " << iso_time(list->when)
              << "\n\n"
              << member_table(list->members);
    for (const auto& x : list->refused)
      std::cout << "refused: " << x << '\n';
  });
  return {};
}

caf::error change_members(const remote& to, const std::string& horde,
                          const std::vector<std::string>& nodes, bool force) {
  auto member = to.node.find(horde);
  if (!member)
    return std::move(member.error());
  members list;
  for (const auto& x : nodes) {
    auto whole = parse_member_id(x); // `names@host:port`, as tables print it
    list.push_back(whole ? *whole : member_id{horde, x});
  }
  auto done = to.node.request<void>(member->actor, set_members{list, force});
  if (!done)
    return std::move(done.error());
  return show_members(to, *member);
}

} // namespace

void add_member_commands(CLI::App& app, action& todo) {
  auto horde = std::make_shared<std::string>();
  auto nodes = std::make_shared<std::vector<std::string>>();
  auto force = std::make_shared<bool>(false);
  auto* show = add_remote_command(
    app, todo, "members", "Shows who is in a horde, as one member sees it",
    [horde](const remote& to) -> caf::error {
      auto member = to.node.find(*horde);
      if (!member)
        return std::move(member.error());
      return show_members(to, *member);
    });
  show->add_option("HORDE", *horde, "Its name")->required();
  auto* change = add_remote_command(
    app, todo, "set-members", "Replaces the members of a dynamic horde",
    [horde, nodes, force](const remote& to) {
      return change_members(to, *horde, *nodes, *force);
    });
  change->add_option("HORDE", *horde, "Its name")->required();
  change
    ->add_option("NODE", *nodes,
                 "Names of all nodes that are to be in it; host:port unless "
                 "they have another name")
    ->required();
  change->add_flag("--force", *force,
                   "Also where the present members have no quorum and the "
                   "placement strategy needs it; only if the others are lost "
                   "for good");
}

} // namespace horde::tools
