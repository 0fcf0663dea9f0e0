// SPDX-License-Identifier: MIT

#include "horde/actors/formation/kubernetes.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "horde/actors/formation/bad_setting.hpp"
#include "horde/actors/formation/kubernetes_client.hpp"
#include "horde/actors/formation/token_file.hpp"

namespace horde::formation {

namespace {

using namespace std::chrono_literals;

std::string from_environment(const char* name) {
  const auto* value = std::getenv(name);
  return value != nullptr ? value : "";
}

/// What Kubernetes tells each container, as its own clients use it.
std::string usual_api() {
  auto host = from_environment("KUBERNETES_SERVICE_HOST");
  auto port = from_environment("KUBERNETES_SERVICE_PORT");
  if (host.empty())
    return "https://kubernetes.default.svc";
  if (host.find(':') != std::string::npos)
    host = "[" + host + "]";
  return "https://" + host + (port.empty() ? "" : ":" + port);
}

bool is_label(const std::string& text) {
  return is_host(text) && text.find_first_of("_:%") == std::string::npos;
}

bool is_port(const std::string& text) {
  if (text.find_first_not_of("0123456789") != std::string::npos)
    return is_label(text);
  auto parsed = parse_endpoint(":" + text);
  return parsed && parsed->port != 0;
}

setting_problem problem_of(const kubernetes_settings& x) {
  if (x.selector.empty() || x.selector.size() > 1000)
    return bad_setting{"selector", "labels such as app=shop"};
  for (const auto& each : x.namespaces)
    if (each != "*" && !is_label(each))
      return bad_setting{"namespaces", "names, or * for all"};
  if (!is_port(x.port))
    return bad_setting{"port", "a number from 1 to 65535, or a port's name"};
  if (!x.service.empty() && !is_label(x.service))
    return bad_setting{"service", "the name of a service"};
  if (!x.domain.empty() && !is_label(x.domain))
    return bad_setting{"domain", "a name such as cluster.local"};
  if (!x.api.empty() && !parse_url(x.api))
    return bad_setting{"api", "an address such as https://10.0.0.1:6443"};
  if (x.account.empty())
    return bad_setting{"account", "a folder with token, ca.crt and namespace"};
  if (x.timeout < 10ms || x.timeout > 10min)
    return bad_setting{"timeout", "10ms to 10min"};
  return std::nullopt;
}

kubernetes_view view_of(const kubernetes_settings& x) {
  kubernetes_view result{x.source, x.naming, x.port, x.service, x.domain};
  if (result.domain.empty())
    result.domain = from_environment("CLUSTER_DOMAIN");
  if (result.domain.empty())
    result.domain = kubernetes_view{}.domain;
  while (result.domain.ends_with('.'))
    result.domain.pop_back();
  return result;
}

outcome<std::vector<kubernetes_watch>>
machines_of(const std::string& topology, const kubernetes_settings& x) {
  auto namespaces = x.namespaces;
  if (namespaces.empty()) {
    auto own = read_small_file(x.account + "/namespace");
    auto* name = std::get_if<std::string>(&own);
    if (name == nullptr || !is_label(*name))
      return to_failure(
        topology, {"namespaces", "one or more names outside of a pod: '"
                                   + x.account + "/namespace' names none"});
    namespaces.push_back(*name);
  }
  std::vector<kubernetes_watch> result;
  for (const auto& name : namespaces) {
    kubernetes_scope scope{name == "*" ? "" : name, x.selector};
    scope.cached = x.cached;
    scope.watch = x.watch;
    result.emplace_back(view_of(x), std::move(scope));
  }
  return result;
}

outcome<strategy_ptr> make(const std::string& topology,
                           const kubernetes_settings& x) {
  if (auto problem = problem_of(x))
    return to_failure(topology, *problem);
  auto api = parse_url(x.api.empty() ? usual_api() : x.api);
  if (!api)
    return to_failure(topology, {"api", "an address, if the environment has no "
                                        "good KUBERNETES_SERVICE_HOST"});
  auto machines = machines_of(topology, x);
  if (auto* why = std::get_if<failure>(&machines))
    return *why;
  return strategy_ptr{std::make_unique<kubernetes_client>(
    kubernetes_access{*api, x.account, x.timeout},
    std::get<std::vector<kubernetes_watch>>(std::move(machines)))};
}

/// One of a few words.
template <class T>
void take_word(settings_reader& from, const std::string& key, T& to,
               std::initializer_list<std::pair<const char*, T>> words) {
  std::string text;
  std::string all;
  from.take_text(key, text);
  if (text.empty())
    return;
  for (const auto& [word, value] : words) {
    if (text == word) {
      to = value;
      return;
    }
    all += (all.empty() ? "" : ", ") + std::string{word};
  }
  from.refuse(key, "one of " + all);
}

} // namespace

topology kubernetes_topology(std::string name, kubernetes_settings settings) {
  topology result;
  result.name = std::move(name);
  result.kind = "kubernetes";
  result.make = [settings = std::move(settings), name = result.name](
                  const seeker&) { return make(name, settings); };
  return result;
}

outcome<topology> read_kubernetes(const std::string& name,
                                  settings_reader& from) {
  kubernetes_settings x;
  from.require("selector");
  from.take_text("selector", x.selector);
  from.take_list("namespaces", x.namespaces);
  take_word(from, "source", x.source,
            {{"slices", kubernetes_source::slices},
             {"endpoints", kubernetes_source::endpoints},
             {"pods", kubernetes_source::pods}});
  take_word(from, "naming", x.naming,
            {{"ip", kubernetes_naming::ip},
             {"hostname", kubernetes_naming::hostname},
             {"dns", kubernetes_naming::dns}});
  from.take_text("port", x.port);
  from.take_text("service", x.service);
  from.take_text("domain", x.domain);
  from.take_text("api", x.api);
  from.take_text("account", x.account);
  from.take_flag("cached", x.cached);
  from.take_flag("watch", x.watch);
  from.take_time("timeout", x.timeout);
  if (auto problem = problem_of(x))
    from.refuse(problem->key, problem->takes);
  return kubernetes_topology(name, std::move(x));
}

} // namespace horde::formation
