// SPDX-License-Identifier: MIT
//
// What lookups read: names and who has them. Written by the registry's machine
// alone, one change at a time; read by any thread without a message. Sharded by
// name, so that readers and the writer rarely meet; an owner that disappears
// hides all its entries with one store.

#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "horde/actors/registration.hpp"
#include "horde/hash.hpp"
#include "horde/naming/registry.hpp"

namespace horde::actors {

class read_view {
public:
  // -- the writer: one at a time ---------------------------------------------

  void apply(naming::show x);
  void apply(const naming::hide& x);
  void apply(const naming::show_owner& x);

  // -- readers: any thread ---------------------------------------------------

  /// Nothing for names of hidden owners.
  std::optional<registration> lookup(const std::string& name) const;

  /// Pid and owner only: no copy of the value.
  std::optional<std::pair<horde::pid, replica_id>>
  owner_of(const std::string& name) const;

  /// Visible names; exact while nothing is written.
  std::uint64_t count() const;

  /// Visible names of one process, in no order.
  std::vector<std::string> names_of(const horde::pid& who) const;

  /// Visits visible entries until `f` returns false. Each is seen whole and
  /// none twice; `f` must not call back.
  void for_each(const std::function<bool(const registration&)>& f) const;

private:
  static constexpr std::size_t shard_count = 64;

  struct owner_state {
    replica_id id{};
    std::atomic<bool> visible = false;
    std::atomic<bool> suspect = false;
    std::atomic<std::uint64_t> names = 0;
    member_id who; ///< written once, before `visible` is true
  };

  struct entry {
    owner_state* owner = nullptr;
    naming::name_entry data;
  };

  struct text_hash {
    std::size_t operator()(const std::string& x) const {
      return static_cast<std::size_t>(hash64(x));
    }
  };

  struct alignas(64) shard {
    mutable std::shared_mutex mutex;
    std::unordered_map<std::string, entry, text_hash> entries;
  };

  shard& shard_of(const std::string& name);
  const shard& shard_of(const std::string& name) const;
  owner_state& owner(replica_id id);
  void forget(const entry& old, const std::string& name);
  static registration describe(const std::string& name, const entry& x);

  std::array<shard, shard_count> shards_;
  mutable std::shared_mutex owners_mutex_;
  std::unordered_map<replica_id, std::unique_ptr<owner_state>> owners_;
  mutable std::shared_mutex pids_mutex_;
  std::unordered_map<horde::pid, std::unordered_set<std::string>> pids_;
};

} // namespace horde::actors
