// SPDX-License-Identifier: MIT
//
// Nodes as the Kubernetes API knows them: the endpoint slices, endpoints or
// pods that a selector picks. Lists them, then is told of changes; see
// docs/formation/kubernetes.md for what a pod needs for that.

#pragma once

#include <string>
#include <vector>

#include "horde/actors/formation/strategy.hpp"
#include "horde/formation/kubernetes_answer.hpp"
#include "horde/formation/settings_reader.hpp"

namespace horde::formation {

/// In configurations the keys are called as the members. libcluster F25.
struct kubernetes_settings {
  /// Of labels: `app=shop,tier!=web`. Required. kubernetes_selector.
  std::string selector;
  /// `*`: all, which takes a cluster role. Empty (default): the one of the
  /// service account. kubernetes_namespace.
  std::vector<std::string> namespaces;
  /// `slices` (default), `endpoints` or `pods`. kubernetes_ip_lookup_mode.
  kubernetes_source source = kubernetes_source::slices;
  /// `ip` (default), `hostname` or `dns`. mode.
  kubernetes_naming naming = kubernetes_naming::ip;
  /// A number, or what the service or the pod calls the port. Default: horde.
  std::string port = "horde";
  /// In host names. Empty (default): the name of the service that has the
  /// endpoints, or the pod's subdomain. kubernetes_service_name.
  std::string service;
  /// Empty (default): $CLUSTER_DOMAIN, else cluster.local.
  /// kubernetes_cluster_name.
  std::string domain;
  /// Where the API is. Empty (default): what Kubernetes tells each container in
  /// its environment, else https://kubernetes.default.svc. Over http, for
  /// `kubectl proxy`, no token is sent. kubernetes_master.
  std::string api;
  /// A folder with `token`, `ca.crt` and `namespace`, read again at each
  /// request. kubernetes_service_account_path.
  std::string account = "/var/run/secrets/kubernetes.io/serviceaccount";
  /// Lists from the API server's memory: cheaper for it, and perhaps a little
  /// older. Default: false. kubernetes_use_cached_resources.
  bool cached = false;
  /// Is told of changes rather than asking again at each interval. Default:
  /// true.
  bool watch = true;
  /// For one request. Default: 15 s.
  duration timeout = std::chrono::seconds{15};
};

/// Bad settings are told by `make`: `bad_option`, naming topology and key.
topology kubernetes_topology(std::string name, kubernetes_settings settings);

/// From a configuration; takes the keys of `kubernetes_settings`.
outcome<topology> read_kubernetes(const std::string& name,
                                  settings_reader& from);

} // namespace horde::formation
