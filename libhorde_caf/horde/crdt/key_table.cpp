// SPDX-License-Identifier: MIT

#include "horde/crdt/key_table.hpp"

#include <algorithm>

namespace horde::crdt {

namespace {

/// The bit in which the two halves of a segment of that depth differ.
std::uint64_t bit_below(unsigned depth) {
  return (std::uint64_t{1} << 63) >> depth;
}

} // namespace

key_table::key_table() : directory_(1) {
  place(0, 0, {});
}

key_table::~key_table() {
  for (std::size_t i = 0; i < directory_.size(); ++i) {
    std::unique_ptr<key_segment> x{directory_[i]};
    i = last_index_of(*x, i);
    for (auto slot : *x)
      if (slot.record)
        key_record::destroy(slot.record);
  }
}

void key_table::swap(key_table& x) noexcept {
  std::swap(bits_, x.bits_);
  std::swap(size_, x.size_);
  std::swap(contended_, x.contended_);
  std::swap(segments_, x.segments_);
  std::swap(deepest_, x.deepest_);
  std::swap(directory_, x.directory_);
}

// -- writes ------------------------------------------------------------------

void key_table::add(key_segment& where, key_segment::run old,
                    std::uint64_t hash, std::string_view key,
                    const version_view& x) {
  size_ += old.first == old.last ? 1 : 0;
  contended_ += old.last - old.first == 1 ? 1 : 0;
  auto place = old.first;
  while (place != old.last && later(place->record->view(), x))
    ++place;
  where.insert(place, {hash, key_record::make(key, x)});
}

void key_table::overwrite(key_slot& old, std::string_view key,
                          const version_view& x) {
  if (old.record->value_size != x.value.size()) {
    auto before = std::exchange(old.record, key_record::make(key, x));
    key_record::destroy(before);
    return;
  }
  old.record->id = x.id;
  old.record->when = x.when;
  x.value.copy(old.record->bytes() + key.size(), x.value.size());
}

bool key_table::close(std::uint64_t hash, key_slot* first, key_slot* last) {
  if (first == last)
    return false;
  auto& here = segment_of(hash);
  here.erase(first, last);
  if (here.is_sparse())
    save_memory(hash);
  return true;
}

// -- the directory -----------------------------------------------------------

void key_table::make_room(std::uint64_t hash) {
  // Hashes that begin with many equal bits would need a directory out of all
  // proportion; then a segment has to be large.
  const auto& here = segment_of(hash);
  auto may_split = here.depth() < bits_ || directory_.size() < 32 * segments_;
  if (may_split && key_segment::is_worth_two(here.size()))
    split(hash);
  else
    rebuild(hash);
}

void key_table::save_memory(std::uint64_t hash) {
  while (segment_of(hash).is_sparse() && merge(hash)) {
    // one level after the other
  }
  const auto& here = segment_of(hash);
  if (here.is_sparse() && here.can_shrink())
    rebuild(hash);
}

void key_table::split(std::uint64_t hash) {
  if (segment_of(hash).depth() == bits_)
    widen();
  auto old = take(hash);
  auto bit = bit_below(old->depth());
  auto middle = old->lower_bound((hash | bit) & ~(bit - 1));
  place(hash & ~bit, old->depth() + 1, {old->begin(), middle});
  place(hash | bit, old->depth() + 1, {middle, old->end()});
}

bool key_table::merge(std::uint64_t hash) {
  const auto& here = segment_of(hash);
  if (here.depth() == 0)
    return false;
  auto bit = bit_below(here.depth() - 1);
  const auto& other = segment_of(hash ^ bit);
  if (other.depth() != here.depth()
      || !key_segment::is_worth_one(here.size() + other.size()))
    return false;
  auto lower = take(hash & ~bit);
  auto upper = take(hash | bit);
  std::vector<key_slot> all{lower->begin(), lower->end()};
  all.insert(all.end(), upper->begin(), upper->end());
  place(hash, lower->depth() - 1, all);
  while (bits_ > 0 && deepest_ == 0)
    narrow();
  return true;
}

void key_table::rebuild(std::uint64_t hash) {
  auto old = take(hash);
  place(hash, old->depth(), {old->begin(), old->end()});
}

std::unique_ptr<key_segment> key_table::take(std::uint64_t hash) {
  std::unique_ptr<key_segment> result{&segment_of(hash)};
  --segments_;
  deepest_ -= result->depth() == bits_ ? 1 : 0;
  return result;
}

void key_table::place(std::uint64_t hash, unsigned depth,
                      std::span<const key_slot> slots) {
  auto x = std::make_unique<key_segment>(depth, slots).release();
  ++segments_;
  deepest_ += depth == bits_ ? 1 : 0;
  auto last = last_index_of(*x, index_of(hash));
  auto width = last_index_of(*x, 0) + 1;
  for (auto i = last + 1 - width; i <= last; ++i)
    directory_[i] = x;
}

void key_table::widen() {
  std::vector<key_segment*> wider(2 * directory_.size());
  for (std::size_t i = 0; i < wider.size(); ++i)
    wider[i] = directory_[i / 2];
  directory_ = std::move(wider);
  ++bits_;
  deepest_ = 0;
}

void key_table::narrow() {
  std::vector<key_segment*> narrower(directory_.size() / 2);
  for (std::size_t i = 0; i < narrower.size(); ++i)
    narrower[i] = directory_[2 * i];
  directory_ = std::move(narrower);
  --bits_;
  deepest_ = static_cast<std::size_t>(
    std::ranges::count(directory_, bits_, &key_segment::depth));
}

} // namespace horde::crdt
