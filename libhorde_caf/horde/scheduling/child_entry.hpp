// SPDX-License-Identifier: MIT
//
// What a member keeps of one child beside the shared map.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "horde/crdt/hybrid_clock.hpp"
#include "horde/placement/wish.hpp"
#include "horde/scheduling/records.hpp"

namespace horde::scheduling {

/// What is wanted, as far as reviews and listings need it.
struct wanted_child {
  std::string type;
  std::string placement_key;
  std::shared_ptr<const constraints> place; ///< null: none
  child_kind kind{};
  restart when{};
  bool movable = true;
  bool ends_with_its_node = false;
  std::uint64_t spec_hash = 0;
  request_id started_by;
  replica_id writer{}; ///< of the version that counts

  const constraints& where() const {
    return place ? *place : placement::no_constraints;
  }
};

/// What has been told of the life of a child, beside its records.
struct child_life {
  std::uint32_t ran_on = 0;  ///< hash of the member; 0: it did not run
  std::uint32_t process = 0; ///< hash of the pid that ran last
  bool is_known = false;     ///< both records were seen
  bool is_told = false;      ///< something was told
  /// Of one that is being terminated; else null.
  std::shared_ptr<const std::string> type{};
};

struct child_entry {
  std::optional<wanted_child> wanted;
  std::optional<placed_record> placed;
  crdt::stamp placed_when{};
  std::size_t placed_versions = 0;
  child_life life{};
  instant odd_since = never; ///< half there, or its owner is not known
};

} // namespace horde::scheduling
