// SPDX-License-Identifier: MIT
//
// Text in aligned columns: a heading, then rows.

#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace horde::tools {

class table {
public:
  using row = std::vector<std::string>;

  /// Requires: all rows have as many cells as the heading.
  explicit table(row heading) : rows_{std::move(heading)} {}

  void add(row x) { rows_.push_back(std::move(x)); }

  /// The heading alone if there are no rows.
  friend std::ostream& operator<<(std::ostream& out, const table& x);

private:
  std::vector<row> rows_;
};

} // namespace horde::tools
