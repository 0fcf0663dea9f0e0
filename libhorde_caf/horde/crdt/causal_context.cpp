// SPDX-License-Identifier: MIT

#include "horde/crdt/causal_context.hpp"

#include <algorithm>
#include <iterator>

namespace horde::crdt {

const range_set* causal_context::find(replica_id who) const {
  auto i = std::ranges::lower_bound(rows_, who, {}, &row::who);
  return i != rows_.end() && i->who == who ? &i->seen : nullptr;
}

range_set& causal_context::obtain(replica_id who) {
  auto i = std::ranges::lower_bound(rows_, who, {}, &row::who);
  if (i == rows_.end() || i->who != who)
    i = rows_.insert(i, row{who, {}});
  return i->seen;
}

bool causal_context::contains(dot x) const {
  if (x.counter == 0)
    return true;
  auto xs = find(x.who);
  return xs && xs->contains(x.counter);
}

std::uint64_t causal_context::latest(replica_id who) const {
  auto xs = find(who);
  return xs ? xs->last() : 0;
}

bool causal_context::add(dot x) {
  return x.counter != 0 && obtain(x.who).insert({x.counter, x.counter});
}

void causal_context::join(const causal_context& other) {
  for (const auto& theirs : other.rows_) {
    auto& ours = obtain(theirs.who);
    theirs.seen.for_each([&](range_set::range x) { ours.insert(x); });
  }
}

hash128 causal_context::digest(std::uint64_t key) const {
  std::string bytes;
  writer out{bytes};
  encode(out, *this);
  return hash_128(bytes, key);
}

void encode(writer& out, const causal_context& x) {
  out.varint(x.rows_.size());
  for (const auto& row : x.rows_) {
    out.fixed64(static_cast<std::uint64_t>(row.who));
    out.varint(row.seen.size());
    std::uint64_t previous = 0;
    row.seen.for_each([&](range_set::range r) {
      out.varint(r.first - previous);
      out.varint(r.last - r.first);
      previous = r.last;
    });
  }
}

void causal_context::decode_ranges(reader& in, range_set& xs) {
  auto n = in.count();
  if (n == 0)
    in.fail();
  std::uint64_t previous = 0;
  for (std::size_t i = 0; i < n && !in.failed(); ++i) {
    auto gap = in.varint();
    auto length = in.varint();
    // The first range may start at 1; later ones leave out at least one dot.
    if (gap < (i == 0 ? 1u : 2u) || gap > largest_counter - previous
        || length > largest_counter - previous - gap)
      return in.fail();
    xs.insert({previous + gap, previous + gap + length});
    previous = xs.last();
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
