// SPDX-License-Identifier: MIT
//
// What this member starts, runs, stops or holds back: children by id and by the
// token of their start. An id is here at most once, so that a copy that is
// being stopped ends before the next one is started.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "horde/scheduling/effects.hpp"
#include "horde/scheduling/records.hpp"
#include "horde/scheduling/review.hpp"
#include "horde/string_table.hpp"

namespace horde::scheduling {

///   starting  its factory runs
///   running
///   stopping  it was told to end, or its start was abandoned
///   waiting   for the end of its back-off
///   fetching  its state, from the member that keeps it
enum class phase : std::uint8_t {
  starting,
  running,
  stopping,
  waiting,
  fetching,
};

/// Nothing of the child is started or runs.
constexpr bool is_idle(phase x) {
  return x == phase::waiting || x == phase::fetching;
}

struct local_child {
  supervision::child_spec spec;
  std::uint64_t spec_hash = 0;
  request_id started_by;
  bool fresh = false; ///< its first start: nothing recorded yet
  phase is = phase::starting;
  token start = 0; ///< of the latest start
  std::uint64_t actor = 0;
  std::uint64_t attempt = 0;
  instant since{}; ///< running since, or waiting or fetching until
  supervision::restart_history history;
  std::string info;
  bool claiming = false; ///< starting, and waits for a quorum to agree
  bool killed = false;   ///< stopping, at once
  std::uint32_t crashes = 0;
  std::string last_end{}; ///< why it ended or did not start, the last time
  kept_at kept{};         ///< its next start gets this state ...
  state_bytes state{};    ///< ... which is here, or ...
  std::string no_state{}; ///< ... cannot be had; empty: it may be
};

class local_children {
public:
  using table = string_table<local_child>;

  /// Requires: no child with this id is here.
  local_child& add(local_child x);

  /// Gives the child the token of its next start.
  void set_start(local_child& x, token start);

  void erase(std::string_view id);

  local_child* find(std::string_view id);
  const local_child* find(std::string_view id) const;
  local_child* find(token start);

  bool empty() const { return children_.empty(); }
  std::size_t size() const { return children_.size(); }
  const table::tree& all() const { return children_.all(); }

private:
  table children_;
  std::unordered_map<token, local_child*> by_start_;
};

/// How a recorded child in this phase is shown.
constexpr child_state state_of(phase x) {
  switch (x) {
  case phase::starting: return child_state::restarting;
  case phase::running: return child_state::running;
  case phase::stopping: return child_state::stopping;
  case phase::waiting: return child_state::quarantined;
  case phase::fetching: return child_state::placed;
  }
  return child_state::placed;
}

inline holding holding_of(const local_child* x) {
  if (x == nullptr)
    return holding::none;
  if (x->is == phase::stopping)
    return holding::stopping;
  return x->fresh ? holding::fresh : holding::held;
}

} // namespace horde::scheduling
