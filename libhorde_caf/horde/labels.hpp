// SPDX-License-Identifier: MIT
//
// Labels of nodes, such as "ssd" or "zone=a": given by who runs a node, asked
// for by children. A label is compared as a whole. All is bounded, since labels
// travel with every member and every child that has some.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace horde {

inline constexpr std::size_t max_labels = 32; ///< of a node; of each list
inline constexpr std::size_t max_label_bytes = 64;

/// What is wrong with a label; names `field`.
std::optional<std::string> problem_of_label(std::string_view field,
                                            std::string_view label);

/// What is wrong with a list of labels; names `field`.
std::optional<std::string>
problem_of_labels(std::string_view field,
                  const std::vector<std::string>& labels);

} // namespace horde
