// SPDX-License-Identifier: MIT

#include "options.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "horde/actors/formation/local_entries.hpp"
#include "horde/actors/formation/strategies.hpp"

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

CLI::Validator is_count() {
  auto check = [](const std::string& text) -> std::string {
    auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    return !text.empty() && text.size() < 19
               && std::all_of(text.begin(), text.end(), is_digit)
             ? ""
             : "'" + text + "': takes 0, 1, 2 and so on";
  };
  return {check, "COUNT"};
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

CLI::Validator is_topology() {
  auto check = [](const std::string& text) -> std::string {
    auto x = formation::parse_topology(text);
    auto* problem = std::get_if<failure>(&x);
    return problem ? problem->what : "";
  };
  return {check, "KIND[:KEY=VALUE,...]"};
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
  cmd
    .add_option("--secret-file", secret_file,
                "File with secrets, one a line: the first is used, callers may "
                "know any of them")
    ->check(CLI::ExistingFile)
    ->excludes(text);
  cmd
    .add_option("--transport", transport,
                "tls (default), or hmac: faster, but readable and forgeable on "
                "the way; the same on all nodes")
    ->envname("HORDE_TRANSPORT")
    ->check(CLI::IsMember({"tls", "hmac"}));
  cmd
    .add_option("--certificate", certificates.certificate,
                "PEM file: TLS with certificates, needs the next two as well")
    ->check(CLI::ExistingFile);
  cmd
    .add_option("--private-key", certificates.private_key,
                "PEM file with the certificate's key")
    ->check(CLI::ExistingFile);
  cmd
    .add_option("--authorities", certificates.authorities,
                "PEM file with those who sign the certificates of nodes")
    ->check(CLI::ExistingFile);
}

caf::expected<std::vector<std::string>> trust_options::read_secrets() const {
  if (secret_file.empty())
    return secret.empty() ? std::vector<std::string>{} : std::vector{secret};
  auto result = horde::read_secrets(secret_file);
  if (auto* problem = std::get_if<failure>(&result))
    return to_error(*problem);
  return std::move(std::get<std::vector<std::string>>(result));
}

void remote_options::add_to(CLI::App& cmd) {
  cmd
    .add_option("--node", node,
                "Any running node of the cluster (default: one of this machine "
                "that runs with --formation local, else "
                  + std::string{default_address} + ")")
    ->envname("HORDE_NODE")
    ->check(is_node_address());
  trust.add_to(cmd);
  cmd.add_option("--timeout", timeout, "How long to wait, in seconds")
    ->check(is_duration())
    ->capture_default_str();
  cmd.add_flag("--json", json, "Print JSON, for scripts");
}

namespace {

endpoint usual_node(const std::string& cluster) {
  auto found = formation::local_nodes(formation::local_directory(), cluster);
  if (auto* nodes = std::get_if<std::vector<formation::local_node>>(&found))
    if (!nodes->empty())
      return nodes->front().at;
  return *parse_endpoint(default_address);
}

} // namespace

caf::expected<client_settings> remote_options::settings() const {
  client_settings result;
  if (auto problem = trust.apply_to(result))
    return problem;
  result.node =
    node.empty() ? usual_node(result.cluster) : *parse_endpoint(node);
  result.timeout = *parse_duration(timeout);
  if (result.timeout <= duration{0})
    return to_error({errc::bad_option, "--timeout must be more than 0"});
  return result;
}

} // namespace horde::tools
