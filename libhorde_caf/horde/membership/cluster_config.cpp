// SPDX-License-Identifier: MIT

#include "horde/membership/cluster_config.hpp"

#include <string>

namespace horde::membership {

namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

constexpr auto min_interval = milliseconds{10};
constexpr auto max_time = std::chrono::hours{24};

std::string text(duration x) {
  return std::to_string(duration_cast<milliseconds>(x).count()) + " ms";
}

failure bad(const char* option, duration value, const std::string& takes) {
  return {errc::bad_option,
          std::string{option} + " = " + text(value) + ": takes " + takes};
}

} // namespace

std::optional<failure> validate(const cluster_config& cfg) {
  auto interval = cfg.heartbeat_interval;
  if (interval != duration::zero()
      && (interval < min_interval || interval > max_time))
    return bad("heartbeat_interval", interval,
               text(min_interval) + " or more, or 0 for no heartbeats");
  // One lost datagram is not silence.
  if (cfg.suspect_after < 2 * interval || cfg.suspect_after <= duration::zero()
      || cfg.suspect_after > max_time)
    return bad("suspect_after", cfg.suspect_after,
               "two heartbeat intervals (" + text(2 * interval) + ") or more");
  // Time to ask the others and to hear from them.
  auto least = cfg.suspect_after + interval;
  if (cfg.down_after < least || cfg.down_after > 2 * max_time)
    return bad("down_after", cfg.down_after,
               "suspect_after and a heartbeat interval (" + text(least)
                 + ") or more");
  return std::nullopt;
}

} // namespace horde::membership
