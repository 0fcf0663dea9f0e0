// SPDX-License-Identifier: MIT

#include "bench_registry.hpp"

namespace horde::tools {

void bench_registry(std::size_t keys, const emit& out) {
  bench_lookup(keys, out);
  bench_register(keys, out);
  bench_messages(keys, out);
  bench_partitions(keys, out);
  bench_registry_memory(keys, out);
  bench_visibility(keys, out);
  bench_join(keys, out);
  bench_replication(keys, out);
  bench_heal(keys, out);
  bench_storms(keys, out);
}

} // namespace horde::tools
