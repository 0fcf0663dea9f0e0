// SPDX-License-Identifier: MIT

#include "horde/sync/push_log.hpp"

#include <algorithm>

#include "horde/assert.hpp"
#include "horde/sync/message.hpp"

namespace horde::sync {

const push_log::record& push_log::at(std::uint64_t sequence) const {
  return records_[static_cast<std::size_t>(sequence - oldest_ - 1)];
}

std::uint64_t push_log::append(std::string_view key,
                               std::span<const crdt::dot> dots,
                               std::size_t most) {
  auto& place = *keys_.try_emplace(std::string{key}, 0).first;
  records_.push_back(
    {&place, place.second, dots.size(), dots_dropped_ + dots_.size()});
  dots_.insert(dots_.end(), dots.begin(), dots.end());
  place.second = newest();
  if (records_.size() > most)
    drop_first();
  return newest();
}

void push_log::trim(std::uint64_t sequence) {
  while (oldest_ < sequence && !records_.empty())
    drop_first();
  if (recent_.upto <= oldest_)
    recent_ = {};
}

void push_log::drop_first() {
  const auto& x = records_.front();
  dots_.erase(dots_.begin(),
              dots_.begin() + static_cast<std::ptrdiff_t>(x.dots));
  dots_dropped_ += x.dots;
  ++oldest_;
  if (x.key->second == oldest_)
    keys_.erase(keys_.find(x.key->first)); // there is no later write of it
  records_.pop_front();
}

const group& push_log::group_after(std::uint64_t position,
                                   const crdt::aw_lww_map& map,
                                   const config& limits) {
  HORDE_ASSERT(position < newest());
  // A neighbour that fell behind the log goes on at its start; it sees the gap
  // and reconciles.
  auto previous = std::max(position, oldest_);
  if (!recent_.bytes || recent_.previous != previous)
    recent_ = encode_group(previous, map, limits);
  return recent_;
}

std::span<const crdt::dot>
push_log::gone_after(std::uint64_t position, const record& x,
                     crdt::key_table::versions versions) {
  scratch_.clear();
  for (auto i = x.key->second; i > position; i = at(i).before) {
    auto first = dots_.begin()
                 + static_cast<std::ptrdiff_t>(at(i).first_dot - dots_dropped_);
    scratch_.insert(scratch_.end(), first,
                    first + static_cast<std::ptrdiff_t>(at(i).dots));
  }
  std::ranges::sort(scratch_);
  scratch_.erase(std::unique(scratch_.begin(), scratch_.end()), scratch_.end());
  std::erase_if(scratch_, [&](crdt::dot d) {
    return std::ranges::find(versions, d, &crdt::version_view::id)
           != versions.end();
  });
  return scratch_;
}

group push_log::encode_group(std::uint64_t previous,
                             const crdt::aw_lww_map& map,
                             const config& limits) {
  push_writer out{previous};
  auto upto = previous;
  std::size_t keys = 0;
  for (; upto < newest(); ++upto) {
    const auto& x = at(upto + 1);
    if (x.before > previous)
      continue; // its key is in this group already
    if (keys > 0 && keys >= limits.max_group_keys)
      break;
    auto size = out.size();
    auto versions = map.versions(x.key->first);
    out.add(x.key->first, versions, gone_after(previous, x, versions));
    if (keys > 0 && out.size() > limits.max_group_bytes) {
      out.truncate(size);
      break;
    }
    ++keys;
  }
  return {previous, upto,
          std::make_shared<const std::string>(out.finish(upto))};
}

} // namespace horde::sync
