// SPDX-License-Identifier: MIT
//
// Tells what happens to children from what changed in the shared map: so every
// member tells the same of each, in the order in which it hears of it. What
// came and went before a member heard of it is told as one.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "horde/scheduling/child_entry.hpp"
#include "horde/scheduling/child_event.hpp"

namespace horde::scheduling {

class life_log {
public:
  using is_gone = std::function<bool(const placed_record&)>;
  using before_pause = std::map<std::string, std::optional<child_entry>>;

  /// Whether events are kept for `take`; they are counted in any case.
  void keep(bool on) { keeps_ = on; }

  /// Null: nothing recorded. Sets `after->life`.
  void compare(const std::string& id, const child_entry* before,
               child_entry* after, const is_gone& gone);

  /// It ended here for good, which the map is about to tell without a reason.
  void note_end(const std::string& id, std::string why) {
    if (keeps_)
      ends_.insert_or_assign(id, std::move(why));
  }

  /// From now on changes say nothing of children: the map is filled anew.
  void pause();
  /// What was there before the first change of each child.
  before_pause resume() {
    return std::exchange(paused_, std::nullopt).value_or(before_pause{});
  }

  /// Without a time: what ended, and when is not written down.
  std::vector<child_event> take();

  const child_event_counts& counts() const { return counts_; }

private:
  void end(const std::string& id, const child_entry& before,
           const is_gone& gone);
  void go_on(const std::string& id, const child_entry* before,
             const child_entry& after, child_life& life);
  void run(const std::string& id, const child_entry& entry, child_life& life,
           bool is_new);
  void note_end_of(const std::string& id, const child_entry& entry,
                   const placed_record& where, std::string why);
  void note(child_change what, const std::string& id, const child_entry& entry,
            const placed_record& where, std::string reason);

  bool keeps_ = false;
  std::vector<child_event> events_;
  std::map<std::string, std::string> ends_; ///< in this step
  std::optional<before_pause> paused_;
  child_event_counts counts_;
  std::uint64_t told_ = 0; ///< or would be
};

} // namespace horde::scheduling
