// SPDX-License-Identifier: MIT
//
// The asked side of a reconciliation: pure functions from a question and the
// map as it is now to an answer. Nothing is remembered between two questions,
// so questions may come twice, late, or from a replica that is no neighbour.

#pragma once

#include "horde/crdt/aw_lww_map.hpp"
#include "horde/sync/config.hpp"
#include "horde/sync/message.hpp"

namespace horde::sync {

/// `equal`, or the first part of the listing. `sequence` is that of our log.
message answer(const compare& question, const crdt::aw_lww_map& map,
               std::uint64_t sequence, const config& limits);

listing answer(const list& question, const crdt::aw_lww_map& map,
               std::uint64_t sequence, const config& limits);

/// Answers at least the first hash that is asked for, and more as far as the
/// limits of a group allow.
state answer(const want& question, const crdt::aw_lww_map& map,
             const config& limits);

} // namespace horde::sync
