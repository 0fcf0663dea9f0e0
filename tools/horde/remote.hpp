// SPDX-License-Identifier: MIT
//
// What the subcommands share that ask a running node: connecting, printing,
// and the exit code: 0 done, 1 it failed, 2 wrong input.

#pragma once

#include <functional>
#include <iostream>
#include <string>

#include <CLI/CLI.hpp>

#include "horde/actors/client.hpp"
#include "json.hpp"
#include "options.hpp"
#include "table.hpp"

namespace horde::tools {

/// A tool needs next to nothing of CAF.
struct tool_config : config {
  tool_config();
};

/// A connected tool.
struct remote {
  caf::actor_system& sys;
  client node;
  bool json = false;

  /// The struct as JSON, or what `human` writes.
  template <class T, class F>
  void print(const T& x, F human) const {
    if (json)
      std::cout << dump(to_json(x));
    else
      human();
  }

  /// JSON in one line, of which more follow.
  template <class T>
  void print_line(const T& x) const {
    std::cout << dump(to_json(x), -1) << std::flush;
  }

  /// A value that somebody registered, for people.
  std::string readable(const std::string& value) const;

private:
  /// Whatever bytes users put into names: never throws.
  static std::string dump(const nlohmann::ordered_json& x, int indent = 2);
};

/// No error: exit code 0.
using remote_body = std::function<caf::error(const remote&)>;

/// One line on stderr; returns the exit code.
int complain(const caf::error& why);

/// Adds a subcommand that connects and then runs `body`.
CLI::App* add_remote_command(CLI::App& app, action& todo,
                             const std::string& name,
                             const std::string& description, remote_body body);

void add_status_command(CLI::App& app, action& todo);
void add_member_commands(CLI::App& app, action& todo);
void add_registry_commands(CLI::App& app, action& todo);
void add_supervisor_commands(CLI::App& app, action& todo);
void add_meta_commands(CLI::App& app, action& todo);
void add_watch_command(CLI::App& app, action& todo);
void add_watch_children_command(CLI::App& app, action& todo);

/// For tables: alive, suspect, ..., since when, and who talks to it.
table member_table(const std::vector<member_info>& members);

} // namespace horde::tools
