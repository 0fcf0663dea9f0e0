// SPDX-License-Identifier: MIT

#include "horde/crdt/causal_context.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

namespace horde::crdt {

namespace {

constexpr auto largest = std::numeric_limits<std::uint64_t>::max();

} // namespace

const causal_context::ranges* causal_context::find(replica_id who) const {
  auto i = std::ranges::lower_bound(rows_, who, {}, &row::who);
  return i != rows_.end() && i->who == who ? &i->seen : nullptr;
}

causal_context::ranges& causal_context::obtain(replica_id who) {
  auto i = std::ranges::lower_bound(rows_, who, {}, &row::who);
  if (i == rows_.end() || i->who != who)
    i = rows_.insert(i, row{who, {}});
  return i->seen;
}

/// The first range that does not end before `x`.
const causal_context::range*
causal_context::range_at_or_after(const ranges& xs, std::uint64_t x) {
  auto i = std::ranges::lower_bound(xs, x, {}, &range::last);
  return i == xs.end() ? nullptr : &*i;
}

bool causal_context::contains(dot x) const {
  if (x.counter == 0)
    return true;
  auto xs = find(x.who);
  if (!xs)
    return false;
  auto r = range_at_or_after(*xs, x.counter);
  return r && r->first <= x.counter;
}

std::uint64_t causal_context::latest(replica_id who) const {
  auto xs = find(who);
  return xs ? xs->back().last : 0;
}

std::uint64_t causal_context::contiguous(replica_id who) const {
  auto xs = find(who);
  return xs && xs->front().first == 1 ? xs->front().last : 0;
}

bool causal_context::add(dot x) {
  auto c = x.counter;
  if (c == 0)
    return false;
  auto& xs = obtain(x.who);
  // Most dots come in order.
  if (xs.empty() || xs.back().last < c - 1) {
    xs.push_back({c, c});
    return true;
  }
  auto i = std::ranges::lower_bound(xs, c - 1, {}, &range::last);
  if (i->first <= c && c <= i->last)
    return false;
  if (i->last == c - 1) {
    i->last = c;
    auto next = std::next(i);
    if (next != xs.end() && next->first - 1 == c) {
      i->last = next->last;
      xs.erase(next);
    }
    return true;
  }
  if (i->first - 1 == c)
    i->first = c;
  else
    xs.insert(i, {c, c});
  return true;
}

causal_context::ranges causal_context::merge(const ranges& xs,
                                             const ranges& ys) {
  ranges sorted;
  sorted.reserve(xs.size() + ys.size());
  std::ranges::merge(xs, ys, std::back_inserter(sorted), {}, &range::first,
                     &range::first);
  ranges result;
  for (const auto& r : sorted) {
    if (result.empty() || result.back().last < r.first - 1)
      result.push_back(r);
    else
      result.back().last = std::max(result.back().last, r.last);
  }
  return result;
}

void causal_context::join(const causal_context& other) {
  for (const auto& theirs : other.rows_) {
    auto& ours = obtain(theirs.who);
    ours = merge(ours, theirs.seen);
  }
}

bool causal_context::includes(const causal_context& other) const {
  return std::ranges::all_of(other.rows_, [this](const row& theirs) {
    auto ours = find(theirs.who);
    return ours && std::ranges::all_of(theirs.seen, [&](const range& r) {
             auto mine = range_at_or_after(*ours, r.first);
             return mine && mine->first <= r.first && r.last <= mine->last;
           });
  });
}

hash128 causal_context::digest(std::uint64_t key) const {
  std::string bytes;
  writer out{bytes};
  encode(out, *this);
  return hash_128(bytes, key);
}

std::size_t causal_context::cloud_size() const {
  std::size_t result = 0;
  for (const auto& x : rows_)
    result += x.seen.size() - (x.seen.front().first == 1 ? 1 : 0);
  return result;
}

void encode(writer& out, const causal_context& x) {
  out.varint(x.rows_.size());
  for (const auto& row : x.rows_) {
    out.fixed64(static_cast<std::uint64_t>(row.who));
    out.varint(row.seen.size());
    std::uint64_t previous = 0;
    for (const auto& r : row.seen) {
      out.varint(r.first - previous);
      out.varint(r.last - r.first);
      previous = r.last;
    }
  }
}

void causal_context::decode_ranges(reader& in, ranges& xs) {
  auto n = in.count();
  if (n == 0)
    in.fail();
  std::uint64_t previous = 0;
  for (std::size_t i = 0; i < n && !in.failed(); ++i) {
    auto gap = in.varint();
    auto length = in.varint();
    // The first range may start at 1; later ones leave out at least one dot.
    if (gap < (i == 0 ? 1u : 2u) || gap > largest - previous
        || length > largest - previous - gap)
      return in.fail();
    xs.push_back({previous + gap, previous + gap + length});
    previous = xs.back().last;
  }
}

void decode(reader& in, causal_context& x) {
  x.rows_.clear();
  auto n = in.count();
  for (std::size_t i = 0; i < n && !in.failed(); ++i) {
    auto who = replica_id{in.fixed64()};
    if (!x.rows_.empty() && who <= x.rows_.back().who)
      return in.fail();
    x.rows_.push_back({who, {}});
    causal_context::decode_ranges(in, x.rows_.back().seen);
  }
  if (in.failed())
    x.rows_.clear();
}

} // namespace horde::crdt
