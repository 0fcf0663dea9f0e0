// SPDX-License-Identifier: MIT

#include "horde/actors/config.hpp"

#include <caf/io/middleman.hpp>

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
    .add(seeds_, "seeds", "list of host:port of nodes to connect to");
}

namespace {

caf::error bad_option(const std::string& name, const std::string& value) {
  return to_error({errc::bad_option, name + " = '" + value
                                       + "': takes host:port, like "
                                         "10.0.0.1:4711 or [::1]:4711"});
}

} // namespace

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
  if (!secret_.empty())
    result.secret = secret_;
  for (const auto& text : seeds_) {
    auto at = parse_endpoint(text);
    if (!at || at->port == 0)
      return bad_option("horde.seeds", text);
    result.seeds.push_back(*at);
  }
  return result;
}

} // namespace horde
