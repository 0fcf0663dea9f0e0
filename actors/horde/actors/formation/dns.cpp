// SPDX-License-Identifier: MIT

#include "horde/actors/formation/dns.hpp"

#include <cstdlib>
#include <fstream>
#include <optional>
#include <string_view>
#include <utility>

#include "horde/actors/formation/dns_client.hpp"
#include "horde/formation/settings_reader.hpp"

namespace horde::formation {

namespace {

using namespace std::chrono_literals;

class dns final : public strategy {
public:
  dns(const dns_settings& settings, const endpoint& self_at)
      : whom_{settings.access.servers, settings.access.timeout},
        port_(settings.port != 0 ? settings.port : self_at.port),
        is_srv_(settings.records == dns_records::srv) {
    if (is_srv_) {
      what_.push_back({settings.query, dns_type::srv});
      return;
    }
    if (settings.family != dns_family::ipv6)
      what_.push_back({settings.query, dns_type::a});
    if (settings.family != dns_family::ipv4)
      what_.push_back({settings.query, dns_type::aaaa});
  }

  /// What one family says counts if the other fails.
  lookup_result look_up(waker& by) override {
    lookup result;
    auto has_answer = false;
    std::optional<failure> problem;
    for (const auto& x : ask_dns(whom_, what_, by)) {
      auto* answer = std::get_if<dns_answer>(&x);
      if (answer != nullptr) {
        has_answer = true;
        add(*answer, result);
        continue;
      }
      const auto& why = std::get<failure>(x);
      if (!problem || problem->code == errc::not_found)
        problem = why; // a name that is not there is the least of them
    }
    auto is_unknown = problem && problem->code != errc::not_found;
    if (problem && result.nodes.empty() && (!has_answer || is_unknown))
      return *problem;
    return result;
  }

private:
  void add(const dns_answer& from, lookup& to) const {
    for (const auto& x : from.records)
      to.nodes.push_back({x.host, is_srv_ ? x.port : port_});
    if (from.valid_for && (!to.valid_for || *from.valid_for < *to.valid_for))
      to.valid_for = *from.valid_for;
  }

