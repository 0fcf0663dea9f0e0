// SPDX-License-Identifier: MIT

#include "bench_supervisor.hpp"

namespace horde::tools {

void bench_supervisor(std::size_t children, const emit& out) {
  bench_starts(children, out);
  bench_evenness(children, out);
  bench_choice(children, out);
  bench_death(children, out);
  bench_drain(children, out);
  bench_supervisor_memory(children, out);
}

} // namespace horde::tools
