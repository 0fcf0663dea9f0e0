// SPDX-License-Identifier: MIT
//
// Measures the shared map. What one thread does is measured in processor time.
// One file a subject: bench_writes, bench_memory, bench_reconcile,
// bench_snapshot.

#pragma once

#include <cstddef>

#include "bench_figure.hpp"

namespace horde::tools {

/// Calls `out` with each figure for maps of so many keys.
void bench_sync(std::size_t keys, const emit& out);

// -- its parts ---------------------------------------------------------------

/// Local writes, joins of pushed groups, and the codec.
void bench_writes(std::size_t keys, const emit& out);
/// What an entry takes.
void bench_memory(std::size_t keys, const emit& out);
/// Bytes, rounds and time until two replicas are equal.
void bench_reconcile(std::size_t keys, const emit& out);
/// A fresh replica fetches everything through a TCP connection.
void bench_snapshot(std::size_t keys, const emit& out);

} // namespace horde::tools
