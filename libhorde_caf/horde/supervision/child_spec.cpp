// SPDX-License-Identifier: MIT

#include "horde/supervision/child_spec.hpp"

namespace horde::supervision {

namespace {

failure bad(const child_spec& spec, std::string_view problem) {
  auto name = spec.id.empty() ? std::string{"child spec"}
                              : "child spec '" + spec.id.substr(0, 64) + "'";
  return {errc::bad_child_spec, name + ": " + std::string{problem}};
}

std::string too_long(std::string_view field, std::size_t size,
                     std::size_t limit) {
  return std::string{field} + " takes at most " + std::to_string(limit)
         + " bytes, this one has " + std::to_string(size);
}

std::optional<std::string> problem_of_shutdown(const shutdown_policy& how) {
  switch (how.kind) {
  case shutdown_kind::brutal_kill:
  case shutdown_kind::infinity: return std::nullopt;
  case shutdown_kind::timed:
    if (how.grace <= duration::zero())
      return "shutdown takes a time above zero, brutal_kill or infinity";
    if (how.grace > longest_wait)
      return "shutdown takes at most 24 h, brutal_kill or infinity";
    return std::nullopt;
  case shutdown_kind::standard: break; // only users say so
  }
  return "shutdown takes brutal_kill, a time or infinity";
}

bool is_known(restart x) {
  return x <= restart::temporary;
}

bool is_known(child_kind x) {
  return x <= child_kind::supervisor;
}

} // namespace

std::optional<failure> validate(const child_spec& spec) {
  if (spec.id.size() > max_name_bytes)
    return bad(spec, too_long("id", spec.id.size(), max_name_bytes));
  if (spec.type.empty())
    return bad(spec, "type takes the name of a child type, it is empty");
  if (spec.type.size() > max_name_bytes)
    return bad(spec, too_long("type", spec.type.size(), max_name_bytes));
  if (spec.placement_key.size() > max_name_bytes)
    return bad(spec, too_long("placement_key", spec.placement_key.size(),
                              max_name_bytes));
  if (auto problem = problem_of("place", spec.place))
    return bad(spec, *problem);
  if (!is_known(spec.when))
    return bad(spec, "restart takes permanent, transient or temporary");
  if (!is_known(spec.kind))
    return bad(spec, "kind takes worker or supervisor");
  if (auto problem = problem_of_shutdown(spec.shutdown))
    return bad(spec, *problem);
  if (spec.start_timeout <= duration::zero())
    return bad(spec, "start_timeout takes a time above zero");
  if (spec.start_timeout > longest_wait)
    return bad(spec, "start_timeout takes at most 24 h");
  return std::nullopt;
}

} // namespace horde::supervision
