// SPDX-License-Identifier: MIT

#include "horde/formation/kubernetes_answer.hpp"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <optional>

#include <nlohmann/json.hpp>

#include "horde/formation/url.hpp"

namespace horde::formation {

namespace {

using nlohmann::json;

/// What is there; null if one of the steps leads nowhere.
const json& at(const json& x, std::initializer_list<const char*> path) {
  static const json nothing;
  auto* result = &x;
  for (auto* step : path) {
    if (!result->is_object())
      return nothing;
    auto i = result->find(step);
    if (i == result->end())
      return nothing;
    result = &*i;
  }
  return *result;
}

std::string text(const json& x, std::initializer_list<const char*> path) {
  const auto& found = at(x, path);
  return found.is_string() ? found.get<std::string>() : std::string{};
}

/// The entries of a list; none if it is none.
const json& list(const json& x, std::initializer_list<const char*> path) {
  static const json empty = json::array();
  const auto& found = at(x, path);
  return found.is_array() ? found : empty;
}

std::optional<std::uint16_t> as_port(const json& x) {
  if (!x.is_number_unsigned())
    return std::nullopt;
  auto number = x.get<std::uint64_t>();
  if (number == 0 || number > 65535)
    return std::nullopt;
  return static_cast<std::uint16_t>(number);
}

/// The port called `name` in a list of ports, whose numbers are at `key`.
std::optional<std::uint16_t>
named_port(const json& ports, const std::string& name, const char* key) {
  for (const auto& x : ports)
    if (text(x, {"name"}) == name)
      if (auto port = as_port(at(x, {key})))
        return port;
  return std::nullopt;
}

std::optional<std::uint16_t> fixed_port(const std::string& port) {
  auto parsed = parse_endpoint(":" + port);
  return parsed && parsed->port != 0 ? std::optional{parsed->port}
                                     : std::nullopt;
}

/// One place where a node may be, as an object describes it.
struct place {
  std::string ip;
  std::string hostname;
  std::string service;
  std::optional<std::uint16_t> port;
};

class object_reader {
public:
  object_reader(const json& x, const kubernetes_view& view)
      : x_(x), view_(view), fixed_port_(fixed_port(view.port)),
        namespace_(text(x, {"metadata", "namespace"})),
        name_(text(x, {"metadata", "name"})) {
    result_.key = namespace_ + "/" + name_;
  }

  kubernetes_object read() {
    switch (view_.from) {
    case kubernetes_source::slices: read_slice(); break;
    case kubernetes_source::endpoints: read_endpoints(); break;
    case kubernetes_source::pods: read_pod(); break;
    }
    return std::move(result_);
  }

private:
  void read_slice() {
    auto service =
      text(x_, {"metadata", "labels", "kubernetes.io/service-name"});
    auto port = port_in(list(x_, {"ports"}), "port");
    for (const auto& each : list(x_, {"endpoints"})) {
      const auto& ready = at(each, {"conditions", "ready"});
      const auto& addresses = list(each, {"addresses"});
      if ((ready.is_boolean() && !ready.get<bool>()) || addresses.empty()
          || !addresses.front().is_string())
        continue;
      add({addresses.front().get<std::string>(), text(each, {"hostname"}),
           service, port});
    }
  }

  void read_endpoints() {
    for (const auto& subset : list(x_, {"subsets"})) {
      auto port = port_in(list(subset, {"ports"}), "port");
      for (const auto& each : list(subset, {"addresses"}))
        add({text(each, {"ip"}), text(each, {"hostname"}), name_, port});
    }
  }

  void read_pod() {
    auto phase = text(x_, {"status", "phase"});
    auto ip = text(x_, {"status", "podIP"});
    if (ip.empty() || phase == "Succeeded" || phase == "Failed")
      return;
    auto port = fixed_port_;
    for (const auto& each : list(x_, {"spec", "containers"}))
      if (!port)
        port = port_in(list(each, {"ports"}), "containerPort");
    add({ip, text(x_, {"spec", "hostname"}), text(x_, {"spec", "subdomain"}),
         port});
  }

