// SPDX-License-Identifier: MIT

#include "horde/actors/config.hpp"

#include <fstream>
#include <sstream>

#include <caf/io/middleman.hpp>

#include "horde/actors/formation_config.hpp"
#include "horde/actors/secret_file.hpp"
#include "horde/actors/type_ids.hpp"

namespace horde {

config::config() {
  init_types<caf::id_block::horde_caf>(*this);
  load<caf::io::middleman>();
  // Measured in docs/decisions/0002-caf-settings.md.
  set_option(*this, "scheduler.policy", std::string{"sharing"});
  set_option(*this, "middleman.workers", std::size_t{0});
  set_option(*this, "middleman.heartbeat-interval", caf::timespan{0});
  set_option(*this, "middleman.connection-timeout", caf::timespan{0});
  opt_group{custom_options_, "horde"}
    .add(cluster_, "cluster", "name of the cluster; others are refused")
    .add(name_, "name", "name of this node, unique; default: host:port")
    .add(listen_, "listen", "host:port to listen on; port 0: any free one")
    .add(advertise_, "advertise", "host that others reach us at")
    .add(secret_, "secret", "the cluster's secret, at least 16 bytes")
    .add(max_unsent_, "max_unsent",
         "bytes waiting for one node at which its link closes (64 MiB)")
    .add(heartbeat_interval_, "heartbeat_interval",
         "time between heartbeats to a node (250ms)")
    .add(suspect_after_, "suspect_after",
         "silence after which a node is suspect (1s)")
    .add(down_after_, "down_after", "silence after which it is down (2750ms)")
    .add(secret_file_, "secret_file",
         "file with secrets, one a line: the first is ours, all are accepted")
    .add(transport_, "transport", "tls (default) or hmac: not encrypted")
    .add(certificates_.certificate, "certificate",
         "PEM file with this node's certificate; default: TLS by the secret")
    .add(certificates_.private_key, "private_key", "PEM file with its key")
    .add(certificates_.authorities, "authorities",
         "PEM file with those who sign the certificates of peers")
    .add(labels_, "labels", "words like ssd or zone=a that children ask for")
    .add(weight_, "weight", "percent of a usual node's children (100)")
    .add(seeds_, "seeds", "list of host:port of nodes to connect to");
}

namespace {

caf::error bad_option(const std::string& name, const std::string& value) {
  return to_error({errc::bad_option, name + " = '" + value
                                       + "': takes host:port, like "
                                         "10.0.0.1:4711 or [::1]:4711"});
}

} // namespace

caf::error config::read_file(const std::string& path) {
  std::ifstream file{path};
  std::ostringstream content;
  content << file.rdbuf();
  if (!file)
    return to_error(
      {errc::bad_option, "cannot read the configuration file '" + path + "'"});
  auto explain = [&](const std::string& why) {
    return to_error(
      {errc::bad_option, "configuration file '" + path + "': " + why});
  };
  std::istringstream first{content.str()};
  auto parsed = parse_config(first);
  if (!parsed)
    return explain(render(parsed.error()));
  std::istringstream again{content.str()};
  if (auto problem = parse(std::vector<std::string>{}, again))
    return explain(render(problem));
  if (auto section = caf::get_if<caf::settings>(&*parsed, "horde"))
    if (auto problem = take_section(*section))
      return explain(*problem);
  return {};
}

/// CAF itself ignores what it does not know, and values of a wrong type.
std::optional<std::string>
config::take_section(const caf::settings& section) const {
  for (const auto& [key, value] : section) {
    auto name = "horde." + std::string{key.data(), key.size()};
    if (name == "horde.formation") {
      if (!caf::get_if<caf::settings>(&value))
        return name + " = " + caf::deep_to_string(value)
               + ": takes a section of topologies";
      continue; // `node` reads it
    }
    auto option = custom_options_.qualified_name_lookup("horde", key);
    if (option == nullptr)
      return "there is no option " + name;
    if (!take_value(*option, value))
      return name + " = " + caf::deep_to_string(value) + ": takes a "
             + std::string{option->type_name().data(),
                           option->type_name().size()};
  }
  return std::nullopt;
}

caf::error config::take_trust(node_settings& to) const {
  if (!secret_.empty() && !secret_file_.empty())
    return to_error({errc::bad_option, "horde.secret and horde.secret_file: "
                                       "takes one of the two"});
  if (!secret_.empty())
    to.secret = secret_;
  if (!secret_file_.empty()) {
    auto secrets = read_secrets(secret_file_);
    if (auto* problem = std::get_if<failure>(&secrets))
      return to_error({problem->code, "horde.secret_file: " + problem->what});
    actors::take_secrets(std::get<std::vector<std::string>>(secrets), to);
  }
  if (!transport_.empty()) {
    auto x = parse_transport(transport_);
    if (!x)
      return to_error({errc::bad_option, "horde.transport = '" + transport_
                                           + "': takes tls or hmac"});
    to.transport = *x;
  }
  if (!certificates_.none())
    to.certificates = certificates_;
  return {};
}

/// One of the program with the same name makes room.
caf::error config::take_formation(node_settings& to) const {
  auto section =
    caf::get_if<caf::settings>(&caf::content(*this), "horde.formation");
  if (!section)
    return {};
  auto all = actors::read_formation(*section);
  if (!all)
    return std::move(all.error());
  for (auto& x : *all) {
    std::erase_if(to.formation,
                  [&](const topology& y) { return x.name == y.name; });
    to.formation.push_back(std::move(x));
  }
  return {};
}

caf::expected<node_settings> config::node() const {
  auto result = defaults;
  if (!cluster_.empty())
    result.cluster = cluster_;
  if (!name_.empty())
    result.name = name_;
  if (!listen_.empty()) {
    auto at = parse_endpoint(listen_);
    if (!at)
      return bad_option("horde.listen", listen_);
    result.listen = *at;
  }
  if (!advertise_.empty())
    result.advertise = advertise_;
  if (max_unsent_ != 0)
    result.max_unsent = max_unsent_;
  if (!labels_.empty())
    result.labels = labels_;
  if (weight_ != 0)
    result.weight = weight_;
  if (auto problem = validate(member_traits{result.labels, result.weight}))
    return to_error({problem->code, "horde." + problem->what});
  auto take_time = [](caf::timespan from, duration& to) {
    if (from >= caf::timespan::zero())
      to = from;
  };
  take_time(heartbeat_interval_, result.timing.heartbeat_interval);
  take_time(suspect_after_, result.timing.suspect_after);
  take_time(down_after_, result.timing.down_after);
  if (auto problem = membership::validate(result.timing))
    return to_error({problem->code, "horde." + problem->what});
  if (auto problem = take_trust(result))
    return problem;
  if (auto problem = take_formation(result))
    return problem;
  for (const auto& text : seeds_) {
    auto at = parse_endpoint(text);
    if (!at)
      return bad_option("horde.seeds", text);
    result.seeds.push_back(*at);
  }
  return result;
}

} // namespace horde
