// SPDX-License-Identifier: MIT
//
// What the Kubernetes API answers, as addresses of nodes: lists of endpoint
// slices, endpoints or pods, and the lines of a watch.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "horde/endpoint.hpp"
#include "horde/errc.hpp"

namespace horde::formation {

/// Which objects name the nodes.
enum class kubernetes_source : std::uint8_t {
  slices,    ///< endpoint slices of services: what is ready
  endpoints, ///< the older form of the same
  pods,      ///< all pods with an address that have not ended
};

/// How a node is addressed.
enum class kubernetes_naming : std::uint8_t {
  ip,       ///< 10.1.2.3
  hostname, ///< HOSTNAME.SERVICE.NAMESPACE.svc.DOMAIN, for stateful sets
  dns,      ///< 10-1-2-3.NAMESPACE.pod.DOMAIN
};

/// How objects become addresses.
struct kubernetes_view {
  kubernetes_source from = kubernetes_source::slices;
  kubernetes_naming naming = kubernetes_naming::ip;
  std::string port = "horde"; ///< a number, or what the objects call the port
  std::string service;        ///< in host names; empty: what the object says
  std::string domain = "cluster.local";
};

struct kubernetes_object {
  std::string key; ///< NAMESPACE/NAME
  std::vector<endpoint> nodes;
  /// Why something in it was left out; empty: nothing was.
  std::string problem;

  friend bool operator==(const kubernetes_object&,
                         const kubernetes_object&) = default;
};

struct kubernetes_page {
  std::vector<kubernetes_object> objects;
  std::string version; ///< where a watch begins
  std::string rest;    ///< asks for the next page; empty: this was the last one

  friend bool operator==(const kubernetes_page&,
                         const kubernetes_page&) = default;
};

struct kubernetes_event {
  enum class kind : std::uint8_t {
    changed,  ///< new or other than before
    gone,     ///< deleted, or no longer selected
    bookmark, ///< only the version
    error,    ///< nothing more will come, say, as the version is too old
  };
  kind what = kind::error;
  kubernetes_object object;
  std::string version;

  friend bool operator==(const kubernetes_event&,
                         const kubernetes_event&) = default;
};

/// Fails with `not_found` if the answer is no list.
outcome<kubernetes_page> read_kubernetes_list(std::string_view answer,
                                              const kubernetes_view& view);

/// One line of a watch.
outcome<kubernetes_event> read_kubernetes_event(std::string_view line,
                                                const kubernetes_view& view);

/// What the body of a refusal says for people; empty: nothing.
std::string kubernetes_refusal(std::string_view answer);

} // namespace horde::formation
