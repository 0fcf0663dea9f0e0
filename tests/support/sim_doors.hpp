// SPDX-License-Identifier: MIT
//
// A network of front doors without sockets and threads: a dial finds who is
// open at that address, and what happens is told at once. Messages between the
// nodes go by CAF within one system, so what was on its way over a link that
// was cut still arrives, as it may in real life. Single-threaded.

#pragma once

#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "horde/actors/door/entrance.hpp"

namespace horde::test {

class sim_door;

/// Outlives its doors.
class sim_street {
public:
  /// The door of a node that will listen at `at`.
  std::shared_ptr<actors::entrance> add(const endpoint& at);

  /// Another spelling of an address.
  void add_alias(const endpoint& alias, const endpoint& at);

  /// Cuts the link between the nodes that listen there, if any.
  void cut(const endpoint& a, const endpoint& b);

  /// The node there is dead: its links are cut, its host refuses dials.
  void kill(const endpoint& at);

  /// Dials between the two time out, and datagrams are lost, until they are
  /// connected again.
  void set_wall(const endpoint& a, const endpoint& b, bool is_there);

  /// Datagrams on this way are lost; links do not notice.
  void set_loss(const endpoint& from, const endpoint& to, bool is_there);

  /// Bytes of the node at `from` come in over its link at `at`. Until told so
  /// a link has heard nothing since the beginning of time.
  void hear(const endpoint& at, const endpoint& from, instant when);

  std::size_t dials() const { return dials_; }
  std::size_t links() const { return links_.size(); }
  std::size_t datagrams() const { return datagrams_; } ///< that arrived

private:
  friend class sim_door;

  struct end {
    sim_door* door;
    actors::link_id id;
    bool knows_way; ///< for its datagrams
    instant heard{};
  };
  using link = std::pair<end, end>; ///< who dialled is first

  template <class Predicate>
  void cut_if(Predicate f);
  bool has_wall(const endpoint& a, const endpoint& b) const;
  bool loses(const endpoint& from, const endpoint& to) const;

  std::map<endpoint, sim_door*> open_;
  std::map<endpoint, endpoint> aliases_;
  std::set<std::pair<endpoint, endpoint>> walls_;
  std::set<std::pair<endpoint, endpoint>> losses_; ///< from, to
  std::vector<link> links_;
  actors::link_id last_link_ = 0;
  std::size_t dials_ = 0;
  std::size_t datagrams_ = 0;
};

} // namespace horde::test
