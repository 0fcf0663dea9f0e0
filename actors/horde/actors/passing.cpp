// SPDX-License-Identifier: MIT

#include "horde/actors/passing.hpp"

#include "horde/actors/type_ids.hpp"

namespace horde::actors {

namespace {

/// Half of what the front door lets through in one frame.
constexpr std::size_t max_shipped_bytes = 8 * 1024 * 1024;

} // namespace

std::optional<failure> check_shipping(caf::actor_system& sys,
                                      const std::string& whom,
                                      const caf::message& content) {
  auto shipped = encode_value(sys, content);
  if (auto problem = std::get_if<failure>(&shipped))
    return *problem;
  if (std::get<std::string>(shipped).size() > max_shipped_bytes)
    return failure{errc::too_large, "a message to '" + whom
                                      + "', a process of another node, takes "
                                        "at most 8 MiB"};
  return std::nullopt;
}

caf::message passed_on(const pid& who, caf::message content, bool is_request) {
  if (is_request)
    return caf::make_message(ask_process{who, std::move(content)});
  return caf::make_message(deliver_to{who, std::move(content)});
}

} // namespace horde::actors
