// SPDX-License-Identifier: MIT
//
// What an entry of the map takes beside its key and value: by counting what is
// allocated and not given back, and by the resident pages of this process.

#include <cstdint>
#include <fstream>
#include <unordered_map>

#include <malloc.h>
#include <unistd.h>

#include "bench_allocations.hpp"
#include "bench_data.hpp"
#include "bench_sync.hpp"

namespace horde::tools {

namespace {

double resident() {
  malloc_trim(0); // pages that are free already are not in use
  std::size_t all = 0;
  std::size_t now = 0;
  std::ifstream{"/proc/self/statm"} >> all >> now;
  return static_cast<double>(now) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

struct bytes_per_entry {
  double allocated = 0;
  double with_words = 0; ///< of the allocator, one in front of each block
  double resident = 0;
};

/// Of what `make` makes, without keys and values.
template <class F>
bytes_per_entry measure(std::size_t keys, F make) {
  auto n = static_cast<double>(keys);
  auto pages = resident();
  allocation_count count;
  auto x = make();
  auto allocated = count.now();
  auto payload = static_cast<double>(entry_bytes());
  return {static_cast<double>(allocated.bytes) / n - payload,
          static_cast<double>(allocated.bytes_with_words()) / n - payload,
          (resident() - pages) / n - payload};
}

crdt::aw_lww_map make_map(std::size_t keys) {
  crdt::aw_lww_map result{0};
  std::vector<crdt::dot> gone;
  for (std::size_t i = 0; i < keys; ++i)
    result.put(key_of(i),
               {result.next(replica_id{1}), crdt::stamp{i}, some_value}, {},
               gone);
  return result;
}

std::unordered_map<std::string, std::string> make_yardstick(std::size_t keys) {
  std::unordered_map<std::string, std::string> result;
  for (std::size_t i = 0; i < keys; ++i)
    result.emplace(key_of(i), some_value);
  return result;
}

} // namespace

void bench_memory(std::size_t keys, const emit& out) {
  auto map = measure(keys, [=] { return make_map(keys); });
  auto beside = measure(keys, [=] { return make_yardstick(keys); });
  out({"memory over key and value", map.allocated, "B/entry", "unordered_map",
       beside.allocated, "<= 100 B", map.allocated <= 100});
  out({"  with the allocator's words", map.with_words, "B/entry",
       "unordered_map", beside.with_words, "<= 100 B", map.with_words <= 100});
  // Of a few keys this would be mostly the ends of pages.
  constexpr std::size_t enough_for_pages = 10'000;
  if (keys >= enough_for_pages)
    out({"  by resident pages", map.resident, "B/entry", "unordered_map",
         beside.resident, "<= 100 B", map.resident <= 100});
}

} // namespace horde::tools
