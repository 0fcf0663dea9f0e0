// SPDX-License-Identifier: MIT

#include "horde/sync/mesh.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "horde/hash.hpp"
#include "horde/sort_unique.hpp"

namespace horde::sync {

namespace {

bool contains(const std::vector<replica_id>& sorted, replica_id x) {
  return std::ranges::binary_search(sorted, x);
}

/// Who passes on is whoever has the least of these: the work is spread, and all
/// agree.
std::uint64_t rank(replica_id writer, replica_id to, replica_id relay) {
  auto x = static_cast<std::uint64_t>(writer);
  for (auto id : {to, relay})
    x = hash64({}, x ^ static_cast<std::uint64_t>(id));
  return x;
}

} // namespace

void mesh::told(replica_id who, std::vector<replica_id> reached) {
  rows_[who].reached = std::move(reached);
}

void mesh::forget(replica_id who) {
  rows_.erase(who);
}

const mesh::row* mesh::find(replica_id who) const {
  auto i = rows_.find(who);
  return i == rows_.end() ? nullptr : &i->second;
}

bool mesh::is_duty(const row& from, replica_id writer, replica_id to) const {
  auto ours = rank(writer, to, self_);
  return contains(from.reached, self_)
         && std::ranges::none_of(from.reached, [&](replica_id other) {
              auto x = find(other);
              return x && contains(x->reached, to)
                     && rank(writer, to, other) < ours;
            });
}

std::vector<replica_id> mesh::update(std::vector<replica_id> reached) {
  reached_ = std::move(reached);
  std::vector<replica_id> result;
  for (auto& row : rows_) {
    auto writer = row.first;
    auto& x = row.second;
    x.holes.clear();
    std::ranges::set_difference(reached_, x.reached,
                                std::back_inserter(x.holes));
    std::erase(x.holes, writer);
    std::vector<replica_id> duties;
    std::ranges::copy_if(x.holes, std::back_inserter(duties),
                         [&](replica_id to) { return is_duty(x, writer, to); });
    std::ranges::set_difference(duties, x.duties, std::back_inserter(result));
    x.duties = std::move(duties);
  }
  sort_unique(result);
  return result;
}

bool mesh::reaches(replica_id from, replica_id who) const {
  auto x = find(from);
  return x && contains(x->reached, who);
}

bool mesh::is_reached_by_others(replica_id who) const {
  return std::ranges::any_of(
    rows_, [&](const auto& x) { return contains(x.second.reached, who); });
}

std::span<const replica_id> mesh::holes(replica_id from) const {
  auto x = find(from);
  return x ? std::span{x->holes} : std::span<const replica_id>{};
}

std::span<const replica_id> mesh::duties(replica_id from) const {
  auto x = find(from);
  return x ? std::span{x->duties} : std::span<const replica_id>{};
}

} // namespace horde::sync
