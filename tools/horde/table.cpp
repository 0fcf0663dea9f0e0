// SPDX-License-Identifier: MIT

#include "table.hpp"

#include <algorithm>

namespace horde::tools {

namespace {

/// Columns on the screen: bytes that continue a UTF-8 character take none.
std::size_t width_of(const std::string& x) {
  return static_cast<std::size_t>(std::count_if(x.begin(), x.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

} // namespace

std::ostream& operator<<(std::ostream& out, const table& x) {
  std::vector<std::size_t> widths(x.rows_.front().size());
  for (const auto& row : x.rows_)
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], width_of(row[i]));
  for (const auto& row : x.rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i)
      line += row[i] + std::string(widths[i] - width_of(row[i]) + 2, ' ');
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
  }
  return out;
}

} // namespace horde::tools
