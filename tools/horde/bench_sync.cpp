// SPDX-License-Identifier: MIT

#include "bench_sync.hpp"

namespace horde::tools {

void bench_sync(std::size_t keys, const emit& out) {
  bench_memory(keys, out); // first: what others leave in the heap disturbs it
  bench_writes(keys, out);
  bench_snapshot(keys, out);
  bench_reconcile(keys, out);
}

} // namespace horde::tools
