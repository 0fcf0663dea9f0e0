// SPDX-License-Identifier: MIT
//
// The asked side of reconciliation: pure functions of the map and the question,
// so any answer can be asked for again at any time.

#pragma once

#include <cstdint>

#include "horde/crdt/aw_lww_map.hpp"
#include "horde/sync/config.hpp"
#include "horde/sync/message.hpp"

namespace horde::sync {

short_digests short_form(const crdt::child_digests& xs);

/// `equal` or `differs`. `sequence`: of the local log.
message answer_to(const compare& x, const crdt::aw_lww_map& map,
                  std::uint64_t sequence);

/// Stops after the limits of a group; answers one question at least.
report answer_to(const probe& x, const crdt::aw_lww_map& map,
                 const config& limits);

} // namespace horde::sync
