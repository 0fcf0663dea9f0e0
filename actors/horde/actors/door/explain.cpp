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
  case verdict::not_certified:
  case verdict::bad_proof:
  case verdict::speaks_tls:
  case verdict::other_cluster: return errc::refused;
  case verdict::name_in_use: return errc::name_in_use;
  case verdict::superseded: return errc::superseded;
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

constexpr std::string_view not_named =
  " has a certificate that names neither the node nor its host";

constexpr std::string_view speaks_tls =
  " speaks tls, we do not: here transport = hmac, or there is no secret";

constexpr std::string_view speaks_plain =
  " does not speak tls: there transport = hmac, or it has no secret; we speak "
  "tls";

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
    case verdict::superseded:
      return " refused us: it is linked with a newer incarnation of '"
             + self.node.name + "'";
    case verdict::shutting_down: return " is shutting down";
    case verdict::not_certified:
      return " refused us: our certificate names neither '" + self.node.name
             + "' nor the host that we called from";
    case verdict::bad_proof: return " refused us: the secrets differ";
    case verdict::no_horde_node: return " is no horde node";
    case verdict::speaks_tls: return std::string{speaks_tls};
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
    case verdict::superseded:
      return " is an old incarnation of '" + other.node.name + "'";
    case verdict::shutting_down: return " came while we shut down";
    case verdict::not_certified:
      return std::string{not_named} + ": '" + other.node.name + "'";
    case verdict::bad_proof: return " has another secret";
    case verdict::no_horde_node: return " does not speak our protocol";
    case verdict::speaks_tls: return std::string{speaks_tls};
    case verdict::other_cluster:
    case verdict::other_version:
    case verdict::other_caf_line: return " " + mismatch(x, self, other);
    }
    return " was refused";
  }();
  // `superseded` is what we are told of ourselves.
  return {x == verdict::superseded ? errc::refused : code_of(x), from + what};
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

namespace {

/// OpenSSL's own words where they help.
std::string in_brackets(const std::string& detail) {
  return detail.empty() ? detail : " (" + detail + ")";
}

/// What both sides call the same.
std::string tls_mismatch(const tls_session& x) {
  switch (x.problem()) {
  case tls_problem::bad_certificate:
    return " has a certificate that we do not accept" + in_brackets(x.detail());
  case tls_problem::other_transport: return std::string{speaks_plain};
  case tls_problem::closed: return " closed the connection";
  default: return " does not match" + in_brackets(x.detail());
  }
}

} // namespace

failure explain_tls_dial(const endpoint& to, const tls_session& x) {
  auto where = to_string(to);
  auto code = code_of(verdict_of(x.problem()));
  if (x.problem() == tls_problem::no_horde_node)
    return {code, where + " is no horde node" + in_brackets(x.detail())};
  if (x.problem() != tls_problem::no_proof)
    return {code, where + tls_mismatch(x)};
  if (x.has_certificates())
    return {code, where + " refused us: it accepts no certificates, or not ours"
                    + in_brackets(x.detail())};
  return {code, where
                  + " refused us: the secrets or the cluster names differ, or "
                    "it takes certificates"};
}

failure explain_tls_caller(const std::string& from, const tls_session& x) {
  auto code = code_of(verdict_of(x.problem()));
  if (x.problem() == tls_problem::no_horde_node)
    return {code,
            from + " does not speak our protocol" + in_brackets(x.detail())};
  if (x.problem() != tls_problem::no_proof)
    return {code, from + tls_mismatch(x)};
  if (x.has_certificates())
    return {code, from + " showed no certificate, or does not accept ours"
                    + in_brackets(x.detail())};
  return {code, from
                  + " has another secret or cluster name, or shows "
                    "certificates"};
}

verdict verdict_of(tls_problem x) {
  switch (x) {
  case tls_problem::closed:
  case tls_problem::no_horde_node: return verdict::no_horde_node;
  case tls_problem::other_transport: return verdict::speaks_tls;
  case tls_problem::no_proof: return verdict::bad_proof;
  case tls_problem::bad_certificate: return verdict::not_certified;
  }
  return verdict::no_horde_node;
}

std::vector<std::string> names_of(const node_id& x, const std::string& host) {
  std::vector<std::string> result{x.name, host};
  if (auto at = parse_endpoint(x.name))
    result.push_back(at->host);
  return result;
}

std::string describe(duration x) {
  using namespace std::chrono;
  auto ms = duration_cast<milliseconds>(x).count();
  if (ms % 1000 == 0)
    return std::to_string(ms / 1000) + " s";
  return std::to_string(ms) + " ms";
}

} // namespace horde::actors
