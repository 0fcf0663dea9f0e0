// SPDX-License-Identifier: MIT
//
// Who reaches whom among a replica and its neighbours, as each of them says,
// and so whose news must be passed on to whom. In a full mesh: nobody's.
//
// A writer tells all it reaches. Where it does not reach one of our neighbours,
// one of those that reach both, chosen by hash, passes its writes on. What is
// relayed once is passed on by everybody to all that its sender does not reach,
// so that it gets through any connected graph, each replica telling each dot
// once.

#pragma once

#include <map>
#include <span>
#include <vector>

#include "horde/crdt/dot.hpp"

namespace horde::sync {

class mesh {
public:
  explicit mesh(replica_id self) : self_(self) {}

  /// A neighbour said whom it reaches; ascending. Until then it counts as
  /// reaching everybody.
  void told(replica_id who, std::vector<replica_id> reached);
  void forget(replica_id who);

  /// To be called after each change. `reached`: the neighbours that we reach,
  /// ascending. Returns those that have become our duty: they may lack what
  /// their writer could not tell them.
  std::vector<replica_id> update(std::vector<replica_id> reached);

  /// Did that neighbour say whom it reaches?
  bool knows(replica_id who) const { return find(who) != nullptr; }

  /// Does the neighbour `from` say that it reaches `who`?
  bool reaches(replica_id from, replica_id who) const;

  /// Does a neighbour say that it reaches `who`?
  bool is_reached_by_others(replica_id who) const;

  /// The neighbours that we reach and `from` does not.
  std::span<const replica_id> holes(replica_id from) const;

  /// Those of them that writes of `from` are passed on to by us.
  std::span<const replica_id> duties(replica_id from) const;

private:
  struct row {
    std::vector<replica_id> reached;
    std::vector<replica_id> holes;
    std::vector<replica_id> duties;
  };

  const row* find(replica_id who) const;
  bool is_duty(const row& from, replica_id writer, replica_id to) const;

  replica_id self_;
  std::vector<replica_id> reached_; ///< by us
  std::map<replica_id, row> rows_;
};

} // namespace horde::sync
