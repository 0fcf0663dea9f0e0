// SPDX-License-Identifier: MIT
//
// `horde status`: a node as it sees the cluster, or one horde on it.

#include <iomanip>
#include <sstream>

#include "remote.hpp"

namespace horde::tools {

namespace {

std::string join(const std::vector<std::string>& xs) {
  std::string result;
  for (const auto& x : xs)
    result += (result.empty() ? "" : ", ") + x;
  return result.empty() ? "-" : result;
}

std::string alive(const std::vector<member_info>& members) {
  auto n = std::count_if(members.begin(), members.end(), [](const auto& x) {
    return x.status == member_status::alive;
  });
  return std::to_string(n) + " of " + std::to_string(members.size());
}

/// In a table: what is wrong, or that nothing is.
std::string brief(const sync::store_status& x) {
  if (x.state == sync::store_state::none)
    return "-";
  return x.state == sync::store_state::works ? "works" : "FAILS";
}

/// In full.
std::string explain(const sync::store_status& x) {
  auto failed =
    "steps not kept in their time: " + std::to_string(x.failed_steps);
  switch (x.state) {
  case sync::store_state::none:
    return "none: the records of children are lost with the last member";
  case sync::store_state::works:
    return "works" + (x.failed_steps == 0 ? "" : "; " + failed);
  case sync::store_state::fails:
    return "FAILS since " + iso_time(x.since) + ": " + x.problem + "; "
           + failed;
  }
  return "???";
}

std::string time_or_dash(wall_time x) {
  return x == wall_time{} ? "-" : iso_time(x);
}

std::string milliseconds(duration x) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(2)
      << static_cast<double>(x.count()) / 1e6 << " ms";
  return x == duration{} ? "-" : out.str();
}

table node_table(const node_status& x) {
  table result{{"NODE", "STATE", "ADDRESS", "LINKED", "SINCE", "LAST CONTACT",
                "ROUND TRIP", "UNSENT", "HORDES"}};
  std::vector<std::string> own;
  for (const auto& y : x.hordes)
    own.push_back(y.who.horde);
  result.add({x.self.name, "up", to_string(x.at), "(asked)", "-", "-", "-", "-",
              join(own)});
  for (const auto& y : x.nodes)
    result.add({y.who.name, std::string{to_string(y.state)}, to_string(y.at),
                y.linked ? "yes" : "no", iso_time(y.since),
                time_or_dash(y.last_contact), milliseconds(y.round_trip),
                std::to_string(y.unsent), join(y.hordes)});
  return result;
}

/// Empty if the node has no topologies.
table formation_table(const node_status& x) {
  table result{{"TOPOLOGY", "KIND", "ADDRESSES", "LOOKUPS", "FAILED", "LAST OK",
                "NEXT", "CONNECTS", "FAILED", "STRANGERS"}};
  for (const auto& y : x.formation)
    result.add({y.topology, y.kind, std::to_string(y.addresses.size()),
                std::to_string(y.lookups_ok), std::to_string(y.lookups_failed),
                time_or_dash(y.last_ok), time_or_dash(y.next_lookup),
                std::to_string(y.connects_ok),
                std::to_string(y.connects_failed),
                std::to_string(y.strangers)});
  return result;
}

void show_formation(const node_status& x) {
  if (x.formation.empty())
    return;
  std::cout << '\n' << formation_table(x);
  for (const auto& y : x.formation) {
    if (!y.last_error.empty())
      std::cout << y.topology << ": last error: " << y.last_error << '\n';
    for (const auto& z : y.counters)
      std::cout << y.topology << ": " << z.name << ": " << z.value << '\n';
  }
}

caf::error horde_table(const remote& to, const node_status& x, table& result) {
  for (const auto& y : x.hordes) {
    std::string kind{to_string(y.kind)};
    auto add = [&](const auto& s, const std::string& store,
                   const std::string& content) {
      result.add({y.who.horde, kind, std::string{to_string(s.mode)},
                  alive(s.members), store, content});
    };
    if (y.kind == horde_kind::registry) {
      auto s = to.node.request<registry_status>(y.actor, get_status{});
      if (!s)
        return std::move(s.error());
      add(*s, "-",
          std::to_string(s->names) + " names, " + std::to_string(s->local_names)
            + " of them here");
    } else {
      auto s = to.node.request<supervisor_status>(y.actor, get_status{});
      if (!s)
        return std::move(s.error());
      add(*s, brief(s->store),
          std::to_string(s->children.specs) + " children, "
            + std::to_string(s->local_children) + " of them here");
    }
  }
  return {};
}

caf::error show_node(const remote& to) {
  const auto& x = to.node.node();
  table hordes{{"HORDE", "KIND", "MEMBERS", "ALIVE", "STORE", "CONTENT"}};
  if (!to.json)
    if (auto problem = horde_table(to, x, hordes))
      return problem;
  to.print(x, [&] {
    std::cout << "node " << x.self.name << " of cluster '" << x.cluster
              << "'\n\n"
              << node_table(x) << '\n'
              << hordes;
    show_formation(x);
  });
  return {};
}

template <class Status>
caf::error show_horde(const remote& to, const hosted_member& member) {
  auto x = to.node.request<Status>(member.actor, get_status{});
  if (!x)
    return std::move(x.error());
  to.print(*x, [&] {
    table numbers{{"WHAT", "HOW MANY"}};
    auto add = [&](const char* name, const auto& value) {
      if constexpr (std::is_same_v<std::decay_t<decltype(value)>,
                                   std::uint64_t>)
        numbers.add({name, std::to_string(value)});
    };
    for_each_field(*x, add);
    if constexpr (std::is_same_v<Status, supervisor_status>)
      for_each_field(x->children, add);
    for_each_field(x->sync, add);
    std::cout << to_string(member.kind) << ' ' << to_string(member.who)
              << ", members " << to_string(x->mode) << "\n\n"
              << member_table(x->members) << '\n'
              << numbers;
    if constexpr (std::is_same_v<Status, supervisor_status>) {
      std::cout << "store: " << explain(x->store) << '\n';
      if (!x->start_gate.empty())
        std::cout << "places no children: " << x->start_gate << '\n';
      for (const auto& y : x->missing)
        std::cout << "missing: " << y << '\n';
    }
    for (const auto& y : x->refused)
      std::cout << "refused: " << y << '\n';
  });
  return {};
}

} // namespace

void add_status_command(CLI::App& app, action& todo) {
  auto horde = std::make_shared<std::string>();
  auto* cmd = add_remote_command(
    app, todo, "status", "Shows the cluster as a node sees it, or one horde",
    [horde](const remote& to) -> caf::error {
      if (horde->empty())
        return show_node(to);
      auto member = to.node.find(*horde);
      if (!member)
        return std::move(member.error());
      return member->kind == horde_kind::registry
               ? show_horde<registry_status>(to, *member)
               : show_horde<supervisor_status>(to, *member);
    });
  cmd->add_option("HORDE", *horde, "Only this horde, with counters");
}

} // namespace horde::tools
