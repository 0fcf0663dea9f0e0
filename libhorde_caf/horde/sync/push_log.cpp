// SPDX-License-Identifier: MIT

#include "horde/sync/push_log.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

#include "horde/assert.hpp"

namespace horde::sync {

namespace {

constexpr auto no_limit = std::numeric_limits<std::size_t>::max();

} // namespace

const push_log::record& push_log::at(std::uint64_t sequence) const {
  return records_[static_cast<std::size_t>(sequence - oldest_ - 1)];
}

std::uint64_t push_log::push(record x, std::size_t most) {
  records_.push_back(x);
  if (records_.size() > most)
    drop_first();
  return newest();
}

std::uint64_t push_log::append(std::uint64_t hash,
                               std::span<const crdt::dot> dots,
                               std::size_t most) {
  auto first_dot = dots_dropped_ + dots_.size();
  dots_.insert(dots_.end(), dots.begin(), dots.end());
  return push({hash, 0, dots.size(), first_dot}, most);
}

std::uint64_t push_log::append_clear(crdt::causal_context seen,
                                     std::size_t most) {
  clears_.emplace(newest() + 1, std::move(seen));
  return push({0, 0, 0, dots_dropped_ + dots_.size()}, most);
}

void push_log::trim(std::uint64_t sequence) {
  while (oldest_ < sequence && !records_.empty())
    drop_first();
  if (recent_.upto <= oldest_)
    recent_ = {};
}

void push_log::drop_first() {
  auto dots = records_.front().dots;
  for (std::size_t i = 0; i < dots; ++i)
    dots_.pop_front();
  dots_dropped_ += dots;
  records_.pop_front();
  ++oldest_;
  if (is_clear(oldest_))
    clears_.erase(oldest_);
}

// -- the index ---------------------------------------------------------------

push_log::slot& push_log::slot_of(std::uint64_t hash) {
  auto mask = slots_.size() - 1;
  auto i = hash & mask;
  while (slots_[i].sequence != 0 && slots_[i].hash != hash)
    i = (i + 1) & mask;
  return slots_[i];
}

void push_log::make_index_for(std::size_t writes) {
  constexpr std::size_t fewest_slots = 256;
  slots_.assign(std::bit_ceil(std::max(fewest_slots, 4 * writes)), {});
  used_slots_ = 0;
  indexed_ = oldest_;
}

void push_log::index() {
  indexed_ = std::max(indexed_, oldest_);
  if (2 * (used_slots_ + (newest() - indexed_)) >= slots_.size())
    make_index_for(records_.size());
  while (indexed_ < newest()) {
    ++indexed_;
    if (is_clear(indexed_))
      continue;
    auto& x = records_[static_cast<std::size_t>(indexed_ - oldest_ - 1)];
    auto& place = slot_of(x.hash);
    used_slots_ += place.sequence == 0 ? 1 : 0;
    x.before = place.sequence > oldest_ ? place.sequence : 0;
    place = {x.hash, indexed_};
  }
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
    if (is_clear(upto + 1) || x.before > previous || told.contains(x.hash))
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
  for (auto i = slot_of(hash).sequence; i > position; i = at(i).before) {
    auto first = dots_.begin()
                 + static_cast<std::ptrdiff_t>(at(i).first_dot - dots_dropped_);
    out.insert(out.end(), first,
               first + static_cast<std::ptrdiff_t>(at(i).dots));
  }
}

bool push_log::add_item(push_writer& out, std::uint64_t hash, bool is_relayed,
                        const crdt::aw_lww_map& map, std::size_t most_bytes) {
  std::ranges::sort(spoken_);
  spoken_.erase(std::unique(spoken_.begin(), spoken_.end()), spoken_.end());
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
