// SPDX-License-Identifier: MIT

#include "bench_data.hpp"

#include <algorithm>
#include <new>

#include <time.h>

namespace horde::tools {

const std::string some_value = "a value of 24 bytes here";

std::string key_of(std::size_t i) {
  auto digits = std::to_string(i);
  return "name: "
         + std::string(10 - std::min<std::size_t>(10, digits.size()), '0')
         + digits;
}

std::vector<std::string> some_keys(std::size_t n) {
  std::vector<std::string> result;
  result.reserve(n);
  for (std::size_t i = 0; i < n; ++i)
    result.push_back(key_of(i));
  return result;
}

std::size_t entry_bytes() {
  return key_of(0).size() + some_value.size();
}

std::size_t times_for(std::size_t keys, std::size_t usually) {
  constexpr std::size_t few_keys = 1'000;
  return keys < few_keys ? std::max<std::size_t>(1, usually * keys / few_keys)
                         : usually;
}

std::size_t fills_for(std::size_t keys) {
  constexpr std::size_t enough_keys = 20'000;
  return std::clamp<std::size_t>(enough_keys / keys, 2, 20);
}

void settle_heap() {
  // glibc does so when a large block is asked for.
  constexpr std::size_t large = 100'000;
  auto* volatile block = ::operator new(large);
  ::operator delete(block);
}

std::chrono::nanoseconds own_time() {
  timespec x{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &x);
  return std::chrono::seconds{x.tv_sec} + std::chrono::nanoseconds{x.tv_nsec};
}

double pushed_entry_bytes(const crdt::aw_lww_map& map) {
  sync::push x;
  map.visit_from(0, [&](std::uint64_t hash, std::string_view key, auto all) {
    x.own.add_hash(hash);
    x.own.add_key(key);
    for (const auto& v : all)
      x.own.add_version(v);
    return x.own.size() < group_size;
  });
  return static_cast<double>(sync::encode_message(x).size())
         / static_cast<double>(x.own.size());
}

void replica_pair::fill(std::size_t from, std::size_t to) {
  for (auto i = from; i < to; ++i)
    a.put(key_of(i), some_value, a.stamp_at(now));
  a.finish(now);
}

void replica_pair::rewrite(std::size_t differences, std::size_t keys) {
  auto apart = keys / differences;
  for (std::size_t i = 0; i < differences; ++i)
    a.put(key_of(i * apart), some_value, a.stamp_at(now));
  a.finish(now);
}

void replica_pair::reconcile() {
  bytes = rounds = 0;
  if (b.neighbours().empty()) {
    b.neighbour_up(a.id(), now);
  } else { // they have met: its slow timer
    const auto due = 2 * sync::config{}.reconcile_every;
    now.at += due;
    now.wall += due;
    b.tick(now);
  }
  for (auto asks = b.finish(now).sends; !asks.empty();
       asks = b.finish(now).sends) {
    for (const auto& x : asks) {
      bytes += x.bytes->size();
      a.receive(b.id(), *x.bytes, now);
    }
    auto answers = a.finish(now).sends;
    rounds += answers.empty() ? 0 : 1; // nobody answers the last thanks
    for (const auto& x : answers) {
      bytes += x.bytes->size();
      b.receive(a.id(), *x.bytes, now);
    }
  }
}

} // namespace horde::tools
