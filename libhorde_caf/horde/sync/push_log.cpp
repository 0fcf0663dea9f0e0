// SPDX-License-Identifier: MIT

#include "horde/sync/push_log.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "horde/assert.hpp"
#include "horde/sort_unique.hpp"

namespace horde::sync {

namespace {

/// So many are added to the index in one go, their memory loaded at once.
constexpr std::uint64_t writes_at_once = 64;

constexpr auto no_limit = std::numeric_limits<std::size_t>::max();

std::uint32_t last_bits(std::uint64_t x) {
  return static_cast<std::uint32_t>(x);
}

} // namespace

void push_log::make_room(std::size_t most) {
  HORDE_ASSERT(records_.size() < std::numeric_limits<std::uint32_t>::max());
  if (records_.size() >= most)
    trim(newest() + 1 - most);
}

std::uint64_t push_log::append(std::uint64_t hash,
                               std::span<const crdt::dot> dots,
                               std::size_t most) {
  make_room(most);
  records_.push_back({hash, dots_dropped_ + last_bits(dots_.size()), 0});
  for (auto d : dots)
    dots_.push_back(d);
  if (newest() - indexed_ >= writes_at_once)
    index();
  return newest();
}

std::uint64_t push_log::append_clear(crdt::causal_context seen,
                                     std::size_t most) {
  make_room(most);
  clears_.emplace(newest() + 1, std::move(seen));
  records_.push_back({0, dots_dropped_ + last_bits(dots_.size()), 0});
  return newest();
}

std::size_t push_log::first_dot_of(std::uint64_t sequence) const {
  if (sequence > newest())
    return dots_.size();
  return at(sequence).first_dot - dots_dropped_;
}

void push_log::trim(std::uint64_t sequence) {
  sequence = std::min(sequence, newest());
  if (sequence <= oldest_)
    return;
  auto dots = first_dot_of(sequence + 1);
  records_.pop_front(static_cast<std::size_t>(sequence - oldest_));
  dots_.pop_front(dots);
  dots_dropped_ += last_bits(dots);
  oldest_ = sequence;
  clears_.erase(clears_.begin(), clears_.upper_bound(oldest_));
  if (recent_.upto <= oldest_)
    recent_ = {};
}

// -- the index ---------------------------------------------------------------

void push_log::index() {
  if (records_.size() > chains_.size())
    make_chains_for(records_.size());
  indexed_ = std::max(indexed_, oldest_);
  for (auto i = indexed_; i != newest(); ++i)
    __builtin_prefetch(&chains_[place_of(at(i + 1).hash)], 1);
  for (; indexed_ != newest(); ++indexed_)
    if (!is_clear(indexed_ + 1))
      add_to_chain(indexed_ + 1);
}

void push_log::add_to_chain(std::uint64_t sequence) {
  auto& x = at(sequence);
  auto& last = chains_[place_of(x.hash)];
  auto back = last_bits(sequence) - last;
  x.back = back < sequence - oldest_ ? back : 0; // it may have left the log
  last = last_bits(sequence);
}

void push_log::make_chains_for(std::size_t writes) {
  constexpr std::size_t fewest = 1024;
  constexpr std::size_t growth = 8;
  auto before = chains_.size();
  auto size = std::max(fewest, before);
  while (size < writes)
    size *= growth;
  chains_.resize(size, last_bits(oldest_));
  // A chain becomes several, which go on in common with what it has been, and
  // pass by what is not theirs until that leaves the log. So no write is
  // visited.
  for (auto i = before; before > 0 && i < size; ++i)
    chains_[i] = chains_[i - before];
}

std::uint64_t push_log::newest_like(std::uint64_t hash) const {
  if (chains_.empty())
    return 0;
  auto back = last_bits(newest()) - chains_[place_of(hash)];
  return back < records_.size() ? newest() - back : 0;
}

std::uint64_t push_log::find(std::uint64_t hash, std::uint64_t sequence,
                             std::uint64_t position) const {
  while (sequence > position && at(sequence).hash != hash)
    sequence = before(sequence);
  return sequence;
}

// -- groups ------------------------------------------------------------------

const group& push_log::group_after(std::uint64_t position,
                                   const crdt::aw_lww_map& map,
                                   const config& limits) {
  HORDE_ASSERT(position < newest());
  // A neighbour that fell behind the log goes on at its start; it sees the gap
  // and reconciles.
  auto previous = std::max(position, oldest_);
  if (recent_.bytes && recent_.previous == previous)
    return recent_;
  index();
  push_writer out{previous};
  recent_ = finish(out, previous, map, limits, {});
  return recent_;
}

group push_log::group_after(std::uint64_t position, const crdt::aw_lww_map& map,
                            const config& limits, relay_queue& relayed,
                            std::uint64_t number) {
  auto previous = std::max(position, oldest_);
  index();
  push_writer out{previous, number};
  std::unordered_set<std::uint64_t> told;
  // Half of a group, so that our own writes are not held up.
  while (!relayed.empty() && told.size() <= limits.max_group_keys / 2) {
    auto i = relayed.begin();
    spoken_ = i->second;
    spoken_after(previous, i->first, spoken_);
    auto most = told.empty() ? no_limit : limits.max_group_bytes / 2;
    if (!add_item(out, i->first, true, map, most))
      break;
    told.insert(i->first);
    relayed.erase(i);
  }
  auto result = finish(out, previous, map, limits, told);
  result.number = number;
  return result;
}

group push_log::finish(push_writer& out, std::uint64_t previous,
                       const crdt::aw_lww_map& map, const config& limits,
                       const std::unordered_set<std::uint64_t>& told) {
  // Later ones include earlier ones.
  if (!clears_.empty() && clears_.rbegin()->first > previous)
    out.clear(clears_.rbegin()->second);
  auto upto = previous;
  std::size_t keys = 0;
  for (; upto < newest(); ++upto) {
    const auto& x = at(upto + 1);
    map.prefetch(upto, newest(),
                 [&](std::uint64_t i) { return at(i + 1).hash; });
    if (is_clear(upto + 1) || told.contains(x.hash)
        || find(x.hash, before(upto + 1), previous) > previous)
      continue; // it is in this group already
    if (keys > 0 && keys >= limits.max_group_keys)
      break;
    spoken_.clear();
    spoken_after(previous, x.hash, spoken_);
    if (!add_item(out, x.hash, false, map,
                  keys == 0 ? no_limit : limits.max_group_bytes))
      break;
    ++keys;
  }
  return {previous, upto, 0,
          std::make_shared<const std::string>(out.finish(upto))};
}

void push_log::spoken_after(std::uint64_t position, std::uint64_t hash,
                            std::vector<crdt::dot>& out) {
  for (auto i = find(hash, newest_like(hash), position); i > position;
       i = find(hash, before(i), position))
    for (auto d = first_dot_of(i); d != first_dot_of(i + 1); ++d)
      out.push_back(dots_[d]);
}

bool push_log::add_item(push_writer& out, std::uint64_t hash, bool is_relayed,
                        const crdt::aw_lww_map& map, std::size_t most_bytes) {
  sort_unique(spoken_);
  item_.clear();
  item_.add_hash(hash);
  map.visit(hash, hash,
            [&](std::uint64_t, std::string_view key, auto versions) {
              item_.add_key(key);
              for (const auto& v : versions) {
                item_.add_version(v);
                std::erase(spoken_, v.id);
              }
              return true;
            });
  for (auto d : spoken_)
    item_.add_gone(d);
  auto end = out.end();
  if (is_relayed)
    out.relay(item_[0]);
  else
    out.add(item_[0]);
  if (out.end().size <= most_bytes)
    return true;
  out.truncate(end);
  return false;
}

} // namespace horde::sync
