// SPDX-License-Identifier: MIT
//
// Reconciliation of two replicas in one thread: bytes, rounds and time as they
// grow with the number of differences and with the size of the map.

#include <cmath>

#include "bench_data.hpp"
#include "bench_sync.hpp"

namespace horde::tools {

namespace {

void equal_replicas(replica_pair& x, const emit& out) {
  x.reconcile(); // not what it takes to get used to the new map
  auto time = own_seconds([&] { x.reconcile(); });
  out({"reconcile equal replicas", static_cast<double>(x.bytes), "B", "", 0,
       "<= 200 B, 1 round", x.bytes <= 200 && x.rounds <= 1});
  out({"  time", time * 1e6, "us", "", 0, "", true});
}

/// `entry`: bytes of a differing entry as it is pushed.
void differences(replica_pair& x, std::size_t d, std::size_t keys, double entry,
                 const emit& out) {
  x.rewrite(d, keys);
  auto time = own_seconds([&] { x.reconcile(); });
  auto n = static_cast<double>(d);
  auto each = static_cast<double>(x.bytes) / n;
  out({"reconcile " + std::to_string(d) + " differences", each, "B each",
       "the entry, pushed", entry, "<= 2x + 512 B", each <= 2 * entry + 512});
  out({"  rounds", static_cast<double>(x.rounds), "", "", 0, "<= 6",
       x.rounds <= 6});
  out({"  time", time * 1e3, "ms", "", 0, "", true});
  // Both are bounded if the whole is O(d log n): finding a difference takes
  // at most one path from the root.
  auto depth = std::log2(static_cast<double>(keys));
  out({"  bytes to find one / log2 keys", (each - entry) / depth, "B", "", 0,
       "", true});
  out({"  time for one / log2 keys", time * 1e6 / n / depth, "us", "", 0, "",
       true});
}

} // namespace

void bench_reconcile(std::size_t keys, const emit& out) {
  replica_pair x;
  x.fill(0, keys);
  x.reconcile();
  equal_replicas(x, out);
  auto entry = pushed_entry_bytes(x.a.map());
  for (std::size_t d : {1, 10, 100, 1'000, 10'000})
    if (d <= keys)
      differences(x, d, keys, entry, out);
}

} // namespace horde::tools
