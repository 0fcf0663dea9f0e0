// SPDX-License-Identifier: MIT

#include "options.hpp"

#include <cmath>
#include <fstream>
#include <sstream>

namespace horde::tools {

std::optional<duration> parse_duration(const std::string& text) {
  std::istringstream in{text};
  double number = 0;
  std::string unit;
  if (!(in >> number) || number < 0)
    return std::nullopt;
  in >> unit;
  auto seconds = number;
  if (unit == "ms")
    seconds = number / 1000;
  else if (unit == "m")
    seconds = number * 60;
  else if (!unit.empty() && unit != "s")
    return std::nullopt;
  if (!in.eof() || seconds > 1e9)
    return std::nullopt;
  return duration{std::llround(seconds * 1e9)};
}

CLI::Validator is_duration() {
  auto check = [](const std::string& text) -> std::string {
    return parse_duration(text) ? "" : "'" + text + "': takes 15, 1.5s, 500ms";
  };
  return {check, "TIME"};
}

CLI::Validator is_endpoint() {
  auto check = [](const std::string& text) -> std::string {
    return parse_endpoint(text) ? "" : "'" + text + "': takes HOST:PORT";
  };
  return {check, "HOST:PORT"};
}

CLI::Validator is_node_address() {
  auto check = [](const std::string& text) -> std::string {
    auto at = parse_endpoint(text);
    return at && !at->host.empty() && at->port != 0
             ? ""
             : "'" + text + "': takes HOST:PORT of a node";
  };
  return {check, "HOST:PORT"};
}

CLI::Validator is_folder_name() {
  auto check = [](const std::string& text) -> std::string {
    return text.empty() ? "'': takes the name of a directory" : "";
  };
  return {check, "DIR"};
}

void trust_options::add_to(CLI::App& cmd) {
  cmd
    .add_option("--cluster", cluster,
                "Name of the cluster (default: horde); others are refused")
    ->envname("HORDE_CLUSTER");
  auto* text = cmd
                 .add_option("--secret", secret,
                             "The cluster's secret, at least 16 bytes; others "
                             "can see it in the process list")
                 ->envname("HORDE_SECRET");
  cmd.add_option("--secret-file", secret_file, "File with the secret")
    ->check(CLI::ExistingFile)
    ->excludes(text);
}

caf::expected<std::string> trust_options::read_secret() const {
  if (secret_file.empty())
    return secret;
  std::ifstream file{secret_file, std::ios::binary};
  std::stringstream content;
  content << file.rdbuf();
  if (!file)
    return to_error(
      {errc::bad_option, "cannot read the secret from '" + secret_file + "'"});
  auto result = content.str();
  while (!result.empty() && (result.back() == '\n' || result.back() == '\r'))
    result.pop_back();
  if (result.empty())
    return to_error(
      {errc::bad_option, "the secret file '" + secret_file + "' is empty"});
  return result;
}

void remote_options::add_to(CLI::App& cmd) {
  cmd.add_option("--node", node, "Any running node of the cluster")
    ->envname("HORDE_NODE")
    ->check(is_node_address())
    ->capture_default_str();
  trust.add_to(cmd);
  cmd.add_option("--timeout", timeout, "How long to wait, in seconds")
    ->check(is_duration())
    ->capture_default_str();
  cmd.add_flag("--json", json, "Print JSON, for scripts");
}

caf::expected<client_settings> remote_options::settings() const {
  client_settings result;
  auto secret = trust.read_secret();
  if (!secret)
    return std::move(secret.error());
  result.secret = std::move(*secret);
  if (!trust.cluster.empty())
    result.cluster = trust.cluster;
  result.node = *parse_endpoint(node);
  result.timeout = *parse_duration(timeout);
  if (result.timeout <= duration{0})
    return to_error({errc::bad_option, "--timeout must be more than 0"});
  return result;
}

} // namespace horde::tools
