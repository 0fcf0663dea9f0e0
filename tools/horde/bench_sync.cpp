// SPDX-License-Identifier: MIT

#include "bench_sync.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <deque>
#include <thread>
#include <unordered_map>

#include <malloc.h>
#include <sys/socket.h>
#include <unistd.h>

#include "horde/sync/replica.hpp"

namespace horde::tools {

namespace {

using emit = std::function<void(const figure&)>;

constexpr std::size_t group_size = 100;

std::string key_of(std::size_t i) {
  auto digits = std::to_string(i);
  return "name of "
         + std::string(8 - std::min<std::size_t>(8, digits.size()), '0')
         + digits;
}

const std::string some_value = "a value of 24 bytes here";

std::size_t entry_bytes() {
  return key_of(0).size() + some_value.size();
}

template <class F>
double seconds(F f) {
  auto start = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
    .count();
}

/// Two replicas and the messages between them. `a` does not push: what `b` has
/// it fetched.
struct pair {
  sync::replica a{replica_id{1}, {}, 1};
  sync::replica b{replica_id{2}, {}, 2};
  moment now;
  std::size_t bytes = 0;
  std::size_t rounds = 0;

  void fill(std::size_t from, std::size_t to, const std::string& value) {
    for (auto i = from; i < to; ++i)
      a.put(key_of(i), value, a.stamp_at(now));
    a.finish(now);
  }

