// SPDX-License-Identifier: MIT

#include "horde/crdt/range_set.hpp"

#include <algorithm>
#include <iterator>

namespace horde::crdt {

namespace {

// Ranges in a block: 4 KiB, which is moved in less time than it takes to find
// the place.
constexpr std::size_t most_in_block = 256;

auto offset_of(std::size_t x) {
  return static_cast<std::ptrdiff_t>(x);
}

} // namespace

range_set::place range_set::find(std::uint64_t x) const {
  auto first_of = [](const block& xs) { return xs.front().first; };
  auto b = std::ranges::upper_bound(blocks_, x, {}, first_of) - 1;
  auto i = std::ranges::upper_bound(*b, x, {}, &range::first) - 1;
  return {static_cast<std::size_t>(b - blocks_.begin()),
          static_cast<std::size_t>(i - b->begin())};
}

bool range_set::contains(std::uint64_t x) const {
  if (begins_behind(x))
    return false;
  auto at = find(x);
  return x <= blocks_[at.block][at.offset].last;
}

bool range_set::insert(range x) {
  if (!begins_behind(x.first)) {
    auto at = find(x.first);
    auto& before = blocks_[at.block][at.offset];
    if (x.last <= before.last)
      return false;
    if (before.last >= x.first - 1) { // it begins there or right behind
      before.last = x.last;
      swallow(at);
      return true;
    }
  }
  swallow(add(x));
  return true;
}

range_set::place range_set::add(range x) {
  place at; // in front of all others
  if (blocks_.empty()) {
    blocks_.emplace_back();
  } else if (!begins_behind(x.first)) {
    at = find(x.first);
    ++at.offset;
  }
  ++size_;
  auto& xs = blocks_[at.block];
  xs.insert(xs.begin() + offset_of(at.offset), x);
  if (xs.size() <= most_in_block)
    return at;
  constexpr auto half = most_in_block / 2;
  block upper{xs.begin() + offset_of(half), xs.end()};
  xs.resize(half);
  blocks_.insert(blocks_.begin() + offset_of(at.block + 1), std::move(upper));
  return at.offset < half ? at : place{at.block + 1, at.offset - half};
}

void range_set::swallow(place at) {
  auto& x = blocks_[at.block][at.offset];
  auto more = swallow(x, blocks_[at.block], at.offset + 1);
  auto from = at.block + 1;
  auto end = from;
  while (more && end < blocks_.size()) {
    more = swallow(x, blocks_[end], 0);
    end += more ? 1 : 0;
  }
  blocks_.erase(blocks_.begin() + offset_of(from),
                blocks_.begin() + offset_of(end));
}

bool range_set::swallow(range& x, block& xs, std::size_t offset) {
  auto from = xs.begin() + offset_of(offset);
  auto end = from;
  for (; end != xs.end() && end->first - 1 <= x.last; ++end)
    x.last = std::max(x.last, end->last);
  auto none_left = end == xs.end();
  size_ -= static_cast<std::size_t>(end - from);
  xs.erase(from, end);
  return none_left;
}

bool operator==(const range_set& x, const range_set& y) {
  if (x.size_ != y.size_)
    return false;
  // Equal sets may be cut into different blocks.
  std::vector<range_set::range> ours;
  std::vector<range_set::range> theirs;
  x.for_each([&](auto r) { ours.push_back(r); });
  y.for_each([&](auto r) { theirs.push_back(r); });
  return ours == theirs;
}

} // namespace horde::crdt
