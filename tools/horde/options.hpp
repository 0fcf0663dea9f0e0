// SPDX-License-Identifier: MIT
//
// What several subcommands read from the command line, and the checks of single
// values: wrong ones are refused before anything runs.

#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "horde/actors/client.hpp"
#include "horde/actors/secret_file.hpp"

namespace horde::tools {

/// What the chosen subcommand will do; returns the exit code.
using action = std::function<int()>;

inline constexpr auto default_address = "127.0.0.1:4711";

/// `15`, `1.5s`, `500ms` or `2m`.
std::optional<duration> parse_duration(const std::string& text);

CLI::Validator is_duration();

/// A whole number from 0 on: CLI11 would take -1 for a very large one.
CLI::Validator is_count();

CLI::Validator is_endpoint();

/// Where a node listens: with a port that is not 0.
CLI::Validator is_node_address();

/// `KIND` or `KIND:KEY=VALUE,...`.
CLI::Validator is_topology();

/// Not empty, as a variable that was not set would be.
CLI::Validator is_folder_name();

/// Cluster, secret and certificates: who may talk to whom.
struct trust_options {
  std::string cluster;
  std::string secret;
  std::string secret_file;
  std::string transport;
  certificate_files certificates;

  void add_to(CLI::App& cmd);

  /// The secrets, wherever they stand, our own first; empty if nothing is said.
  caf::expected<std::vector<std::string>> read_secrets() const;

  /// Replaces in the settings of a node or a client what is said here.
  template <class Settings>
  caf::error apply_to(Settings& x) const {
    auto secrets = read_secrets();
    if (!secrets)
      return std::move(secrets.error());
    if (!secrets->empty())
      actors::take_secrets(*secrets, x);
    if (!cluster.empty())
      x.cluster = cluster;
    if (!transport.empty())
      x.transport = *parse_transport(transport);
    if (!certificates.none())
      x.certificates = certificates;
    return {};
  }
};

/// How to reach a running node, and how to print.
struct remote_options {
  std::string node; ///< empty: one of this machine, else `default_address`
  trust_options trust;
  std::string timeout = "15";
  bool json = false;

  void add_to(CLI::App& cmd);

  caf::expected<client_settings> settings() const;
};

} // namespace horde::tools
