// SPDX-License-Identifier: MIT
//
// A connection for tools: to any running node, in role `client`. It is
// authenticated like a node, but never introduced to others, never a node and
// never a member. All functions wait; none may be called by an actor.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/expected.hpp>
#include <caf/scoped_actor.hpp>

#include "horde/actors/messages.hpp"
#include "horde/actors/transport.hpp"

namespace horde {

struct client_settings {
  std::string cluster = "horde";             ///< the node must be in it
  std::string secret;                        ///< one that the node accepts
  std::vector<std::string> accepted_secrets; ///< of no use to who only dials
  horde::transport transport = horde::transport::tls; ///< as the node's
  certificate_files certificates{};                   ///< if nodes have them
  endpoint node{"127.0.0.1", 4711};
  /// For connecting, and for each request.
  duration timeout = std::chrono::seconds{15};
};

class client {
public:
  /// Fails with `cannot_connect`, `timeout`, `refused`, `incompatible_version`,
  /// `bad_option`; the text names the address.
  /// Requires: `sys` has the middleman loaded and outlives the client; this
  /// thread builds the system; no other client of `sys` is connected to the
  /// same node.
  static caf::expected<client> connect(caf::actor_system& sys,
                                       client_settings settings);

  /// What the node told of itself when we connected.
  const node_status& node() const;

  /// Sends to the node's actor: what `messages.hpp` lists for nodes.
  template <class Answer, class Message>
  caf::expected<Answer> request(Message x) const {
    return request<Answer>(node_actor(), std::move(x));
  }

  /// Sends to a member that runs on the node, see `find`.
  template <class Answer, class Message>
  caf::expected<Answer> request(const caf::actor& to, Message x) const {
    if (auto problem = lost())
      return to_error(*problem);
    std::optional<caf::expected<Answer>> result;
    caf::scoped_actor self{system()};
    auto failed = [&](const caf::error& why) { result.emplace(explain(why)); };
    if constexpr (std::is_void_v<Answer>)
      ask(self, to, timeout(), std::move(x))
        .receive([&] { result.emplace(); }, failed);
    else
      ask(self, to, timeout(), std::move(x))
        .receive([&](Answer& answer) { result.emplace(std::move(answer)); },
                 failed);
    return std::move(*result);
  }

  /// The member of a horde that runs on the node. Fails with `unknown_horde`
  /// and names the hordes that it does run.
  caf::expected<hosted_member> find(const std::string& horde) const;

  /// The same; without a name the only horde of this kind. Fails with
  /// `bad_option` if it is of the other kind, or if there are several.
  caf::expected<hosted_member> find(horde_kind kind,
                                    const std::string& horde = {}) const;

private:
  struct impl;

  explicit client(std::shared_ptr<impl> x);

  caf::actor_system& system() const;
  const caf::actor& node_actor() const;
  duration timeout() const;
  std::optional<failure> lost() const;
  caf::error explain(const caf::error& why) const;

  std::shared_ptr<impl> impl_;
};

} // namespace horde
