// SPDX-License-Identifier: MIT

#include "supervisor_settings.hpp"

#include <algorithm>
#include <limits>
#include <sstream>

#include <caf/message_builder.hpp>

#include "horde/actors/caf_compat.hpp"

namespace horde::tools {

namespace {

caf::error bad_option(std::string what) {
  return to_error({errc::bad_option, std::move(what)});
}

CLI::Validator is_above_zero() {
  auto check = [](const std::string& text) -> std::string {
    auto x = parse_duration(text);
    return x && *x > duration::zero()
             ? ""
             : "'" + text + "': takes 15, 1.5s, 500ms, above zero";
  };
  return {check, "TIME"};
}

void add_time(CLI::App& cmd, const char* name, duration& to, const char* help) {
  auto take = [&to](const std::string& text) { to = *parse_duration(text); };
  cmd.add_option_function<std::string>(name, take, help)
    ->check(is_above_zero());
}

/// `ID TYPE ARG ...`
caf::error add_child(const std::string& line, supervisor_options& x) {
  std::istringstream in{line};
  auto& child = x.default_children.emplace_back();
  if (!(in >> child.id >> child.type))
    return bad_option("horde.default_children: '" + line
                      + "': takes an id, a child type and its arguments");
  caf::message_builder args;
  for (std::string text; in >> text;)
    args.append(text);
  child.args = args.to_message();
  return {};
}

template <class T>
void replace(T& x, const T& by) {
  if (by != T{})
    x = by;
}

} // namespace

void supervisor_settings::add_to(CLI::App& cmd) {
  cmd
    .add_option("--strategy", strategy,
                "Of its supervisors, the same on all nodes: which member runs "
                "a child (default: uniform)")
    ->check(CLI::IsMember(
      {"uniform", "quorum", "random", "least_loaded", "rendezvous"}));
  cmd
    .add_option("--redistribution", redistribution,
                "Of its supervisors: whether children move to nodes that come "
                "(active) or stay where they are (passive, the default)")
    ->check(CLI::IsMember({"passive", "active"}));
  cmd
    .add_option("--place-after", place_after,
                "Its supervisors place no children before so many members are "
                "there, so that the first node does not take all (default: 1)")
    ->check(CLI::PositiveNumber);
  add_time(cmd, "--place-after-time", place_after_time,
           "Then they do so with whoever is there (default: 10s)");
  cmd
    .add_option("--default-child", default_children,
                "A child of its supervisors that must exist, like 'clock "
                "worker clock': its id, type and arguments, the same on all "
                "nodes; may be given several times")
    ->type_size(1)
    ->allow_extra_args(false);
  cmd
    .add_option("--max-children-of-horde", max_children_of_horde,
                "Of each of its supervisors: children on all nodes (default: "
                "any number)")
    ->check(CLI::PositiveNumber);
  cmd
    .add_option("--member-max-restarts", member_max_restarts,
                "Of each of its supervisors: beyond so many restarts within 5 "
                "s here it hands its children over and ends (default: never)")
    ->check(is_count());
  add_time(cmd, "--drain-timeout", drain_timeout,
           "Children that have not ended this time after their supervisor was "
           "stopped or removed here are killed (default: never)");
  add_time(cmd, "--lease", lease,
           "With a strategy that needs quorum: a member that has not heard a "
           "quorum for so long kills its children; the same on all nodes "
           "(default: 5s)");
  add_time(cmd, "--lease-margin", lease_margin,
           "So much later others take them over (default: 1s)");
}

void supervisor_settings::add_to(caf::config_option_adder& file) {
  file.add(strategy, "strategy", "of supervisors: uniform, quorum, ...")
    .add(redistribution, "redistribution", "passive or active")
    .add(place_after, "place_after", "members that children are placed with")
    .add(place_after_time, "place_after_time", "waited for them (10s)")
    .add(default_children, "default_children", "list of 'ID TYPE ARG ...'")
    .add(max_children_of_horde, "max_children_of_horde", "of all nodes")
    .add(member_max_restarts, "member_max_restarts", "a number, in quotes")
    .add(lease, "lease", "of supervisors that need quorum (5s)")
    .add(lease_margin, "lease_margin", "then others take over (1s)")
    .add(drain_timeout, "drain_timeout", "then children are killed");
}

void supervisor_settings::replace_by(const supervisor_settings& x) {
  replace(strategy, x.strategy);
  replace(redistribution, x.redistribution);
  replace(place_after, x.place_after);
  replace(place_after_time, x.place_after_time);
  replace(default_children, x.default_children);
  replace(max_children_of_horde, x.max_children_of_horde);
  replace(member_max_restarts, x.member_max_restarts);
  replace(drain_timeout, x.drain_timeout);
  replace(lease, x.lease);
  replace(lease_margin, x.lease_margin);
}

caf::error supervisor_settings::apply_to(supervisor_options& x) const {
  if (!strategy.empty()) {
    auto kind = placement::parse_strategy_kind(strategy);
    if (auto problem = std::get_if<failure>(&kind))
      return to_error({problem->code, "horde.strategy: " + problem->what});
    x.strategy = std::get<placement::strategy_kind>(kind);
  }
  if (redistribution == "active")
    x.redistribution = scheduling::redistribution::active;
  else if (!redistribution.empty() && redistribution != "passive")
    return bad_option("horde.redistribution = '" + redistribution
                      + "': takes passive or active");
  replace(x.place_after.members, place_after);
  replace(x.place_after.at_most, place_after_time);
  replace(x.max_children_of_horde, max_children_of_horde);
  replace(x.lease, lease);
  replace(x.lease_margin, lease_margin);
  if (drain_timeout > duration::zero())
    x.drain_timeout = drain_timeout;
  if (!member_max_restarts.empty() && !is_count()(member_max_restarts).empty())
    return bad_option("horde.member_max_restarts = '" + member_max_restarts
                      + "': takes 0, 1, 2 and so on");
  if (!member_max_restarts.empty())
    x.member_max_restarts = static_cast<unsigned>(std::min<unsigned long>(
      std::stoul(member_max_restarts), std::numeric_limits<unsigned>::max()));
  for (const auto& line : default_children)
    if (auto problem = add_child(line, x))
      return problem;
  return {};
}

} // namespace horde::tools
