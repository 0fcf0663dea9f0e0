// SPDX-License-Identifier: MIT

#include "horde/crdt/causal_context.hpp"

#include <algorithm>
#include <iterator>

namespace horde::crdt {

const causal_context::row* causal_context::find(replica_id who) const {
  auto i = std::ranges::lower_bound(rows_, who, {}, &row::who);
  return i != rows_.end() && i->who == who ? &*i : nullptr;
}

causal_context::row& causal_context::obtain(replica_id who) {
  auto i = std::ranges::lower_bound(rows_, who, {}, &row::who);
  if (i == rows_.end() || i->who != who)
    i = rows_.insert(i, row{who, {}});
  return *i;
}

bool causal_context::contains(dot x) const {
  if (x.counter == 0)
    return true;
  auto xs = find(x.who);
  return xs && (xs->retired || xs->seen.contains(x.counter));
}

std::uint64_t causal_context::latest(replica_id who) const {
  auto xs = find(who);
  return xs ? xs->seen.last() : 0;
}

bool causal_context::add(dot x) {
  if (x.counter == 0)
    return false;
  auto& row = obtain(x.who);
  return !row.retired && row.seen.insert({x.counter, x.counter});
}

void causal_context::join(const causal_context& other) {
  for (const auto& theirs : other.rows_) {
    auto& ours = obtain(theirs.who);
    if (!ours.retired)
      theirs.seen.for_each([&](range_set::range x) { ours.seen.insert(x); });
  }
}

// -- departed replicas -------------------------------------------------------

bool causal_context::retire(replica_id who, std::uint64_t last) {
  if (last == 0 && find(who) == nullptr)
    return true;
  auto& row = obtain(who);
  range_set all;
  all.insert({1, last});
  row.retired = row.retired || row.seen == all;
  return row.retired;
}

void causal_context::forget(replica_id who) {
  std::erase_if(rows_, [&](const row& x) { return x.who == who && x.retired; });
}

bool causal_context::is_retired(replica_id who) const {
  auto x = find(who);
  return x && x->retired;
}

std::size_t causal_context::size() const {
  return static_cast<std::size_t>(
    std::ranges::count(rows_, false, &row::retired));
}

// -- as bytes ----------------------------------------------------------------

bool operator==(const causal_context& a, const causal_context& b) {
  auto bytes_of = [](const causal_context& x) {
    std::string result;
    writer out{result};
    x.encode_rows(out, false);
    return result;
  };
  return bytes_of(a) == bytes_of(b);
}

hash128 causal_context::digest(std::uint64_t key) const {
  std::string bytes;
  writer out{bytes};
  encode_rows(out, false);
  return hash_128(bytes, key);
}

void encode(writer& out, const causal_context& x) {
  x.encode_rows(out, true);
}

void causal_context::encode_rows(writer& out, bool with_retired) const {
  out.varint(with_retired ? rows_.size() : size());
  for (const auto& row : rows_) {
    if (row.retired && !with_retired)
      continue;
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
