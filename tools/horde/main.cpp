// SPDX-License-Identifier: MIT
//
// The `horde` program: runs a node, or asks a running one. Exit codes: 0 done,
// 1 it failed, 2 wrong input.

#include <iostream>

#include "bench_command.hpp"
#include "demo_command.hpp"
#include "node_command.hpp"
#include "remote.hpp"
#include "secret_command.hpp"

namespace {

using namespace horde::tools;

constexpr auto about =
  "A distributed registry and supervisor for actors. `horde node` runs a node; "
  "all other commands ask a running one.";

constexpr auto first_steps =
  "First steps:\n"
  "  horde node --formation local &                a node of this machine\n"
  "  horde node --formation local &                a second one finds it\n"
  "  horde status                                  both are there\n"
  "  horde start-child workers worker --id lamp    runs on one of them\n"
  "  horde whereis names lamp                      where?\n"
  "\n"
  "`horde COMMAND --help` tells more. HORDE_NODE, HORDE_CLUSTER,\n"
  "HORDE_SECRET and HORDE_TRANSPORT stand for --node, --cluster, --secret and\n"
  "--transport.";

void add_commands(CLI::App& app, action& todo) {
  add_node_command(app, todo);
  add_status_command(app, todo);
  add_member_commands(app, todo);
  add_registry_commands(app, todo);
  add_meta_commands(app, todo);
  add_watch_command(app, todo);
  add_watch_children_command(app, todo);
  add_supervisor_commands(app, todo);
  add_demo_command(app, todo);
  add_bench_command(app, todo);
  add_secret_command(app, todo);
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{about, "horde"};
  app.footer(first_steps);
  app.set_version_flag("--version",
                       "horde " HORDE_VERSION " with CAF " HORDE_CAF_VERSION);
  app.require_subcommand(1);
  action todo;
  add_commands(app, todo);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    if (problem.get_exit_code() == 0) // --help, --version
      return app.exit(problem);
    std::string what = problem.what();
    if (auto rest = app.remaining();
        !rest.empty() && app.get_subcommands().empty())
      what = "there is no command '" + rest.front() + "'";
    std::cerr << "horde: " << what << " (see horde --help)" << std::endl;
    return 2;
  }
  return todo();
}
