// SPDX-License-Identifier: MIT

#include "horde/actors/formation/environment.hpp"

#include <cstdlib>
#include <utility>

#include "horde/formation/addresses.hpp"

namespace horde::formation {

namespace {

/// The same answer each time.
class fixed_answer : public strategy {
public:
  explicit fixed_answer(lookup_result x) : answer_(std::move(x)) {}
  lookup_result look_up(waker&) override { return answer_; }

private:
  lookup_result answer_;
};

} // namespace

topology environment_topology(std::string name, environment_settings settings) {
  auto make = [name, variable = std::move(settings.variable)](
                const seeker&) -> outcome<strategy_ptr> {
    const auto* text = std::getenv(variable.c_str());
    if (text == nullptr)
      return std::make_unique<fixed_answer>(
        failure{errc::not_found, "the variable " + variable + " is not set"});
    auto hosts = parse_address_list(text);
    if (auto* problem = std::get_if<failure>(&hosts))
      return failure{errc::bad_option, "topology " + name + ": " + variable
                                         + ": " + problem->what};
    return std::make_unique<fixed_answer>(
      lookup{std::get<std::vector<endpoint>>(std::move(hosts))});
  };
  return {std::move(name), "environment", std::move(make)};
}

outcome<topology> read_environment(const std::string& name,
                                   settings_reader& from) {
  environment_settings settings;
  from.take_text("variable", settings.variable);
  if (settings.variable.empty())
    from.refuse("variable", "the name of a variable");
  return environment_topology(name, std::move(settings));
}

} // namespace horde::formation
