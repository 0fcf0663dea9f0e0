// SPDX-License-Identifier: MIT
//
// From what a user says about secrets and certificates to what a door needs,
// the same for nodes and for tools.

#pragma once

#include <optional>
#include <utility>

#include "horde/actors/door/config.hpp"
#include "horde/actors/door/tls_setup.hpp"

namespace horde::actors {

/// Reads the certificates, then checks the whole configuration.
template <class Settings>
std::optional<failure> take_trust(const Settings& from, door_config& to) {
  to.secret = from.secret;
  to.accepted_secrets = from.accepted_secrets;
  to.transport = from.transport;
  if (!from.certificates.none()) {
    auto loaded = tls_setup::with_certificates(from.certificates);
    if (auto* problem = std::get_if<failure>(&loaded))
      return *problem;
    to.certificates =
      std::move(std::get<std::shared_ptr<const tls_setup>>(loaded));
  }
  return validate(to);
}

} // namespace horde::actors
