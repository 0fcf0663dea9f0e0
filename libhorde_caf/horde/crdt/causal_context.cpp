// SPDX-License-Identifier: MIT

#include "horde/crdt/causal_context.hpp"

#include <algorithm>
#include <iterator>

namespace horde::crdt {

const causal_context::row* causal_context::find(replica_id who) const {
  auto i = std::ranges::lower_bound(rows_, who, {}, &row::who);
  return i != rows_.end() && i->who == who ? &*i : nullptr;
}

causal_context::row* causal_context::obtain(replica_id who) {
  auto i = std::ranges::lower_bound(rows_, who, {}, &row::who);
  if (i != rows_.end() && i->who == who)
    return &*i;
  if (era_of(who) < horizon_)
    return nullptr;
  return &*rows_.insert(i, row{who, {}});
}

bool causal_context::contains(dot x) const {
  if (x.counter == 0)
    return true;
  auto xs = find(x.who);
  return xs ? xs->seen.contains(x.counter) : era_of(x.who) < horizon_;
}

std::uint64_t causal_context::latest(replica_id who) const {
  auto xs = find(who);
  return xs ? xs->seen.last() : 0;
}

bool causal_context::is_only_of(replica_id who) const {
  return horizon_ == 0 && std::ranges::all_of(rows_, [who](const row& x) {
           return x.who == who || x.seen.last() == 0;
         });
}

bool causal_context::add(dot x) {
  if (x.counter == 0)
    return false;
  auto xs = obtain(x.who);
  return xs && xs->seen.insert({x.counter, x.counter});
}

bool causal_context::join(const causal_context& other) {
  auto forgotten = std::erase_if(
    rows_, [&](const row& x) { return other.is_forgotten(x.who); });
  for (const auto& theirs : other.rows_)
    if (auto ours = obtain(theirs.who))
      theirs.seen.for_each([&](range_set::range x) { ours->seen.insert(x); });
  auto is_raised = other.horizon_ > horizon_;
  horizon_ = std::max(horizon_, other.horizon_);
  return forgotten > 0 || is_raised;
}

// -- departed replicas -------------------------------------------------------

bool causal_context::forget(replica_id who) {
  auto born = era_of(who);
  if (born >= last_horizon)
    return false;
  std::erase_if(rows_, [&](const row& x) { return x.who == who; });
  horizon_ = std::max(horizon_, born + 1);
  return true;
}

bool causal_context::is_forgotten(replica_id who) const {
  return era_of(who) < horizon_ && !find(who);
}

std::vector<replica_id> causal_context::replicas() const {
  std::vector<replica_id> result;
  result.reserve(rows_.size());
  for (const auto& x : rows_)
    result.push_back(x.who);
  return result;
}

// -- as bytes ----------------------------------------------------------------

hash128 causal_context::digest(std::uint64_t key) const {
  return hash_128(to_bytes(*this), key);
}

void encode(writer& out, const causal_context& x) {
  out.varint(x.horizon_);
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
  auto horizon = in.varint();
  if (horizon > last_horizon)
    in.fail();
  x.horizon_ = static_cast<era>(horizon);
  auto n = in.count();
  for (std::size_t i = 0; i < n && !in.failed(); ++i) {
    auto who = replica_id{in.fixed64()};
    if (!x.rows_.empty() && who <= x.rows_.back().who)
      return in.fail();
    x.rows_.push_back({who, {}});
    causal_context::decode_ranges(in, x.rows_.back().seen);
  }
  if (in.failed())
    x = {};
}

} // namespace horde::crdt
