// SPDX-License-Identifier: MIT

#include "horde/member_traits.hpp"

#include "horde/labels.hpp"

namespace horde {

std::optional<failure> validate(const member_traits& x) {
  if (auto problem = problem_of_labels("labels", x.labels))
    return failure{errc::bad_option, std::move(*problem)};
  if (x.weight >= 1 && x.weight <= max_weight)
    return std::nullopt;
  return failure{errc::bad_option,
                 "weight takes 1 to " + std::to_string(max_weight)
                   + " percent, it is " + std::to_string(x.weight)};
}

} // namespace horde
