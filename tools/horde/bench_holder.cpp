// SPDX-License-Identifier: MIT

#include "bench_holder.hpp"

#include <csignal>
#include <cstring>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace horde::tools {

node_holder::node_holder(const endpoint& seed, std::size_t names)
    : node_holder({"--seed", to_string(seed), "--names", //
                   std::to_string(names)}) {
  // nop
}

node_holder::node_holder(const endpoint& seed)
    : node_holder({"--seed", to_string(seed), "--supervisor"}) {
  // nop
}

node_holder::node_holder(std::vector<std::string> options) {
  options.insert(options.begin(), {"horde", "bench", "hold"});
  std::vector<char*> argv;
  for (auto& x : options)
    argv.push_back(x.data());
  argv.push_back(nullptr);
  auto problem = posix_spawn(&pid_, "/proc/self/exe", nullptr, nullptr,
                             argv.data(), environ);
  if (problem != 0)
    give_up(std::string{"cannot start another node: "} + strerror(problem));
}

void node_holder::kill() {
  if (pid_ == 0)
    return;
  ::kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

void add_holder_command(CLI::App& bench, action& todo) {
  struct settings {
    std::string seed;
    std::size_t names = 0;
    bool has_supervisor = false;
  };
  auto given = std::make_shared<settings>();
  auto* cmd = bench.add_subcommand("hold", "Is a node until it is killed");
  cmd->group("");
  cmd->add_option("--seed", given->seed)->required()->check(is_node_address());
  cmd->add_option("--names", given->names);
  cmd->add_flag("--supervisor", given->has_supervisor);
  cmd->callback([&todo, given] {
    todo = [given] {
      bench_node self;
      self.start({*parse_endpoint(given->seed)});
      if (given->has_supervisor) {
        self.start_supervisor();
      } else {
        self.start_registry();
        self.fill(0, given->names);
      }
      for (auto parent = getppid(); getppid() == parent;)
        sleep(1); // who started us may have died
      return 0;
    };
  });
}

} // namespace horde::tools
