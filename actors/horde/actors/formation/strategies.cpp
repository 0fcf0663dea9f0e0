// SPDX-License-Identifier: MIT

#include "horde/actors/formation/strategies.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "horde/actors/formation/dns.hpp"
#include "horde/actors/formation/environment.hpp"
#include "horde/actors/formation/gossip.hpp"
#include "horde/actors/formation/hosts_file.hpp"
#include "horde/actors/formation/http_json.hpp"
#include "horde/actors/formation/kubernetes.hpp"
#include "horde/actors/formation/local.hpp"
#include "horde/actors/formation/static_hosts.hpp"
#include "horde/formation/settings_reader.hpp"

namespace horde::formation {

namespace {

using reader = outcome<topology> (*)(const std::string&, settings_reader&);

/// Appended by each strategy.
const std::vector<std::pair<std::string_view, reader>>& kinds() {
  static const std::vector<std::pair<std::string_view, reader>> result{
    {"static", read_static},
    {"hosts_file", read_hosts_file},
    {"environment", read_environment},
    {"local", read_local},
    {"http_json", read_http_json},
    {"kubernetes", read_kubernetes},
    {"gossip", read_gossip},
    {"dns", read_dns},
    {"kubernetes_dns", read_kubernetes_dns},
  };
  return result;
}

reader find_kind(std::string_view kind) {
  for (const auto& [name, read] : kinds())
    if (name == kind)
      return read;
  return nullptr;
}

std::string all_kinds() {
  std::string result;
  for (const auto& [name, read] : kinds())
    result += (result.empty() ? "" : ", ") + std::string{name};
  return result;
}

failure bad(const std::string& topology, const std::string& why) {
  return {errc::bad_option, "topology " + topology + ": " + why};
}

} // namespace

outcome<topology> read_topology(const std::string& name,
                                settings_map settings) {
  settings_reader from{name, std::move(settings)};
  std::string kind;
  from.take_text("strategy", kind);
  auto read = find_kind(kind);
  if (read == nullptr)
    return bad(name, "strategy = '" + kind + "': takes one of " + all_kinds());
  auto result = read(name, from);
  auto* x = std::get_if<topology>(&result);
  if (x == nullptr)
    return result;
  std::uint64_t jitter = x->jitter_percent;
  from.take_time("interval", x->interval);
  from.take_number("jitter", jitter, 0, 100);
  from.take_flag("prune", x->prune);
  x->jitter_percent = static_cast<unsigned>(jitter);
  if (auto problem = from.finish())
    return *problem;
  if (auto problem = validate(*x))
    return *problem;
  return result;
}

outcome<topology> parse_topology(std::string_view text) {
  auto colon = std::min(text.find(':'), text.size());
  auto kind = std::string{text.substr(0, colon)};
  settings_map settings{{"strategy", kind}};
  auto rest = text.substr(std::min(colon + 1, text.size()));
  std::string last;
  while (!rest.empty()) {
    auto item = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(item.size() + 1, rest.size()));
    auto sign = item.find('=');
    if (sign != std::string_view::npos) {
      last = std::string{item.substr(0, sign)};
      if (!settings.emplace(last, item.substr(sign + 1)).second)
        return bad(kind, "'" + last + "' is given twice");
    } else if (!last.empty()) {
      settings[last].append(",").append(item);
    } else {
      return bad(kind,
                 "'" + std::string{item} + "': takes key=value,key=value");
    }
  }
  auto name = settings.extract("name");
  return read_topology(name.empty() ? kind : name.mapped(),
                       std::move(settings));
}

std::optional<failure> validate(const topology& x) {
  using namespace std::chrono_literals;
  if (x.name.empty())
    return failure{errc::bad_option, "a topology has no name"};
  if (!x.make)
    return bad(x.name, "has no strategy");
  if (x.interval < 10ms || x.interval > 24h)
    return bad(x.name, "interval: takes 10ms to 24h");
  if (x.jitter_percent > 100)
    return bad(x.name, "jitter: takes 0 to 100 percent");
  return std::nullopt;
}

} // namespace horde::formation
