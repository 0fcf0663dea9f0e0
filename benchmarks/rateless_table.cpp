// SPDX-License-Identifier: MIT

#include "rateless_table.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <string_view>

#include "horde/hash.hpp"

namespace horde::bench {

share& share::operator^=(const share& x) {
  hash ^= x.hash;
  id ^= x.id;
  counter ^= x.counter;
  return *this;
}

std::uint64_t checksum(const share& x, std::uint64_t key) {
  auto bytes = std::bit_cast<std::array<char, sizeof(share)>>(x);
  return hash64({bytes.data(), bytes.size()}, key);
}

void coded_symbol::add(const share& x, std::uint64_t check,
                       std::int64_t times) {
  sum ^= x;
  checks ^= check;
  count += times;
}

void coded_symbol::subtract(const coded_symbol& x) {
  sum ^= x.sum;
  checks ^= x.checks;
  count -= x.count;
}

void places::next() {
  // SplitMix64: one addition, and a mixture of it.
  state_ += 0x9e3779b97f4a7c15;
  auto x = state_;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  x ^= x >> 31;
  // 0 < u <= 1, and g = (i + 3/2) (1 / sqrt(u) - 1), rounded up.
  auto u = static_cast<double>((x >> 11) + 1) * 0x1p-53;
  auto gap = (static_cast<double>(at_) + 1.5) * (1 / std::sqrt(u) - 1);
  at_ += static_cast<std::uint64_t>(std::fmax(1, std::ceil(gap)));
}

void add(symbols& row, const share& x, std::int64_t times, std::uint64_t key) {
  auto check = checksum(x, key);
  for (places place{check}; place.at() < row.size(); place.next())
    row[static_cast<std::size_t>(place.at())].add(x, check, times);
}

symbols encode(const crdt::aw_lww_map& map, std::size_t size,
               std::uint64_t key) {
  symbols result(size);
  map.visit_from(0, [&](std::uint64_t hash, std::string_view, auto versions) {
    for (const auto& v : versions)
      add(result, {hash, static_cast<std::uint64_t>(v.id.who), v.id.counter}, 1,
          key);
    return true;
  });
  return result;
}

bool decoder::is_single(const coded_symbol& x) const {
  return (x.count == 1 || x.count == -1) && checksum(x.sum, key_) == x.checks;
}

void decoder::take(coded_symbol x) {
  auto place = symbols_.size();
  while (!known_.empty() && known_.top().place.at() == place) {
    auto item = known_.top();
    known_.pop();
    x.add(item.item, item.check, -item.times);
    item.place.next();
    known_.push(item);
  }
  symbols_.push_back(x);
  to_look_at_.push_back(place);
  peel();
}

void decoder::peel() {
  while (!to_look_at_.empty()) {
    auto x = symbols_[to_look_at_.back()];
    to_look_at_.pop_back();
    if (!is_single(x))
      continue;
    (x.count > 0 ? added_ : missing_).push_back(x.sum);
    known found{places{x.checks}, x.sum, x.checks, x.count};
    for (; found.place.at() < symbols_.size(); found.place.next()) {
      auto place = static_cast<std::size_t>(found.place.at());
      symbols_[place].add(found.item, found.check, -found.times);
      to_look_at_.push_back(place);
    }
    known_.push(found);
  }
}

} // namespace horde::bench
