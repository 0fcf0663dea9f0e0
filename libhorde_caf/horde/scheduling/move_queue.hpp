// SPDX-License-Identifier: MIT
//
// The children that this member is to give to others though they run well, and
// where each of them goes. Only so many are under way at a time, so that a
// rebalance does not stop half of them at once.

#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "horde/member_id.hpp"

namespace horde::scheduling {

class move_queue {
public:
  /// At most so many are under way.
  explicit move_queue(std::size_t most) : most_(most) {}

  /// The last order counts, unless the move has begun.
  void add(const std::string& id, const member_id& to);

  /// Begins as many as may be, and returns them.
  std::vector<std::string> begin();

  /// Null if it is not under way. Valid until the next change.
  const member_id* target(std::string_view id) const;

  /// It has moved, or is not to any more.
  void end(std::string_view id);

  std::size_t size() const { return waiting_.size() + under_way_.size(); }

private:
  using table = std::map<std::string, member_id, std::less<>>;

  std::size_t most_;
  table waiting_;
  table under_way_;
};

} // namespace horde::scheduling
