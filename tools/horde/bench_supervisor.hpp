// SPDX-License-Identifier: MIT
//
// Measures the supervisor as actors use it: on real nodes of this process, and
// on one of another process where a node is killed. Times are by the clock on
// the wall, but for choices, which are in processor time. One file a subject:
// bench_starts, bench_evenness, bench_choice, bench_death, bench_drain,
// bench_supervisor_memory.

#pragma once

#include <cstddef>

#include "bench_figure.hpp"

namespace horde::tools {

/// Calls `out` with each figure for supervisors of so many children.
void bench_supervisor(std::size_t children, const emit& out);

// -- its parts ---------------------------------------------------------------

/// Children started by messages, many under way and one by one.
void bench_starts(std::size_t children, const emit& out);
/// How evenly members share the children.
void bench_evenness(std::size_t children, const emit& out);
/// A member is chosen for a child.
void bench_choice(std::size_t children, const emit& out);
/// A node is killed and its children run elsewhere.
void bench_death(std::size_t children, const emit& out);
/// A node stops and hands its children over.
void bench_drain(std::size_t children, const emit& out);
/// What a child takes where it runs, and elsewhere.
void bench_supervisor_memory(std::size_t children, const emit& out);

} // namespace horde::tools
