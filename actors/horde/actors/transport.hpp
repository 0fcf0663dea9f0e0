// SPDX-License-Identifier: MIT
//
// How links between nodes are protected: what a user may choose. The same on
// all nodes of a cluster. See docs/security.md.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace horde {

enum class transport : std::uint8_t {
  tls,  ///< TLS 1.3, keyed by the secret or with certificates
  hmac, ///< proof of the secret only: neither secret nor safe on the way
};

constexpr std::string_view to_string(transport x) {
  return x == transport::tls ? "tls" : "hmac";
}

inline std::optional<transport> parse_transport(std::string_view text) {
  if (text == "tls")
    return transport::tls;
  if (text == "hmac")
    return transport::hmac;
  return std::nullopt;
}

/// Names of PEM files. All three or none; with them links use TLS 1.3 in which
/// both ends show a certificate.
struct certificate_files {
  /// Our certificate, then those between it and the authority. Its
  /// subjectAltName names this node or its host.
  std::string certificate{};
  std::string private_key{}; ///< of the first one, not encrypted
  std::string authorities{}; ///< who may have signed the peers' certificates

  bool none() const {
    return certificate.empty() && private_key.empty() && authorities.empty();
  }
};

} // namespace horde