  dns_servers whom_;
  std::vector<dns_question> what_;
  std::uint16_t port_;
  bool is_srv_;
};

// -- settings ----------------------------------------------------------------

failure bad(const std::string& topology, const std::string& what) {
  return {errc::bad_option, "topology " + topology + ": " + what};
}

/// A name as DNS takes it: parts of 1 to 63 bytes, 253 together.
bool is_dns_name(std::string_view x) {
  if (x.ends_with('.'))
    x.remove_suffix(1);
  if (x.empty() || x.size() > 253)
    return false;
  std::size_t part = 0;
  for (unsigned char c : x) {
    if (c <= ' ' || c >= 0x7f || (c == '.' && part == 0))
      return false;
    part = c == '.' ? 0 : part + 1;
    if (part > 63)
      return false;
  }
  return true;
}

std::optional<failure> validate(const std::string& topology,
                                const dns_access& x) {
  for (const auto& server : x.servers)
    if (!is_dns_server(server))
      return bad(topology, "server = '" + server
                             + "': takes an address, or address:port");
  if (x.timeout < 100ms || x.timeout > 1min)
    return bad(topology, "timeout: takes 100ms to 1min");
  return std::nullopt;
}

std::optional<failure> validate(const std::string& topology,
                                const dns_settings& x) {
  if (!is_dns_name(x.query))
    return bad(topology, "query = '" + x.query + "': takes a name in DNS");
  return validate(topology, x.access);
}

void take_access(settings_reader& from, dns_access& to) {
  from.take_list("server", to.servers);
  from.take_time("timeout", to.timeout);
}

void take_records(settings_reader& from, dns_records& records,
                  dns_family& family) {
  std::string text = "addresses";
  from.take_text("records", text);
  if (text == "srv")
    records = dns_records::srv;
  else if (text != "addresses")
    from.refuse("records", "addresses or srv");
  text = "both";
  from.take_text("family", text);
  if (text == "ipv4" || text == "ipv6")
    family = text == "ipv4" ? dns_family::ipv4 : dns_family::ipv6;
  else if (text != "both")
    from.refuse("family", "both, ipv4 or ipv6");
}

std::string first_word(const std::string& file) {
  std::ifstream in{file};
  std::string result;
  in >> result;
  return result;
}

std::string domain_of(const kubernetes_dns_settings& x) {
  auto result = x.domain;
  if (const auto* text = std::getenv("CLUSTER_DOMAIN");
      result.empty() && text != nullptr)
    result = text;
  return result.empty() ? "cluster.local" : result;
}

/// With an end dot: the search lists of pods would ask five times for it.
outcome<dns_settings> resolve(const std::string& topology,
                              const kubernetes_dns_settings& x) {
  auto is_label = [](const std::string& text) {
    return is_dns_name(text) && text.find('.') == std::string::npos;
  };
  if (!is_label(x.service))
    return bad(topology, "service = '" + x.service
                           + "': takes the name of a headless service");
  auto space = x.kubernetes_namespace;
  if (space.empty())
    space = first_word(x.account + "/namespace");
  if (space.empty())
    return bad(topology, "namespace is missing: " + x.account
                           + "/namespace does not tell it");
  if (!is_label(space))
    return bad(topology, "namespace = '" + space + "': takes a name");
  auto is_srv = x.records == dns_records::srv;
  if (!x.port_name.empty() && (!is_srv || !is_label(x.port_name)))
    return bad(topology, "port_name = '" + x.port_name
                           + "': takes the name of a port, with records = srv");
  dns_settings result;
  if (!x.port_name.empty())
    result.query = "_" + x.port_name + "._tcp.";
  result.query += x.service + "." + space + ".svc." + domain_of(x);
  if (!result.query.ends_with('.'))
    result.query += '.';
  result.records = x.records;
  result.family = x.family;
  result.port = x.port;
  result.access = x.access;
  if (auto problem = validate(topology, result))
    return *problem;
  return result;
}

} // namespace

topology dns_topology(std::string name, dns_settings settings) {
  auto make = [name, settings = std::move(settings)](
                const seeker& me) -> outcome<strategy_ptr> {
    if (auto problem = validate(name, settings))
      return *problem;
    return std::make_unique<dns>(settings, me.at);
  };
  return {std::move(name), "dns", std::move(make)};
}

outcome<topology> read_dns(const std::string& name, settings_reader& from) {
  dns_settings x;
  from.require("query");
  from.take_text("query", x.query);
  take_records(from, x.records, x.family);
  from.take_port("port", x.port);
  take_access(from, x.access);
  if (!x.query.empty()) // told by the reader otherwise
    if (auto problem = validate(name, x))
      return *problem;
  return dns_topology(name, std::move(x));
}

topology kubernetes_dns_topology(std::string name,
                                 kubernetes_dns_settings settings) {
  auto make = [name, settings = std::move(settings)](
                const seeker& me) -> outcome<strategy_ptr> {
    auto x = resolve(name, settings);
    if (auto* problem = std::get_if<failure>(&x))
      return *problem;
    return std::make_unique<dns>(std::get<dns_settings>(x), me.at);
  };
  return {std::move(name), "kubernetes_dns", std::move(make)};
}

outcome<topology> read_kubernetes_dns(const std::string& name,
                                      settings_reader& from) {
  kubernetes_dns_settings x;
  from.require("service");
  from.take_text("service", x.service);
  from.take_text("namespace", x.kubernetes_namespace);
  from.take_text("domain", x.domain);
  take_records(from, x.records, x.family);
  from.take_port("port", x.port);
  from.take_text("port_name", x.port_name);
  take_access(from, x.access);
  return kubernetes_dns_topology(name, std::move(x));
}

} // namespace horde::formation
