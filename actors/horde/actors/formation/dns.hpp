// SPDX-License-Identifier: MIT
//
// Strategies `dns` and `kubernetes_dns`: nodes are where a name in DNS says. By
// addresses (A and AAAA records), or by SRV records, which have ports, too.

#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "horde/actors/formation/strategy.hpp"
#include "horde/errc.hpp"
#include "horde/time.hpp"

namespace horde::formation {

class settings_reader;

enum class dns_records : std::uint8_t {
  addresses, ///< A and AAAA: all nodes have the same port
  srv,       ///< host name and port of each node
};

enum class dns_family : std::uint8_t { both, ipv4, ipv6 };

/// How DNS is asked.
struct dns_access {
  /// `address` or `address:port` of DNS servers; empty: those of this machine.
  std::vector<std::string> servers{};
  /// For a whole lookup, 100 ms to 1 min.
  duration timeout = std::chrono::seconds{5};
};

/// What libcluster calls `Cluster.Strategy.DNSPoll`.
struct dns_settings {
  /// The name to look up. Without a dot at its end the search list of this
  /// machine applies.
  std::string query;
  dns_records records = dns_records::addresses;
  dns_family family = dns_family::both; ///< of addresses
  /// Of all nodes, with `addresses`; 0: the one that this node listens on.
  std::uint16_t port = 0;
  dns_access access{};
};

/// An answer is asked for again when it is no longer valid (its TTL), but not
/// more often than each `interval`. A failed lookup changes nothing: a name
/// that does not exist (NXDOMAIN), no answer, an error of the server. A name
/// without records is an empty answer.
topology dns_topology(std::string name, dns_settings settings);

/// Keys: `query`, `records` (`addresses` or `srv`), `family` (`both`, `ipv4`,
/// `ipv6`), `port`, `server`, `timeout`.
outcome<topology> read_dns(const std::string& name, settings_reader& from);

/// A headless service: what libcluster calls `Kubernetes.DNS` and, with `srv`,
/// `Kubernetes.DNSSRV`.
struct kubernetes_dns_settings {
  std::string service;
  /// Empty: the one of this pod, by the files of its service account.
  std::string kubernetes_namespace{};
  /// Empty: `CLUSTER_DOMAIN` of the environment, otherwise `cluster.local`.
  std::string domain{};
  dns_records records = dns_records::addresses;
  dns_family family = dns_family::both;
  std::uint16_t port = 0; ///< as of `dns_settings`
  /// With `srv`: only the port of the service that is called so.
  std::string port_name{};
  dns_access access{};
  std::string account = "/var/run/secrets/kubernetes.io/serviceaccount";
};

/// Looks up `service.namespace.svc.domain`.
topology kubernetes_dns_topology(std::string name,
                                 kubernetes_dns_settings settings);

/// Keys: `service`, `namespace`, `domain`, `records`, `family`, `port`,
/// `port_name`, `server`, `timeout`.
outcome<topology> read_kubernetes_dns(const std::string& name,
                                      settings_reader& from);

} // namespace horde::formation
