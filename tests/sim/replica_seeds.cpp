// SPDX-License-Identifier: MIT

#include "sim/replica_seeds.hpp"

#include <algorithm>
#include <sstream>
#include <utility>

#include "sim/replica_generator.hpp"

namespace horde::sim {

namespace {

std::string title() {
  return "seeds of the replica generator " + std::to_string(generator_number);
}

} // namespace

std::optional<replica_seeds> replica_seeds::from(std::string_view text) {
  std::istringstream lines{std::string{text}};
  std::string line;
  if (!std::getline(lines, line) || line != title())
    return std::nullopt;
  replica_seeds result;
  while (std::getline(lines, line)) {
    std::istringstream numbers{line};
    range x;
    std::string rest;
    if (!(numbers >> x.first >> x.last) || numbers >> rest || x.first == 0
        || x.last < x.first)
      return std::nullopt;
    result.add(x);
  }
  return result;
}

std::string replica_seeds::to_text() const {
  std::ostringstream out;
  out << title() << '\n';
  done_.for_each([&](range x) { out << x.first << ' ' << x.last << '\n'; });
  return std::move(out).str();
}

std::optional<replica_seeds::range>
replica_seeds::next(range within, std::uint64_t most) const {
  auto first = within.first;
  auto last = within.last;
  done_.for_each([&](range x) {
    if (x.first <= first && first <= x.last)
      first = x.last + 1;
    else if (x.first > first)
      last = std::min(last, x.first - 1);
  });
  if (first > last)
    return std::nullopt;
  return range{first, std::min(last, first + most - 1)};
}

std::uint64_t replica_seeds::count() const {
  std::uint64_t result = 0;
  done_.for_each([&](range x) { result += x.last - x.first + 1; });
  return result;
}

} // namespace horde::sim
