// SPDX-License-Identifier: MIT
//
// What the measurements have in common: keys and values, two
// replicas that reconcile, and how time is taken.

#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "horde/sync/replica.hpp"

namespace horde::tools {

/// Writes in one group.
inline constexpr std::size_t group_size = 100;

/// Of 24 bytes.
extern const std::string some_value;

/// 16 bytes for numbers of up to ten digits.
std::string key_of(std::size_t i);
std::vector<std::string> some_keys(std::size_t n);

/// Key and value.
std::size_t entry_bytes();

/// What one entry takes in a pushed group of 100: key, value, dot, stamp and
/// its part of the frame. Written by encoding entries of the map, in no order.
double pushed_entry_bytes(const crdt::aw_lww_map& map);

/// How often something is done beside so many keys: `usually`, fewer times if
/// they are so few that somebody just wants to see the program run.
std::size_t times_for(std::size_t keys, std::size_t usually);

/// How often a registry or map is filled to get a figure of it: small ones more
/// often.
std::size_t fills_for(std::size_t keys);

/// Makes the allocator merge the small blocks that were freed before, which it
/// would else do in the middle of what is measured next.
void settle_heap();

/// The processor time of this thread: what others take of a busy machine is not
/// in it.
std::chrono::nanoseconds own_time();

/// What `f` takes of it.
template <class F>
double own_seconds(F f) {
  auto start = own_time();
  f();
  return std::chrono::duration<double>(own_time() - start).count();
}

/// What `f` takes by the clock on the wall, for what several threads do.
template <class F>
double wall_seconds(F f) {
  auto start = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
    .count();
}

/// Two replicas and the messages between them. `a` does not push: what `b` has
/// it fetched.
struct replica_pair {
  sync::replica a{replica_id{0xa5a5'5a5a'0f0f'f0f1}, {}, 1};
  sync::replica b{replica_id{0xc3c3'3c3c'9696'6969}, {}, 2};
  moment now;
  std::size_t bytes = 0;  ///< of the last reconciliation, both directions
  std::size_t rounds = 0; ///< of it: questions with their answers

  /// `a` writes the keys number `from` to `to`.
  void fill(std::size_t from, std::size_t to);

  /// `a` writes as many as `differences` of its `keys` again, evenly spread.
  void rewrite(std::size_t differences, std::size_t keys);

  /// `b` catches up; the first time they meet before it.
  void reconcile();
};

} // namespace horde::tools
