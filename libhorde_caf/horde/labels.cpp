// SPDX-License-Identifier: MIT

#include "horde/labels.hpp"

#include <algorithm>

namespace horde {

namespace {

bool is_letter_or_digit(char x) {
  return (x >= 'a' && x <= 'z') || (x >= 'A' && x <= 'Z')
         || (x >= '0' && x <= '9');
}

bool is_allowed(char x) {
  constexpr std::string_view others = "._:/=@+-";
  return is_letter_or_digit(x) || others.find(x) != std::string_view::npos;
}

} // namespace

std::optional<std::string> problem_of_label(std::string_view field,
                                            std::string_view label) {
  // What is no label is not repeated: it may be anything.
  if (!label.empty() && label.size() <= max_label_bytes
      && is_letter_or_digit(label.front())
      && std::ranges::all_of(label, is_allowed))
    return std::nullopt;
  return std::string{field} + " takes 1 to " + std::to_string(max_label_bytes)
         + " letters, digits and ._:/=@+-, a letter or digit first";
}

std::optional<std::string>
problem_of_labels(std::string_view field,
                  const std::vector<std::string>& labels) {
  if (labels.size() > max_labels)
    return std::string{field} + " takes at most " + std::to_string(max_labels)
           + " labels, these are " + std::to_string(labels.size());
  for (std::size_t i = 0; i < labels.size(); ++i) {
    auto name = "label " + std::to_string(i + 1) + " of " + std::string{field};
    if (auto problem = problem_of_label(name, labels[i]))
      return problem;
  }
  return std::nullopt;
}

} // namespace horde
