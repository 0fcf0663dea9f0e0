// SPDX-License-Identifier: MIT

#include "horde/scheduling/start_gate.hpp"

#include <algorithm>
#include <sstream>

#include "horde/supervision/child_spec.hpp"

namespace horde::scheduling {

namespace {

std::string seconds(duration x) {
  std::ostringstream out;
  out << std::chrono::duration<double>(x).count() << " s";
  return out.str();
}

} // namespace

std::optional<failure> validate(const place_after& x) {
  if (x.members == 0)
    return failure{errc::bad_option,
                   "place_after.members = 0: takes 1 or more"};
  if (x.at_most > duration::zero() && x.at_most <= supervision::longest_wait)
    return std::nullopt;
  return failure{errc::bad_option, "place_after.at_most = " + seconds(x.at_most)
                                     + ": takes a time above zero, up to 24 h"};
}

void start_gate::look(const std::vector<member_info>& view, instant now) {
  there_ = static_cast<std::size_t>(std::ranges::count(
    view, member_status::alive, [](const auto& x) { return x.status; }));
  is_open_ = is_open_ || there_ >= rule_.members || now >= until_;
}

std::string start_gate::waits_for() const {
  if (is_open_)
    return {};
  return "the start gate waits for " + std::to_string(rule_.members)
         + " members, " + std::to_string(there_) + " are there; at most "
         + seconds(rule_.at_most) + " after the start";
}

} // namespace horde::scheduling
