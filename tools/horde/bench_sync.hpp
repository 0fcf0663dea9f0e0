// SPDX-License-Identifier: MIT
//
// Measures the shared map: each figure beside a yardstick of the same run, as
// absolute figures say as much of the machine as of the program. What one
// thread does is measured in processor time. One file a subject: bench_writes,
// bench_memory, bench_reconcile, bench_snapshot.

#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace horde::tools {

/// One row: a figure, what it is compared with, and whether it is good enough.
struct figure {
  std::string what;
  double value = 0;
  std::string unit;
  std::string yardstick; ///< what `beside` is a figure of; may be empty
  double beside = 0;
  std::string target; ///< in words; empty: there is none
  bool ok = true;

  double ratio() const { return beside == 0 ? 0 : value / beside; }
};

using emit = std::function<void(const figure&)>;

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
