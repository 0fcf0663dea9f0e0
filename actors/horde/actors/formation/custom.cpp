// SPDX-License-Identifier: MIT

#include "horde/actors/formation/custom.hpp"

#include <utility>

namespace horde::formation {

namespace {

class function_strategy : public strategy {
public:
  explicit function_strategy(std::function<lookup_result()> f)
      : look_up_(std::move(f)) {}

  lookup_result look_up(waker&) override { return look_up_(); }

private:
  std::function<lookup_result()> look_up_;
};

} // namespace

topology custom_topology(std::string name,
                         std::function<lookup_result()> look_up) {
  auto make = [name, look_up = std::move(look_up)](
                const seeker&) -> outcome<strategy_ptr> {
    if (!look_up)
      return failure{errc::bad_option,
                     "topology " + name + ": takes a function"};
    return std::make_unique<function_strategy>(look_up);
  };
  return {std::move(name), "custom", std::move(make)};
}

} // namespace horde::formation
