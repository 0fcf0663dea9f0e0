// SPDX-License-Identifier: MIT
//
// Measures the registry as actors use it: on real nodes of this process. Times
// are by the clock on the wall, as actors, middlemen and registries have
// threads of their own; what one thread does is in processor time. One file
// a subject: bench_lookup, bench_register, bench_messages, bench_partitions,
// bench_registry_memory, bench_visibility, bench_replication, bench_join,
// bench_heal, bench_storms.

#pragma once

#include <cstddef>

#include "bench_figure.hpp"

namespace horde::tools {

/// Calls `out` with each figure for registries of so many names.
void bench_registry(std::size_t keys, const emit& out);

// -- its parts ---------------------------------------------------------------

/// Pids by name, by one thread and by two.
void bench_lookup(std::size_t keys, const emit& out);
/// Registrations by calls of an actor.
void bench_register(std::size_t keys, const emit& out);
/// Registrations by messages.
void bench_messages(std::size_t keys, const emit& out);
/// The same by two at a time, for two partitions.
void bench_partitions(std::size_t keys, const emit& out);
/// What a name takes where its owner is, and elsewhere.
void bench_registry_memory(std::size_t keys, const emit& out);
/// When another node sees a registration while nothing else is going on.
void bench_visibility(std::size_t keys, const emit& out);
/// Many registrations, and how far other nodes are behind.
void bench_replication(std::size_t keys, const emit& out);
/// A node joins a registry that has names.
void bench_join(std::size_t keys, const emit& out);
/// Two nodes meet again after a cut.
void bench_heal(std::size_t keys, const emit& out);
/// Much happens at once.
void bench_storms(std::size_t keys, const emit& out);

} // namespace horde::tools
