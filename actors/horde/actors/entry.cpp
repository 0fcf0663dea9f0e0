// SPDX-License-Identifier: MIT

#include "horde/actors/entry.hpp"

namespace horde {

caf::expected<caf::message> value_of(caf::actor_system& sys,
                                     const std::string& bytes) {
  if (bytes.empty())
    return caf::message{};
  auto result = decode_value(sys, bytes);
  if (auto problem = std::get_if<failure>(&result))
    return to_error(*problem);
  return std::get<caf::message>(std::move(result));
}

outcome<std::string> to_value(caf::actor_system& sys, const caf::message& x) {
  if (x.empty())
    return std::string{};
  return encode_value(sys, x);
}

} // namespace horde
