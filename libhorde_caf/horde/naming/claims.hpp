// SPDX-License-Identifier: MIT
//
// The names that live processes of this member hold: what the owner must assert
// again when somebody erased it, and must release when the process ends.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "horde/crdt/hybrid_clock.hpp"
#include "horde/sharded.hpp"

namespace horde::naming {

struct claim {
  std::uint64_t actor = 0;
  crdt::stamp since{}; ///< kept by updates and re-assertion
  std::string value;
  std::uint64_t revision = 0; ///< of the value: never twice in one registry
};

class claims {
public:
  void add(const std::string& name, claim x);

  /// Requires: there is one.
  void update(const std::string& name, std::string value,
              std::uint64_t revision);

  /// No-op if there is none.
  void remove(const std::string& name);

  const claim* find(const std::string& name) const;

  /// The same if this process has it.
  const claim* find(std::uint64_t actor, const std::string& name) const;

  /// The names of one process, or so many of them.
  std::vector<std::string> names_of(std::uint64_t actor,
                                    std::size_t at_most) const;

  /// Of those that have `suffix` bytes more than `name`, and begin with it.
  std::vector<std::string> entries_of(std::uint64_t actor,
                                      std::string_view name,
                                      std::size_t suffix) const;

  /// All names, for a member that must release everything.
  std::vector<std::string> names() const;

  bool holds_any(std::uint64_t actor) const { return actors_.contains(actor); }
  std::size_t size() const { return size_; }

private:
  /// Those of one process are a list.
  struct node {
    claim data;
    const std::string* name = nullptr;
    node* next = nullptr;
    node* previous = nullptr;
  };

  const node* first_of(std::uint64_t actor) const;

  sharded<std::unordered_map<std::string, node>> by_name_;
  sharded<std::unordered_map<std::uint64_t, node*>> actors_; ///< first ones
  std::size_t size_ = 0;
};

} // namespace horde::naming
