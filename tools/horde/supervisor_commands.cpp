// SPDX-License-Identifier: MIT
//
// `horde children`, `start-child`, `terminate-child`, `release-child`,
// `activate-child`, `rebalance` and `plan`.

#include "remote.hpp"

#include <caf/message_builder.hpp>

namespace horde::tools {

namespace {

caf::error show_children(const remote& to, const std::string& horde) {
  auto member = to.node.find(horde_kind::supervisor, horde);
  if (!member)
    return std::move(member.error());
  auto list = to.node.request<child_list>(member->actor, which_children{});
  if (!list)
    return std::move(list.error());
  std::sort(list->children.begin(), list->children.end(),
            [](const auto& a, const auto& b) { return a.id < b.id; });
  to.print(*list, [&] {
    table rows{
      {"CHILD", "TYPE", "STATE", "MEMBER", "RESTART", "STARTS", "PROCESS"}};
    for (const auto& x : list->children)
      rows.add({x.id, x.type, std::string{to_string(x.state)},
                to_string(x.member), std::string{to_string(x.when)},
                std::to_string(x.attempt), x.pid ? to_string(x.pid) : "-"});
    std::cout << rows << '\n'
              << list->total << " children in " << member->who.horde;
    if (list->children.size() < list->total)
      std::cout << ", " << list->children.size() << " shown";
    std::cout << '\n';
    for (const auto& x : list->silent)
      std::cout << "not reached, may know better: " << to_string(x) << '\n';
  });
  return {};
}

void print_moves(const move_list& list) {
  table rows{{"CHILD", "FROM", "TO"}};
  for (const auto& x : list.moves)
    rows.add({x.id, to_string(x.from),
              x.problem.empty() ? to_string(x.to) : "nowhere: " + x.problem});
  std::cout << rows << '\n' << list.total << " children";
  if (list.moves.size() < list.total)
    std::cout << ", " << list.moves.size() << " shown";
  std::cout << '\n';
}

template <class Request>
caf::error show_moves(const remote& to, const std::string& horde,
                      const Request& request) {
  auto member = to.node.find(horde_kind::supervisor, horde);
  if (!member)
    return std::move(member.error());
  auto list = to.node.request<move_list>(member->actor, request);
  if (!list)
    return std::move(list.error());
  to.print(*list, [&] { print_moves(*list); });
  return {};
}

struct new_child {
  std::string horde;
  child_spec spec;
  std::vector<std::string> args;
  std::string shutdown = "5";
  start_ack ack = start_ack::standard;
  bool is_dry = false; ///< tell only where it would run
  bool finds = false;  ///< one that runs will do
};

caf::error show_plan(const remote& to, const hosted_member& member,
                     const plan_child& request) {
  auto plan = to.node.request<placement::plan>(member.actor, request);
  if (!plan)
    return std::move(plan.error());
  to.print(*plan, [&] {
    table rows{{"MEMBER", "STATUS", "FITS", "DETAIL", "WEIGHT", "CHILDREN",
                "OF GROUP", "SCORE"}};
    for (const auto& x : plan->members)
      rows.add({to_string(x.who), std::string{to_string(x.status)},
                std::string{to_string(x.is)}, x.detail.empty() ? "-" : x.detail,
                std::to_string(x.weight), std::to_string(x.children),
                std::to_string(x.of_group), std::to_string(x.score)});
    std::cout << rows << '\n'
              << plan->strategy << ", key '" << plan->key << "': " << plan->why
              << '\n';
  });
  return {};
}

shutdown_policy shutdown_of(const std::string& text) {
  if (text == "kill")
    return {shutdown_kind::brutal_kill, {}};
  if (text == "infinity")
    return {shutdown_kind::infinity, {}};
  return {shutdown_kind::timed, parse_duration(text).value_or(duration{})};
}

caf::error start(const remote& to, new_child x) {
  auto member = to.node.find(horde_kind::supervisor, x.horde);
  if (!member)
    return std::move(member.error());
  caf::message_builder args;
  for (const auto& text : x.args)
    args.append(text);
  x.spec.args = args.to_message();
  x.spec.shutdown = shutdown_of(x.shutdown);
  if (x.is_dry)
    return show_plan(to, *member, plan_child{x.spec});
  auto done = x.finds
                ? to.node.request<child_started>(member->actor,
                                                 find_or_start{x.spec, x.ack})
                : to.node.request<child_started>(member->actor,
                                                 start_child{x.spec, x.ack});
  if (!done)
    return std::move(done.error());
  done->info = to.readable(done->info);
  to.print(*done, [&] {
    std::cout << (x.finds ? "running " : "started ") << done->id
              << (done->who ? " as " + to_string(done->who) : " on each member")
              << '\n';
  });
  return {};
}

caf::error terminate(const remote& to, const std::string& horde,
                     const std::string& id) {
  auto member = to.node.find(horde_kind::supervisor, horde);
  if (!member)
    return std::move(member.error());
  terminate_child request;
  if (!parse_pid(id, request.who))
    request.id = id;
  auto done = to.node.request<void>(member->actor, request);
  if (!done)
    return std::move(done.error());
  to.print(request, [&] { std::cout << "terminated " << id << '\n'; });
  return {};
}

caf::error release(const remote& to, const std::string& horde,
                   const std::string& id) {
  auto member = to.node.find(horde_kind::supervisor, horde);
  if (!member)
    return std::move(member.error());
  release_child request{id};
  auto done = to.node.request<void>(member->actor, request);
  if (!done)
    return std::move(done.error());
  to.print(request, [&] { std::cout << "released " << id << '\n'; });
  return {};
}

caf::error activate(const remote& to, const std::string& horde,
                    const std::string& id) {
  auto member = to.node.find(horde_kind::supervisor, horde);
  if (!member)
    return std::move(member.error());
  auto done = to.node.request<child_started>(member->actor, activate_child{id});
  if (!done)
    return std::move(done.error());
  to.print(*done, [&] {
    std::cout << "running " << id << " as " << to_string(done->who) << '\n';
  });
  return {};
}

CLI::Validator is_shutdown() {
  auto check = [](const std::string& text) -> std::string {
    return text == "kill" || text == "infinity" || parse_duration(text)
             ? ""
             : "'" + text + "': takes kill, infinity or a time like 5s";
  };
  return {check, "kill|infinity|TIME"};
}

void add_start_child(CLI::App& app, action& todo) {
  auto x = std::make_shared<new_child>();
  auto* cmd = add_remote_command(
    app, todo, "start-child", "Starts a child somewhere in the cluster",
    [x](const remote& to) { return start(to, *x); });
  cmd->add_option("HORDE", x->horde, "Name of the supervisor")->required();
  cmd->add_option("TYPE", x->spec.type, "A child type of the nodes")
    ->required();
  cmd->add_option("ARG", x->args, "Its arguments, passed on as strings");
  cmd->add_option("--id", x->spec.id, "Unique in the horde; default: made up");
  const std::map<std::string, restart> restarts{
    {"permanent", restart::permanent},
    {"transient", restart::transient},
    {"temporary", restart::temporary}};
  cmd
    ->add_option("--restart", x->spec.restart,
                 "permanent: always (default), transient: after a crash, "
                 "temporary: never")
    ->transform(CLI::CheckedTransformer(restarts).description(
      "permanent|transient|temporary"));
  cmd->add_flag("--restart-on-failover", x->spec.restart_on_failover,
                "A temporary child, too, goes on elsewhere when its node ends");
  cmd->add_flag("--one-per-node", x->spec.one_per_node,
                "Each member that fits runs a copy, ID@NODE; new ones get one");
  cmd->add_flag("--singleton", x->spec.singleton,
                "Refused where two could run, on both sides of a split");
  cmd->add_flag("--or-find", x->finds,
                "Takes an --id: one that is there will do, whatever its type");
  cmd
    ->add_option("--shutdown", x->shutdown,
                 "How it is stopped: killed at once, asked and waited for, or "
                 "asked and killed after a time")
    ->check(is_shutdown())
    ->capture_default_str();
  const std::map<std::string, start_ack> acks{
    {"local", start_ack::local}, {"replicated", start_ack::replicated}};
  cmd
    ->add_option("--ack", x->ack,
                 "When it is reported: when it runs, or when another member "
                 "has its record, too; default: as the supervisor is set")
    ->transform(CLI::CheckedTransformer(acks).description("local|replicated"));
  cmd->add_option("--key", x->spec.placement_key,
                  "Children with the same key run on the same member");
  auto add_list = [&](const char* name, auto& list, const char* help) {
    cmd->add_option(name, list, help)->type_size(1)->allow_extra_args(false);
  };
  add_list("--needs", x->spec.place.needs,
           "A label that its node must have; may be given several times");
  add_list("--avoids", x->spec.place.avoids,
           "A label that its node must not have; may be given several times");
  cmd->add_option("--group", x->spec.place.group,
                  "Children of one group run on different members as long as "
                  "there are enough");
  cmd->add_flag("--strict", x->spec.place.strict,
                "Rather than beside another one of its group it does not run");
  cmd->add_flag("!--stay", x->spec.movable,
                "A rebalance leaves it where it is");
  cmd->add_flag("--ready", x->spec.ready,
                "It is reported when it says that it is ready");
  cmd->add_flag("--detached", x->spec.detached, "It gets a thread of its own");
  cmd->add_flag("--dry-run", x->is_dry,
                "Starts nothing, tells where it would run and why");
}

void add_move_commands(CLI::App& app, action& todo) {
  auto horde = std::make_shared<std::string>();
  auto order = std::make_shared<rebalance>();
  auto* cmd = add_remote_command(
    app, todo, "rebalance",
    "Moves children to where they would be started now, a few at a time",
    [horde, order](const remote& to) {
      return show_moves(to, *horde, *order);
    });
  cmd->add_option("HORDE", *horde, "Name of the supervisor")->required();
  cmd->add_flag("--dry-run", order->dry_run, "Moves nothing, tells what would");
  auto question = std::make_shared<plan_nodes>();
  auto* plan = add_remote_command(app, todo, "plan",
                                  "Tells which children other nodes would move",
                                  [horde, question](const remote& to) {
                                    return show_moves(to, *horde, *question);
                                  });
  plan->add_option("HORDE", *horde, "Name of the supervisor")->required();
  auto add_nodes = [&](const char* name, auto& list, const char* help) {
    plan->add_option(name, list, help)->type_size(1)->allow_extra_args(false);
  };
  add_nodes("--lost", question->lost,
            "Name of a node as if it were lost; may be given several times");
  add_nodes("--added", question->added,
            "Name of a node as if it were there; may be given several times");
  plan->add_flag("--rebalance", question->rebalances,
                 "Also what a rebalance would move then");
}

} // namespace

void add_supervisor_commands(CLI::App& app, action& todo) {
  auto horde = std::make_shared<std::string>();
  auto id = std::make_shared<std::string>();
  auto* list = add_remote_command(
    app, todo, "children", "Lists the children of a supervisor",
    [horde](const remote& to) { return show_children(to, *horde); });
  list->add_option("HORDE", *horde, "Its name; not needed if there is one");

  add_start_child(app, todo);
  add_move_commands(app, todo);

  auto* stop = add_remote_command(
    app, todo, "terminate-child", "Stops a child for good",
    [horde, id](const remote& to) { return terminate(to, *horde, *id); });
  stop->add_option("HORDE", *horde, "Name of the supervisor")->required();
  stop->add_option("CHILD", *id, "Its id or its process")->required();

  auto* free = add_remote_command(
    app, todo, "release-child", "Starts a child at once that is quarantined",
    [horde, id](const remote& to) { return release(to, *horde, *id); });
  free->add_option("HORDE", *horde, "Name of the supervisor")->required();
  free->add_option("CHILD", *id, "Its id")->required();

  auto* wake = add_remote_command(
    app, todo, "activate-child", "Starts a child that stopped when it was idle",
    [horde, id](const remote& to) { return activate(to, *horde, *id); });
  wake->add_option("HORDE", *horde, "Name of the supervisor")->required();
  wake->add_option("CHILD", *id, "Its id")->required();
}

} // namespace horde::tools
