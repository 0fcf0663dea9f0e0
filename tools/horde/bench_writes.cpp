// SPDX-License-Identifier: MIT
//
// The steady state: puts, joins of pushed groups, and the codec. Keys are made
// before the clock starts, on both sides of each comparison.

#include <algorithm>
#include <chrono>
#include <cstring>
#include <random>
#include <unordered_map>

#include "bench_data.hpp"
#include "bench_sync.hpp"

namespace horde::tools {

namespace {

using strings = std::vector<std::string>;
using yardstick = std::unordered_map<std::string, std::string>;

/// Of the comparison of large and small maps.
constexpr std::size_t few_keys = 1'000;

/// A replica with a neighbour that does not answer: its log is full.
struct replica_writer {
  sync::replica x{replica_id{1}, {}, 1};
  moment now;
  std::size_t gathered = 0;

  replica_writer() { x.neighbour_up(replica_id{2}, now); }

  void put(const std::string& key) {
    x.put(key, some_value, x.stamp_at(now));
    if (++gathered % group_size == 0)
      x.finish(now);
  }
};

struct yardstick_writer {
  yardstick x;

  void put(const std::string& key) { x.insert_or_assign(key, some_value); }
};

double inserts_per_second(const strings& keys) {
  yardstick_writer map;
  return static_cast<double>(keys.size()) / own_seconds([&] {
           for (const auto& key : keys)
             map.put(key);
         });
}

void put_rate(const strings& keys, const emit& out) {
  replica_writer x;
  auto rate = static_cast<double>(keys.size()) / own_seconds([&] {
                for (const auto& key : keys)
                  x.put(key);
              });
  auto beside = inserts_per_second(keys);
  out({"put, with digest and log", rate / 1e6, "M/s", "unordered_map insert",
       beside / 1e6, ">= 1 M/s, within 8x", rate >= 1e6 && beside / rate <= 8});
}

/// Nanoseconds to put a new key while that many are put; small maps many times.
template <class Writer>
double fill_time(const strings& keys) {
  constexpr std::size_t enough = 100'000;
  auto times = std::max<std::size_t>(1, enough / keys.size());
  double sum = 0;
  for (std::size_t i = 0; i < times; ++i) {
    Writer x;
    settle_heap();
    sum += own_seconds([&] {
      for (const auto& key : keys)
        x.put(key);
    });
  }
  return sum * 1e9 / static_cast<double>(times * keys.size());
}

/// Nanoseconds to write a key again, of keys in no order.
template <class Writer>
double rewrite_time(strings keys) {
  constexpr std::size_t times = 100'000;
  Writer x;
  for (const auto& key : keys)
    x.put(key);
  std::ranges::shuffle(keys, std::mt19937_64{1});
  auto time = own_seconds([&] {
    for (std::size_t i = 0, k = 0; i < times; ++i, ++k) {
      if (k == keys.size())
        k = 0;
      x.put(keys[k]);
    }
  });
  return time * 1e9 / static_cast<double>(times);
}

void put_beside_few(const strings& keys, const emit& out) {
  auto few = some_keys(std::min(keys.size(), few_keys));
  auto many = fill_time<replica_writer>(keys);
  auto beside = fill_time<replica_writer>(few);
  out({"put, whatever the size", many, "ns", "1 k keys", beside,
       "within 2x of 1 k keys", many <= 2 * beside});
  // How much of it is the memory of this machine.
  out({"  unordered_map, the same", fill_time<yardstick_writer>(keys), "ns",
       "1 k keys", fill_time<yardstick_writer>(few), "", true});
  out({"write a key again, in no order", rewrite_time<replica_writer>(keys),
       "ns", "unordered_map", rewrite_time<yardstick_writer>(keys), "", true});
}

/// Microseconds of the slowest step while it is filled, of three times the
/// best: page faults and interrupts are in the others.
template <class Writer>
double longest_put(const strings& keys) {
  auto best = std::chrono::nanoseconds::max();
  for (auto round = 0; round < 3; ++round) {
    Writer x;
    std::chrono::nanoseconds longest{0};
    auto before = own_time();
    for (const auto& key : keys) {
      x.put(key);
      auto after = own_time();
      longest = std::max(longest, after - before);
      before = after;
    }
    best = std::min(best, longest);
  }
  return std::chrono::duration<double, std::micro>(best).count();
}

void longest_put_beside(const strings& keys, const emit& out) {
  out({"longest single put while filling", longest_put<replica_writer>(keys),
       "us", "unordered_map insert", longest_put<yardstick_writer>(keys), "",
       true});
}

/// A group with the writes after `from`. Its views are into `keys`.
sync::push group_after(std::size_t from, const strings& keys) {
  sync::push result{from, 0, {}, {}, {}, from};
  while (result.own.size() < group_size && result.upto < keys.size()) {
    const auto& key = keys[result.upto];
    ++result.upto;
    result.own.add_hash(hash64(key));
    result.own.add_key(key);
    result.own.add_version({{replica_id{1}, result.upto},
                            crdt::stamp{result.upto << 16},
                            some_value});
  }
  return result;
}

strings groups_of(const strings& keys) {
  strings result;
  for (std::size_t i = 0; i < keys.size(); i += group_size)
    result.push_back(sync::encode_message(group_after(i, keys)));
  return result;
}

void join_rate(const strings& keys, const emit& out) {
  auto groups = groups_of(keys);
  sync::replica x{replica_id{2}, {}, 1};
  moment now;
  auto rate = static_cast<double>(keys.size()) / own_seconds([&] {
                for (const auto& group : groups) {
                  x.receive(replica_id{1}, group, now);
                  x.finish(now);
                }
              });
  auto beside = inserts_per_second(keys);
  out({"join of groups of 100", rate / 1e6, "M/s", "unordered_map insert",
       beside / 1e6, ">= 1 M/s, within 8x", rate >= 1e6 && beside / rate <= 8});
}

void codec_rate(const emit& out) {
  constexpr std::size_t times = 20'000;
  auto keys = some_keys(group_size);
  auto x = group_after(0, keys);
  auto bytes = sync::encode_message(x);
  auto total = static_cast<double>(bytes.size() * times);
  std::size_t sum = 0;
  auto time = own_seconds([&] {
    for (std::size_t i = 0; i < times; ++i) {
      auto again = sync::encode_message(x);
      sum += sync::decode_message(again)->index() + 1;
    }
  });
  std::string copy(bytes.size(), ' ');
  auto beside = own_seconds([&] {
    for (std::size_t i = 0; i < times; ++i) {
      std::memcpy(copy.data(), bytes.data(), bytes.size());
      sum += static_cast<unsigned char>(copy[i % copy.size()]);
    }
  });
  auto rate = total / time / 1e6;
  out({"write and read a group", rate, "MB/s", "memcpy", total / beside / 1e6,
       ">= 200 MB/s", rate >= 200 && sum > 0});
}

} // namespace

void bench_writes(std::size_t keys, const emit& out) {
  auto all = some_keys(keys);
  put_rate(all, out);
  put_beside_few(all, out);
  longest_put_beside(all, out);
  join_rate(all, out);
  codec_rate(out);
}

} // namespace horde::tools