  std::optional<std::uint16_t> port_in(const json& ports, const char* key) {
    return fixed_port_ ? fixed_port_ : named_port(ports, view_.port, key);
  }

  void add(const place& x) {
    auto host = host_of(x);
    if (!x.port)
      note("has no port '" + view_.port + "'");
    else if (host.empty())
      note("has an entry without host name or service");
    else if (!is_host(host))
      note("has an entry that is no host");
    else
      result_.nodes.push_back({host, *x.port});
  }

  std::string host_of(const place& x) const {
    const auto& service = view_.service.empty() ? x.service : view_.service;
    switch (view_.naming) {
    case kubernetes_naming::ip: break;
    case kubernetes_naming::hostname:
      if (x.hostname.empty() || service.empty())
        return {};
      return x.hostname + "." + service + "." + namespace_ + ".svc."
             + view_.domain;
    case kubernetes_naming::dns:
      auto dashed = x.ip;
      std::replace_if(
        dashed.begin(), dashed.end(),
        [](char c) { return c == '.' || c == ':'; }, '-');
      return dashed + "." + namespace_ + ".pod." + view_.domain;
    }
    return x.ip;
  }

  void note(const std::string& problem) {
    if (result_.problem.empty())
      result_.problem = result_.key + " " + problem;
  }

  const json& x_;
  const kubernetes_view& view_;
  std::optional<std::uint16_t> fixed_port_;
  std::string namespace_;
  std::string name_;
  kubernetes_object result_;
};

failure unusable(const char* why) {
  return {errc::not_found, std::string{"the answer is "} + why};
}

std::optional<kubernetes_event::kind> kind_of(const std::string& type) {
  using kind = kubernetes_event::kind;
  if (type == "ADDED" || type == "MODIFIED")
    return kind::changed;
  if (type == "DELETED")
    return kind::gone;
  if (type == "BOOKMARK")
    return kind::bookmark;
  if (type == "ERROR")
    return kind::error;
  return std::nullopt;
}

} // namespace

outcome<kubernetes_page> read_kubernetes_list(std::string_view answer,
                                              const kubernetes_view& view) {
  auto parsed = json::parse(answer, nullptr, false);
  if (parsed.is_discarded())
    return unusable("no JSON");
  const auto& items = at(parsed, {"items"}); // null in an empty list
  auto is_list = text(parsed, {"kind"}).ends_with("List")
                 && (items.is_array() || items.is_null());
  if (!is_list)
    return unusable("no list of Kubernetes");
  kubernetes_page result;
  for (const auto& item : list(parsed, {"items"})) {
    if (text(item, {"metadata", "name"}).empty())
      return unusable("a list of things without names");
    result.objects.push_back(object_reader{item, view}.read());
  }
  result.version = text(parsed, {"metadata", "resourceVersion"});
  result.rest = text(parsed, {"metadata", "continue"});
  return result;
}

outcome<kubernetes_event> read_kubernetes_event(std::string_view line,
                                                const kubernetes_view& view) {
  auto parsed = json::parse(line, nullptr, false);
  if (parsed.is_discarded())
    return unusable("no JSON");
  auto what = kind_of(text(parsed, {"type"}));
  const auto& object = at(parsed, {"object"});
  if (!what || !object.is_object())
    return unusable("no event of a watch");
  kubernetes_event result;
  result.what = *what;
  if (*what == kubernetes_event::kind::error)
    return result;
  result.version = text(object, {"metadata", "resourceVersion"});
  if (result.version.empty())
    return unusable("an event without a version");
  if (*what == kubernetes_event::kind::bookmark)
    return result;
  if (text(object, {"metadata", "name"}).empty())
    return unusable("an event of a thing without a name");
  result.object = object_reader{object, view}.read();
  return result;
}

std::string kubernetes_refusal(std::string_view answer) {
  constexpr std::size_t longest = 300;
  auto parsed = json::parse(answer, nullptr, false);
  std::string result;
  for (char x : text(parsed, {"message"}).substr(0, longest))
    result += x >= ' ' && x <= '~' ? x : '?';
  return result;
}

} // namespace horde::formation
