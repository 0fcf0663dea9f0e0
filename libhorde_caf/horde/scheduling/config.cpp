// SPDX-License-Identifier: MIT

#include "horde/scheduling/config.hpp"

#include <sstream>

namespace horde::scheduling {

namespace {

failure bad(const char* option, duration value, const char* takes) {
  std::ostringstream out;
  out << option << " = " << std::chrono::duration<double>(value).count()
      << " s: takes " << takes;
  return {errc::bad_option, out.str()};
}

} // namespace

std::optional<failure> validate_limits(const config& cfg) {
  constexpr auto above_zero = "a time above zero";
  const std::pair<const char*, duration> times[] = {
    {"max_seconds", cfg.max_seconds},
    {"member_max_seconds", cfg.member_max_seconds},
    {"backoff_first", cfg.backoff_first}};
  for (const auto& [option, value] : times)
    if (value <= duration::zero())
      return bad(option, value, above_zero);
  if (cfg.backoff_at_most < cfg.backoff_first)
    return bad("backoff_at_most", cfg.backoff_at_most,
               "at least backoff_first");
  if (cfg.max_children_of_horde == 0)
    return failure{errc::bad_option,
                   "max_children_of_horde = 0: takes 1 or more"};
  return std::nullopt;
}

} // namespace horde::scheduling
