// SPDX-License-Identifier: MIT
//
// All partitions of one registry on this node, as one. Thread-safe.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "horde/actors/eager_actor.hpp"
#include "horde/actors/partition.hpp"
#include "horde/actors/registry_engine.hpp"

namespace horde::actors {

/// An answer must fit into one frame, also with what CAF adds to it.
inline constexpr std::size_t max_answer_bytes = 4 * 1024 * 1024;

class registry_parts {
public:
  explicit registry_parts(std::vector<std::shared_ptr<registry_engine>> engines)
      : engines_(std::move(engines)) {}

  registry_engine& of(std::string_view name) const {
    return *engines_[partition_of(name, engines_.size())];
  }

  /// What all partitions have in common.
  registry_engine& first() const { return *engines_.front(); }

  const std::vector<std::shared_ptr<registry_engine>>& all() const {
    return engines_;
  }

  std::vector<std::string> keys(const pid& who) const;
  std::uint64_t count() const;
  /// See `read_view::for_each`.
  void for_each(const std::function<bool(const registration&)>& f) const;
  /// As many as fit into one frame.
  name_list list(const list_names& x) const;
  name_list list(const lookup_group& x) const;
  registry_status status() const;

  caf::expected<void> set_members(const members& list) const;
  /// The same by a node listener.
  caf::expected<void> drive_members(const actors::drive_members& x) const;

  void wait_for_quorum(duration limit, condition_waiters::callback done) const;
  void wait_for_acks(std::uint32_t by, duration limit,
                     condition_waiters::callback done) const;

  void subscribe(const caf::strong_actor_ptr& who) const;
  void subscribe(std::function<void(const name_events&)> f) const;
  void unsubscribe(const caf::strong_actor_ptr& who) const;

private:
  std::vector<std::shared_ptr<registry_engine>> engines_;
};

/// For `eager_actor`.
std::optional<prompt_answer> answer_at_once(const registry_parts& parts,
                                            const caf::strong_actor_ptr& sender,
                                            const message_content& content);

/// What functions of a handle without a registry fail with.
caf::error no_registry();

} // namespace horde::actors
