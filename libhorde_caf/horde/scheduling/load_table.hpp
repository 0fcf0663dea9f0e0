// SPDX-License-Identifier: MIT
//
// How many children each member has, in all and of each anti-affinity group:
// what strategies look at. Counts what is recorded and what the scheduler says
// is on its way.

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "horde/membership/member.hpp"

namespace horde::scheduling {

class load_table {
public:
  /// From now on counts are told in the order of this list.
  void prepare(const std::vector<member_info>& list);

  void add(const member_id& who, const std::string& group);

  /// Requires: it was added.
  void remove(const member_id& who, const std::string& group);

  /// Valid until the next change.
  std::span<const std::uint32_t> children() const { return children_; }

  /// Of all members, listed or not.
  std::size_t total() const;

  /// Empty if the group has no children, or is none.
  std::vector<std::uint32_t> of_group(const std::string& group) const;

private:
  static constexpr auto unlisted = static_cast<std::size_t>(-1);

  struct row {
    std::uint32_t children = 0;
    std::size_t listed = unlisted;
  };

  std::map<member_id, row> rows_;
  std::map<std::string, std::map<member_id, std::uint32_t>> groups_;
  std::vector<std::uint32_t> children_; ///< of those in the list
};

} // namespace horde::scheduling
