// SPDX-License-Identifier: MIT

#include "horde/actors/door/explain.hpp"

#include <chrono>

namespace horde::actors {

namespace {

errc code_of(verdict x) {
  switch (x) {
  case verdict::ok: return errc::none;
  case verdict::redundant:
  case verdict::self:
  case verdict::bad_proof:
  case verdict::other_cluster: return errc::refused;
  case verdict::name_in_use: return errc::name_in_use;
  case verdict::shutting_down: return errc::shutting_down;
  case verdict::other_version:
  case verdict::other_caf_line: return errc::incompatible_version;
  case verdict::no_horde_node: return errc::cannot_connect;
  }
  return errc::refused;
}

std::string line_name(std::uint8_t line) {
  if (line == 0)
    return "CAF 0.17";
  return "CAF " + std::to_string(line) + ".x";
}

std::string versions(const introduction& x) {
  auto low = std::to_string(x.min_version);
  auto high = std::to_string(x.max_version);
  return low == high ? low : low + " to " + high;
}

/// What both sides call the same: `is a node of cluster 'b', we are in 'a'`.
std::string mismatch(verdict x, const introduction& self,
                     const introduction& peer) {
  switch (x) {
  case verdict::other_cluster:
    return "is a node of cluster '" + peer.cluster + "', we are in '"
           + self.cluster + "'";
  case verdict::other_version:
    return "speaks door protocol " + versions(peer) + ", we speak "
           + versions(self);
  case verdict::other_caf_line:
    return "runs " + line_name(peer.caf_line) + ", we run "
           + line_name(self.caf_line);
  default: return "does not match";
  }
}

} // namespace

failure explain_dial(const endpoint& to, verdict x, const introduction& self,
                     const std::optional<introduction>& peer) {
  auto where = to_string(to);
  auto other = peer.value_or(introduction{});
  auto what = [&]() -> std::string {
    switch (x) {
    case verdict::ok: return " let us in";
    case verdict::redundant: return " is linked already";
    case verdict::self: return " is this node itself";
    case verdict::name_in_use:
      return " refused us: it knows a living node named '" + self.node.name
             + "'";
    case verdict::shutting_down: return " is shutting down";
    case verdict::bad_proof: return " refused us: the secrets differ";
    case verdict::no_horde_node: return " is no horde node";
    case verdict::other_cluster:
    case verdict::other_version:
    case verdict::other_caf_line: return " " + mismatch(x, self, other);
    }
    return " refused us";
  }();
  return {code_of(x), where + what};
}

failure explain_caller(const std::string& from, verdict x,
                       const introduction& self,
                       const std::optional<introduction>& peer) {
  auto other = peer.value_or(introduction{});
  auto what = [&]() -> std::string {
    switch (x) {
    case verdict::ok: return " came in";
    case verdict::redundant: return " is linked already";
    case verdict::self: return " is this node itself";
    case verdict::name_in_use:
      return " calls itself '" + other.node.name
             + "', a living node has this name";
    case verdict::shutting_down: return " came while we shut down";
    case verdict::bad_proof: return " has another secret";
    case verdict::no_horde_node: return " does not speak our protocol";
    case verdict::other_cluster:
    case verdict::other_version:
    case verdict::other_caf_line: return " " + mismatch(x, self, other);
    }
    return " was refused";
  }();
  return {code_of(x), from + what};
}

std::string_view to_string(link_end x) {
  switch (x) {
  case link_end::closed: return "closed";
  case link_end::kicked: return "kicked";
  case link_end::replaced: return "replaced";
  case link_end::refused_frame: return "refused_frame";
  case link_end::too_slow: return "too_slow";
  }
  return "???";
}

std::string describe(duration x) {
  using namespace std::chrono;
  auto ms = duration_cast<milliseconds>(x).count();
  if (ms % 1000 == 0)
    return std::to_string(ms / 1000) + " s";
  return std::to_string(ms) + " ms";
}

} // namespace horde::actors
