// SPDX-License-Identifier: MIT

#include "horde/actors/door/config.hpp"

#include <algorithm>
#include <string_view>

#include "horde/actors/door/socket.hpp"

namespace horde::actors {

namespace {

failure bad_option(std::string what) {
  return {errc::bad_option, std::move(what)};
}

std::optional<failure> check_name(std::string_view option,
                                  std::string_view name) {
  auto is_control = [](unsigned char c) { return c < ' ' || c == 0x7f; };
  if (name.empty())
    return bad_option(std::string{option} + " must not be empty");
  if (name.size() > max_name_size)
    return bad_option(std::string{option} + " is longer than 255 bytes");
  if (std::any_of(name.begin(), name.end(), is_control))
    return bad_option(std::string{option} + " contains control characters");
  return std::nullopt;
}

} // namespace

std::vector<std::string> all_secrets(const door_config& x) {
  std::vector<std::string> result{x.secret};
  result.insert(result.end(), x.accepted_secrets.begin(),
                x.accepted_secrets.end());
  return result;
}

std::optional<failure> validate_secrets(const std::vector<std::string>& x) {
  if (x.empty())
    return bad_option("secrets: takes at least one");
  if (x.front().size() < min_secret_size)
    return bad_option("secret is shorter than 16 bytes");
  for (const auto& secret : x)
    if (secret.size() < min_secret_size)
      return bad_option("one of the accepted secrets is shorter than 16 bytes");
  return std::nullopt;
}

std::optional<failure> validate(const door_config& x) {
  if (x.certificates && x.transport != transport::tls)
    return bad_option("transport is hmac, but there are certificates: they "
                      "take transport = tls");
  if (x.secret.empty()) {
    if (!x.accepted_secrets.empty())
      return bad_option("secret is empty, but other secrets are accepted: "
                        "takes the one that this node uses itself");
    if (x.listen && !x.certificates && !is_loopback(x.listen->host))
      return bad_option("secret is empty, but listen is " + to_string(*x.listen)
                        + ": without a secret only on loopback");
  } else if (auto problem = validate_secrets(all_secrets(x)))
    return problem;
  if (x.handshake_timeout <= duration::zero())
    return bad_option("handshake_timeout must be positive");
  if (x.max_pending == 0)
    return bad_option("max_pending must not be 0");
  if (x.max_frame < 4096)
    return bad_option("max_frame must be 4096 bytes or more");
  if (x.max_unsent < x.max_frame)
    return bad_option("max_unsent must be as much as max_frame ("
                      + std::to_string(x.max_frame) + " bytes) or more");
  return std::nullopt;
}

std::optional<failure> validate(const door_identity& x) {
  if (auto problem = check_name("cluster", x.cluster))
    return problem;
  return check_name("node name", x.self.name);
}

} // namespace horde::actors
