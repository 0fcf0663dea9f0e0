// SPDX-License-Identifier: MIT

#include "horde/crdt/news.hpp"

namespace horde::crdt {

namespace {

/// The part of `xs` that ends at `end` and begins where the one before ended.
template <class T>
std::span<const T> part(const std::vector<T>& xs, std::size_t begin,
                        std::size_t end) {
  return std::span{xs}.subspan(begin, end - begin);
}

} // namespace

// -- items -------------------------------------------------------------------

std::uint64_t news::item::hash() const {
  return all_->items_[place_].hash;
}

std::size_t news::item::size() const {
  auto begin = place_ == 0 ? 0 : all_->items_[place_ - 1].keys_end;
  return all_->items_[place_].keys_end - begin;
}

news::key news::item::operator[](std::size_t i) const {
  auto place = i + (place_ == 0 ? 0 : all_->items_[place_ - 1].keys_end);
  auto begin = place == 0 ? 0 : all_->keys_[place - 1].versions_end;
  const auto& row = all_->keys_[place];
  return {row.name, part(all_->versions_, begin, row.versions_end)};
}

std::span<const dot> news::item::gone() const {
  auto begin = place_ == 0 ? 0 : all_->items_[place_ - 1].gone_end;
  return part(all_->gone_, begin, all_->items_[place_].gone_end);
}

// -- making ------------------------------------------------------------------

void news::add_hash(std::uint64_t hash) {
  items_.push_back({hash, keys_.size(), gone_.size()});
}

void news::add_key(std::string_view name) {
  keys_.push_back({name, versions_.size()});
  items_.back().keys_end = keys_.size();
}

void news::add_version(const version_view& x) {
  versions_.push_back(x);
  keys_.back().versions_end = versions_.size();
}

void news::add_gone(dot x) {
  gone_.push_back(x);
  items_.back().gone_end = gone_.size();
}

void news::clear() {
  items_.clear();
  keys_.clear();
  versions_.clear();
  gone_.clear();
}

} // namespace horde::crdt
