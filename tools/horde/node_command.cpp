// SPDX-License-Identifier: MIT
//
// `horde node`: runs a node until it is asked to stop.

#include "node_command.hpp"

#include <future>
#include <iostream>
#include <sstream>

#include "child_types.hpp"
#include "readiness.hpp"
#include "remote.hpp"
#include "signals.hpp"
#include "store_folder.hpp"
#include "supervisor_settings.hpp"

namespace horde::tools {

namespace {

constexpr auto stop_limit = std::chrono::seconds{10};

struct node_options {
  std::string listen;
  std::string name;
  std::string advertise;
  trust_options trust;
  std::vector<std::string> seeds;
  std::vector<std::string> formation;
  std::vector<std::string> registries;
  std::vector<std::string> supervisors;
  std::string members;
  std::string keys;
  std::string conflicts;
  std::size_t partitions = 0;
  supervisor_settings supervision;
  std::vector<std::string> labels;
  std::uint32_t weight = 0;
  std::string store;
  std::string config_file;
  std::string log_level = "warning";
  readiness_options ready;
};

/// What no configuration says.
const endpoint unsaid{"?", 0};

/// What a configuration file may say beyond the options of a node.
struct node_config : config {
  node_config() {
    defaults.listen = unsaid;
    opt_group{custom_options_, "horde"}
      .add(registries, "registries", "list of names")
      .add(supervisors, "supervisors", "list of names")
      .add(members, "members", "automatic, dynamic, or nodes with commas")
      .add(keys, "keys", "of registries: unique or duplicate")
      .add(conflicts, "conflicts", "of registries: last_wins or first_wins")
      .add(partitions, "partitions", "of each registry: 1 to 64")
      .add(store, "store", "directory for the records of children");
    caf::config_option_adder supervision_options{custom_options_, "horde"};
    supervision.add_to(supervision_options);
  }

  std::vector<std::string> registries;
  std::vector<std::string> supervisors;
  std::string members;
  std::string keys = "unique";
  std::string conflicts = "last_wins";
  std::size_t partitions = 1;
  std::string store;
  supervisor_settings supervision;
};

/// Where it listens if nobody says: others find it wherever that is, or know
/// the usual place.
endpoint usual_address(const std::vector<topology>& formation) {
  auto result = *parse_endpoint(default_address);
  for (const auto& x : formation)
    if (x.kind == "local" || x.kind == "gossip")
      result.port = 0;
  return result;
}

caf::error bad_option(std::string what) {
  return to_error({errc::bad_option, std::move(what)});
}

/// The command line wins over the file.
caf::error apply(const node_options& x, node_config& cfg,
                 node_settings& settings) {
  auto from_file = cfg.node();
  if (!from_file)
    return std::move(from_file.error());
  settings = std::move(*from_file);
  if (!x.listen.empty())
    settings.listen = *parse_endpoint(x.listen);
  if (!x.name.empty())
    settings.name = x.name;
  if (!x.advertise.empty())
    settings.advertise = x.advertise;
  if (auto problem = x.trust.apply_to(settings))
    return problem;
  if (!x.seeds.empty())
    settings.seeds.clear();
  for (const auto& seed : x.seeds)
    settings.seeds.push_back(*parse_endpoint(seed));
  if (!x.formation.empty())
    settings.formation.clear();
  for (const auto& text : x.formation)
    settings.formation.push_back(
      std::get<topology>(formation::parse_topology(text)));
  if (settings.listen == unsaid)
    settings.listen = usual_address(settings.formation);
  if (!x.registries.empty() || !x.supervisors.empty()) {
    cfg.registries = x.registries;
    cfg.supervisors = x.supervisors;
  }
  if (cfg.registries.empty() && cfg.supervisors.empty()) {
    cfg.registries = {"names"};
    cfg.supervisors = {"workers"};
  }
  if (!x.members.empty())
    cfg.members = x.members;
  if (!x.keys.empty())
    cfg.keys = x.keys;
  if (!x.conflicts.empty())
    cfg.conflicts = x.conflicts;
  if (x.partitions > 0)
    cfg.partitions = x.partitions;
  cfg.supervision.replace_by(x.supervision);
  if (!x.labels.empty())
    settings.labels = x.labels;
  if (x.weight > 0)
    settings.weight = x.weight;
  if (!x.store.empty())
    cfg.store = x.store;
  if (cfg.keys != "unique" && cfg.keys != "duplicate")
    return bad_option("horde.keys = '" + cfg.keys
                      + "': takes unique or duplicate");
  if (cfg.conflicts != "last_wins" && cfg.conflicts != "first_wins")
    return bad_option("horde.conflicts = '" + cfg.conflicts
                      + "': takes last_wins or first_wins");
  supervisor_options unused;
  return cfg.supervision.apply_to(unused);
}

/// `automatic`, `dynamic`, or the names of nodes with commas.
members_option members_of(const std::string& text, const std::string& horde,
                          const std::string& self) {
  if (text.empty() || text == "automatic")
    return automatic;
  if (text == "dynamic")
    return members_function{[=](const node_view& seen) {
      auto result = seen.visible_members_of(horde);
      result.push_back({horde, self});
      return result;
    }};
  members list;
  std::istringstream in{text};
  for (std::string node; std::getline(in, node, ',');)
    if (!node.empty())
      list.push_back({horde, node});
  return list;
}

/// Its hordes: registries first, so that children find them.
struct hordes {
  std::shared_ptr<registry> first = std::make_shared<registry>();
  std::vector<registry> registries;
  std::vector<dynamic_supervisor> supervisors;

