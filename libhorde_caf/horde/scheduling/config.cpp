// SPDX-License-Identifier: MIT

#include "horde/scheduling/config.hpp"

#include <set>
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
  if (cfg.drain_timeout && *cfg.drain_timeout <= duration::zero())
    return bad("drain_timeout", *cfg.drain_timeout, above_zero);
  if (cfg.backoff_at_most < cfg.backoff_first)
    return bad("backoff_at_most", cfg.backoff_at_most,
               "at least backoff_first");
  if (cfg.ack == start_ack::standard)
    return failure{errc::bad_option,
                   "ack = standard: takes local or replicated"};
  if (cfg.max_children_of_horde == 0)
    return failure{errc::bad_option,
                   "max_children_of_horde = 0: takes 1 or more"};
  return validate(cfg.place_after);
}

std::optional<failure> validate_singleton(const supervision::child_spec& spec,
                                          const placement::strategy& strategy) {
  if (!spec.singleton || strategy.needs_quorum())
    return std::nullopt;
  return failure{errc::bad_child_spec,
                 "child spec '" + spec.id
                   + "': singleton takes a strategy that needs quorum; with '"
                   + std::string{strategy.name()}
                   + "' both sides of a split run one"};
}

std::optional<failure> validate_default_children(const config& cfg) {
  auto bad_child = [](std::string what) {
    return failure{errc::bad_option, "default_children: " + std::move(what)};
  };
  auto strategy = cfg.make_strategy();
  std::set<std::string_view> ids;
  for (const auto& x : cfg.default_children) {
    if (x.id.empty())
      return bad_child("each takes an id, one of type '" + x.type
                       + "' has none");
    if (!ids.insert(x.id).second)
      return bad_child("two have the id '" + x.id + "'");
    if (x.when != restart::permanent)
      return bad_child("child '" + x.id
                       + "': must always exist, so restart takes permanent");
    auto problem = supervision::validate(x, cfg.max_spec_bytes);
    if (!problem)
      problem = validate_singleton(x, *strategy);
    if (problem)
      return bad_child(problem->what);
  }
  return std::nullopt;
}

} // namespace horde::scheduling
