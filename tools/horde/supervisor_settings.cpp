// SPDX-License-Identifier: MIT

#include "supervisor_settings.hpp"

#include "horde/actors/caf_compat.hpp"

namespace horde::tools {

namespace {

caf::error bad_option(std::string what) {
  return to_error({errc::bad_option, std::move(what)});
}

void add_time(CLI::App& cmd, const char* name, duration& to, const char* help) {
  auto take = [&to](const std::string& text) { to = *parse_duration(text); };
  cmd.add_option_function<std::string>(name, take, help)->check(is_duration());
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
    ->check(is_count());
  add_time(cmd, "--place-after-time", place_after_time,
           "Then they do so with whoever is there (default: 10s)");
}

void supervisor_settings::add_to(caf::config_option_adder& file) {
  file.add(strategy, "strategy", "of supervisors: uniform, quorum, ...")
    .add(redistribution, "redistribution", "passive or active")
    .add(place_after, "place_after", "members that children are placed with")
    .add(place_after_time, "place_after_time", "waited for them (10s)");
}

void supervisor_settings::replace_by(const supervisor_settings& x) {
  replace(strategy, x.strategy);
  replace(redistribution, x.redistribution);
  replace(place_after, x.place_after);
  replace(place_after_time, x.place_after_time);
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
  return {};
}

} // namespace horde::tools
