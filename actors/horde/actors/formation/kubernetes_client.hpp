// SPDX-License-Identifier: MIT
//
// Asks the Kubernetes API what the machine of each namespace wants to know, and
// listens to its watches.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "horde/actors/formation/http_client.hpp"
#include "horde/actors/formation/strategy.hpp"
#include "horde/formation/kubernetes_watch.hpp"

namespace horde::formation {

/// Where the API is, and how we prove ourselves.
struct kubernetes_access {
  url api;
  std::string account; ///< a folder with `token` and `ca.crt`
  duration timeout;    ///< of a request
};

class kubernetes_client : public strategy {
public:
  kubernetes_client(kubernetes_access access,
                    std::vector<kubernetes_watch> namespaces);

  lookup_result look_up(waker& by) override;
  void wait(duration limit, waker& by) override;
  /// `requests` so far, and how many namespaces it is `watching`.
  std::vector<formation_counter> counters() const override;

private:
  struct part {
    kubernetes_watch machine;
    std::optional<http_stream> stream{}; // while it watches
  };

  void ask(part& x, waker& by);
  void perform(part& x, const kubernetes_watch::request& what, waker& by);
  void list(part& x, const http_request& request, waker& by);
  void watch(part& x, const http_request& request, waker& by);
  bool listen(part& x);
  outcome<http_request> make_request(const std::string& target) const;

  kubernetes_access access_;
  std::vector<part> parts_;
  std::uint64_t requests_ = 0;
};

} // namespace horde::formation
