// SPDX-License-Identifier: MIT

#include "horde/actors/formation/static_hosts.hpp"

#include <utility>

#include "horde/formation/addresses.hpp"

namespace horde::formation {

namespace {

class static_strategy : public strategy {
public:
  explicit static_strategy(std::vector<endpoint> hosts)
      : hosts_(std::move(hosts)) {}

  lookup_result look_up(waker&) override { return lookup{hosts_}; }

private:
  std::vector<endpoint> hosts_;
};

} // namespace

topology static_topology(std::string name, static_settings settings) {
  auto make = [name, settings = std::move(settings)](
                const seeker&) -> outcome<strategy_ptr> {
    for (const auto& x : settings.hosts)
      if (x.host.empty() || x.port == 0)
        return failure{errc::bad_option, "topology " + name + ": hosts = '"
                                           + to_string(x) + "': takes "
                                           + takes_address};
    return std::make_unique<static_strategy>(settings.hosts);
  };
  return {std::move(name), "static", std::move(make)};
}

outcome<topology> read_static(const std::string& name, settings_reader& from) {
  static_settings settings;
  std::vector<std::string> hosts;
  from.require("hosts");
  from.take_list("hosts", hosts);
  for (const auto& text : hosts)
    if (auto x = parse_node_address(text))
      settings.hosts.push_back(std::move(*x));
    else
      from.refuse("hosts", std::string{takes_address});
  return static_topology(name, std::move(settings));
}

} // namespace horde::formation