  caf::error start(node& where, const node_config& cfg, stores kept) {
    const auto& self = where.id().name;
    for (const auto& name : cfg.registries) {
      registry_options options{.name = name};
      options.members = members_of(cfg.members, name, self);
      options.partitions = cfg.partitions;
      if (cfg.keys == "duplicate")
        options.keys = key_mode::duplicate;
      if (cfg.conflicts == "first_wins")
        options.conflicts = conflict_rule::first_wins;
      auto x = registry::start(where, std::move(options));
      if (!x)
        return std::move(x.error());
      if (registries.empty())
        *first = *x;
      registries.push_back(std::move(*x));
    }
    for (const auto& name : cfg.supervisors) {
      supervisor_options options;
      if (auto problem = cfg.supervision.apply_to(options))
        return problem;
      options.name = name;
      options.members = members_of(cfg.members, name, self);
      options.store = std::move(kept[name]);
      auto x = dynamic_supervisor::start(where, std::move(options));
      if (!x)
        return std::move(x.error());
      supervisors.push_back(std::move(*x));
    }
    return {};
  }
};

/// The secrets as the files and the command line say them now.
caf::expected<std::vector<std::string>>
read_secrets_again(const node_options& options) {
  node_config cfg;
  node_settings settings;
  if (!options.config_file.empty())
    if (auto problem = cfg.read_file(options.config_file))
      return problem;
  if (auto problem = apply(options, cfg, settings))
    return problem;
  auto result = std::move(settings.accepted_secrets);
  result.insert(result.begin(), std::move(settings.secret));
  return result;
}

/// At SIGHUP. With new ones that are of no use the old ones stay.
void reload(node& self, const node_options& options) {
  auto secrets = read_secrets_again(options);
  auto done = secrets ? self.set_secrets(std::move(*secrets))
                      : caf::expected<void>{std::move(secrets.error())};
  if (done)
    std::cout << "secrets read again" << std::endl;
  else
    std::cerr << "horde: the old secrets stay: " << render(done.error())
              << std::endl;
}

caf::error run_node(const node_options& options) {
  node_signals signals;
  node_config cfg;
  node_settings settings;
  if (!options.config_file.empty())
    if (auto problem = cfg.read_file(options.config_file))
      return problem;
  if (auto problem = apply(options, cfg, settings))
    return problem;
  auto kept = open_stores(cfg.store, cfg.supervisors, settings.cluster);
  if (!kept)
    return std::move(kept.error());
  set_log_level(options.log_level);
  caf::actor_system sys{cfg};
  hordes mine;
  settings.child_types = demo_child_types(mine.first);
  auto self = node::start(sys, std::move(settings));
  if (!self)
    return std::move(self.error());
  readiness ready;
  auto problem = mine.start(*self, cfg, std::move(*kept));
  if (!problem)
    problem = ready.begin(*self, options.ready);
  if (problem) {
    self->stop(duration{0});
    return problem;
  }
  std::promise<std::string> lost;
  self->subscribe([&lost, who = self->id()](const node_event& x) {
    if (x.who != who)
      return;
    lost.set_value(x.reason);
    node_signals::raise_lost();
  });
  while (signals.wait() == node_signals::reload)
    reload(*self, options);
  ready.stopping();
  self->stop(stop_limit);
  auto why = lost.get_future();
  if (why.wait_for(std::chrono::seconds{0}) == std::future_status::ready)
    return to_error({errc::superseded, why.get()});
  return {}; // also if somebody else sent us SIGUSR1
}

} // namespace

void add_node_command(CLI::App& app, action& todo) {
  auto x = std::make_shared<node_options>();
  auto* cmd = app.add_subcommand("node", "Runs a node until SIGTERM or SIGINT");
  cmd
    ->add_option("--listen", x->listen,
                 "Where it listens; port 0: any free one (default: "
                   + std::string{default_address}
                   + ", with --formation local or gossip any free port)")
    ->check(is_endpoint());
  cmd
    ->add_option("--seed", x->seeds,
                 "Where another node of the cluster listens; may be given "
                 "several times")
    ->check(is_node_address())
    ->type_size(1)
    ->allow_extra_args(false);
  cmd
    ->add_option("--formation", x->formation,
                 "How it finds other nodes: KIND or KIND:KEY=VALUE,KEY=VALUE, "
                 "such as local, gossip:interface=eth0 or "
                 "static:hosts=HOST:PORT,HOST:PORT; may be given several times")
    ->check(is_topology())
    ->type_size(1)
    ->allow_extra_args(false);
  cmd->add_option("--name", x->name,
                  "Unique in the cluster (default: where it listens)");
  cmd->add_option("--advertise", x->advertise,
                  "Host under which others reach it, if not where it listens");
  x->trust.add_to(*cmd);
  cmd
    ->add_option("--registry", x->registries,
                 "Runs a member of this registry; may be given several times "
                 "(default: names, if neither is given)")
    ->type_size(1)
    ->allow_extra_args(false);
  cmd
    ->add_option("--supervisor", x->supervisors,
                 "Runs a member of this supervisor; may be given several times "
                 "(default: workers, if neither is given)")
    ->type_size(1)
    ->allow_extra_args(false);
  cmd->add_option("--members", x->members,
                  "automatic: every node that runs the horde (default); "
                  "dynamic: as `horde set-members` says; or names of nodes "
                  "with commas: these and no others");
  cmd
    ->add_option("--keys", x->keys,
                 "Of its registries: unique names, or duplicate ones: groups "
                 "(default: unique)")
    ->check(CLI::IsMember({"unique", "duplicate"}));
  cmd
    ->add_option("--conflicts", x->conflicts,
                 "Of its registries: which of two owners of a name keeps it, "
                 "last_wins or first_wins (default: last_wins)")
    ->check(CLI::IsMember({"last_wins", "first_wins"}));
  cmd
    ->add_option("--partitions", x->partitions,
                 "Of each of its registries: names are divided among so many "
                 "replicas (default: 1)")
    ->check(CLI::Range(1, 64));
  x->supervision.add_to(*cmd);
  cmd
    ->add_option("--label", x->labels,
                 "A word like ssd or zone=a that children may ask for; may be "
                 "given several times")
    ->type_size(1)
    ->allow_extra_args(false);
  cmd
    ->add_option("--weight", x->weight,
                 "Percent of the children of a usual node (default: 100)")
    ->check(CLI::Range(std::uint32_t{1}, max_weight));
  cmd
    ->add_option("--store", x->store,
                 "Directory that keeps the records of children, one file a "
                 "supervisor, so that they come back after a restart, also of "
                 "all nodes; made if it is not there. Each node takes one of "
                 "its own (default: none is kept)")
    ->check(is_folder_name());
  cmd
    ->add_option(
      "--config", x->config_file,
      "File in CAF's own format; the options of this command are "
      "called there horde.listen, horde.seeds, horde.registries, ...")
    ->check(CLI::ExistingFile);
  cmd->add_option("--log-level", x->log_level, "What is written to stderr")
    ->check(CLI::IsMember(
      {"trace", "debug", "info", "warning", "error", "critical", "off"}))
    ->capture_default_str();
  x->ready.add_to(*cmd);
  cmd->footer(
    "Ends with 0 when asked to, and with 1 if a newer incarnation of "
    "its name took its place\nwhile it was cut off: then its children "
    "run elsewhere, and to start it again joins it.\n"
    "SIGHUP makes it read its secrets again; links stay.\n"
    "Child types to try:\n"
    "  worker [NAME]  takes a name in the first registry (default: "
    "the child's id)\n"
    "  crasher TIME   crashes after this time\n"
    "  finisher TIME  ends normally after this time\n"
    "  sleeper TIME   takes this long to start");
  cmd->callback([&todo, x] {
    todo = [x] {
      auto problem = run_node(*x);
      return problem ? complain(problem) : 0;
    };
  });
}

} // namespace horde::tools
