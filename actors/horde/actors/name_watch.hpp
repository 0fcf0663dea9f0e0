// SPDX-License-Identifier: MIT
//
// Tells listeners of names: first those there are, part by part, so that nobody
// waits long meanwhile, then each change, in order. Of a part that a listener
// has not been told yet it hears no changes: they are in what it will be told.
// That all names of an owner come or go is told part by part, too; until then
// listeners believe of a part what it was before.
// Not thread-safe: the engine that owns it holds a lock.

#pragma once

#include <atomic>
#include <bitset>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include <caf/actor_addr.hpp>

#include "horde/actors/caf_compat.hpp"
#include "horde/actors/read_view.hpp"
#include "horde/actors/type_ids.hpp"
#include "horde/membership/roster.hpp"

namespace horde::actors {

class name_watch {
public:
  name_watch(std::string registry, const membership::roster& roster)
      : registry_(std::move(registry)), roster_(roster) {}

  // -- listeners -------------------------------------------------------------

  /// So many watches, of the partitions of one registry, have not told all the
  /// names there are.
  using countdown = std::shared_ptr<std::atomic<std::size_t>>;

  /// Kept weakly. True if it was none before: call `go_on`.
  bool add(const caf::strong_actor_ptr& who, countdown untold);
  void remove(const caf::strong_actor_ptr& who);

  /// Tells more of what is to be told part by part. True if that was not all.
  bool go_on(const read_view& view);

  /// There is something to be told part by part: call `go_on`. Said once.
  bool wants_to_go_on() { return std::exchange(wants_to_go_on_, false); }

  // -- why names go ----------------------------------------------------------

  void ended(const horde::pid& who);
  void evicted(const std::string& name) { evicted_.insert(name); }

  // -- changes of what readers see -------------------------------------------

  /// Applies a change to `view`.
  template <class Change>
  void apply(read_view& view, const Change& x) {
    if (listeners_.empty())
      return view.apply(x);
    auto part = read_view::part_of(x.name);
    auto before = believed(view.find_written(x.name), part);
    view.apply(x);
    note(part, std::move(before), believed(view.find_written(x.name), part));
  }
  void apply(read_view& view, const naming::show_owner& x);

  /// Ends a step: listeners are told what changed.
  void tell();

private:
  struct listener {
    caf::actor_addr who;
    std::size_t told = 0; ///< so many parts
    countdown untold;
  };

  using written = read_view::written;

  /// An owner that came or went.
  struct turn {
    std::bitset<read_view::parts> untold; ///< parts
    name_cause cause{};
  };

  bool tell_names(const read_view& view);
  bool tell_turns(const read_view& view);
  bool is_believed(replica_id owner, bool is_visible, std::size_t part) const;
  /// Nothing if listeners believe that there is nothing.
  std::optional<written> believed(std::optional<written> x,
                                  std::size_t part) const;
  void note(std::size_t part, std::optional<written> before,
            std::optional<written> now);
  void note(std::size_t part, name_change what, name_cause cause,
            registration x);
  name_cause cause_of(const written& gone, bool is_replaced,
                      std::size_t part) const;
  bool is_member(const member_id& who) const;
  static void send(const caf::strong_actor_ptr& to, name_events x);

  std::string registry_;
  const membership::roster& roster_;
  std::vector<listener> listeners_;
  std::map<replica_id, turn> turns_;
  bool wants_to_go_on_ = false;
  std::vector<std::pair<std::size_t, name_event>> changes_; ///< by part
  std::unordered_set<std::string> evicted_;                 ///< in this step
  std::unordered_set<horde::pid> ended_;
  std::deque<horde::pid> ended_since_; ///< the same, oldest first
};

} // namespace horde::actors