  /// `b` catches up.
  void reconcile() {
    bytes = rounds = 0;
    b.neighbour_down(a.id(), now);
    b.neighbour_up(a.id(), now);
    for (auto sends = b.finish(now).sends; !sends.empty(); ++rounds) {
      for (const auto& x : sends) {
        bytes += x.bytes->size();
        a.receive(b.id(), *x.bytes, now);
      }
      for (const auto& x : a.finish(now).sends) {
        bytes += x.bytes->size();
        b.receive(a.id(), *x.bytes, now);
      }
      sends = b.finish(now).sends;
    }
  }
};

double inserts_per_second(std::size_t keys) {
  std::unordered_map<std::string, std::string> map;
  return static_cast<double>(keys) / seconds([&] {
           for (std::size_t i = 0; i < keys; ++i)
             map.emplace(key_of(i), some_value);
         });
}

// -- steady state ------------------------------------------------------------

void bench_put(std::size_t keys, const emit& out) {
  sync::replica x{replica_id{1}, {}, 1};
  moment now;
  x.neighbour_up(replica_id{2},
                 now); // one that does not answer: the log is full
  auto time = seconds([&] {
    for (std::size_t i = 0; i < keys; ++i) {
      x.put(key_of(i), some_value, x.stamp_at(now));
      if (i % group_size == group_size - 1)
        x.finish(now);
    }
  });
  auto rate = static_cast<double>(keys) / time;
  auto beside = inserts_per_second(keys);
  out({"put, with digest and log", rate / 1e6, "M/s", "unordered_map insert",
       beside / 1e6, ">= 1 M/s, within 8x", rate >= 1e6 && beside / rate <= 8});
}

/// A group with the writes after `from`. Its views are into `keys`.
sync::push group_after(std::size_t from, const std::vector<std::string>& keys) {
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

std::vector<std::string> some_keys(std::size_t n) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < n; ++i)
    result.push_back(key_of(i));
  return result;
}

std::vector<std::string> groups_of(std::size_t n) {
  auto keys = some_keys(n);
  std::vector<std::string> result;
  for (std::size_t i = 0; i < n; i += group_size)
    result.push_back(sync::encode_message(group_after(i, keys)));
  return result;
}

void bench_join(std::size_t keys, const emit& out) {
  auto groups = groups_of(keys);
  sync::replica x{replica_id{2}, {}, 1};
  moment now;
  auto time = seconds([&] {
    for (const auto& group : groups) {
      x.receive(replica_id{1}, group, now);
      x.finish(now);
    }
  });
  auto rate = static_cast<double>(keys) / time;
  auto beside = inserts_per_second(keys);
  out({"join of groups of 100", rate / 1e6, "M/s", "unordered_map insert",
       beside / 1e6, ">= 1 M/s, within 8x", rate >= 1e6 && beside / rate <= 8});
}

void bench_codec(const emit& out) {
  constexpr std::size_t times = 20'000;
  auto keys = some_keys(group_size);
  auto x = group_after(0, keys);
  auto bytes = sync::encode_message(x);
  auto total = static_cast<double>(bytes.size() * times);
  std::size_t sum = 0;
  auto time = seconds([&] {
    for (std::size_t i = 0; i < times; ++i) {
      auto again = sync::encode_message(x);
      sum += sync::decode_message(again)->index() + 1;
    }
  });
  std::string copy(bytes.size(), ' ');
  auto beside = seconds([&] {
    for (std::size_t i = 0; i < times; ++i) {
      std::memcpy(copy.data(), bytes.data(), bytes.size());
      sum += static_cast<unsigned char>(copy[i % copy.size()]);
    }
  });
  auto rate = total / time / 1e6;
  out({"write and read a group", rate, "MB/s", "memcpy", total / beside / 1e6,
       ">= 200 MB/s", rate >= 200 && sum > 0});
}

double heap() {
  return static_cast<double>(mallinfo2().uordblks);
}

void bench_memory(std::size_t keys, const emit& out) {
  auto before = heap();
  crdt::aw_lww_map map{0};
  std::vector<crdt::dot> gone;
  for (std::size_t i = 0; i < keys; ++i)
    map.put(key_of(i), {map.next(replica_id{1}), crdt::stamp{i}, some_value},
            {}, gone);
  auto n = static_cast<double>(keys);
  auto used = (heap() - before) / n - static_cast<double>(entry_bytes());
  before = heap();
  std::unordered_map<std::string, std::string> yardstick;
  for (std::size_t i = 0; i < keys; ++i)
    yardstick.emplace(key_of(i), some_value);
  auto beside = (heap() - before) / n - static_cast<double>(entry_bytes());
  out({"memory over key and value", used, "B/entry", "unordered_map", beside,
       "<= 100 B", used <= 100});
}

// -- reconciliation ----------------------------------------------------------

void bench_reconcile(std::size_t keys, const emit& out) {
  pair x;
  x.fill(0, keys, some_value);
  auto time = seconds([&] { x.reconcile(); });
  auto rate = static_cast<double>(keys) / time;
  auto bytes = static_cast<double>(x.bytes);
  out({"snapshot to a fresh replica", rate / 1e3, "k entries/s", "", 0,
       ">= 500 k/s", rate >= 500e3});
  out({"  bytes of it", bytes / static_cast<double>(keys), "B/entry",
       "key and value", static_cast<double>(entry_bytes()), "", true});
  x.reconcile();
  out({"reconcile equal replicas", static_cast<double>(x.bytes), "B", "", 0,
       "<= 200 B, 1 round", x.bytes <= 200 && x.rounds <= 2});
  for (std::size_t differences : {1, 100, 10'000}) {
    if (differences > keys)
      break;
    auto apart = keys / differences;
    for (std::size_t i = 0; i < differences; ++i)
      x.a.put(key_of(i * apart), some_value, x.a.stamp_at(x.now));
    x.a.finish(x.now);
    time = seconds([&] { x.reconcile(); });
    auto n = static_cast<double>(differences);
    auto name = "reconcile " + std::to_string(differences) + " differences";
    auto each = static_cast<double>(x.bytes) / n;
    auto most = 2 * static_cast<double>(entry_bytes()) + 512;
    out({name, each, "B each", "key and value",
         static_cast<double>(entry_bytes()), "<= 2x + 512 B", each <= most});
    out({"  rounds", static_cast<double>(x.rounds), "", "", 0, "<= 6",
         x.rounds <= 6});
    out({"  time", time * 1e3, "ms", "", 0, "", true});
  }
}

} // namespace

void bench_sync(std::size_t keys, const emit& out) {
  bench_put(keys, out);
  bench_join(keys, out);
  bench_codec(out);
  bench_memory(keys, out);
  bench_reconcile(keys, out);
}

} // namespace horde::tools
