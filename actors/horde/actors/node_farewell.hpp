// SPDX-License-Identifier: MIT
//
// A node's goodbye: told to each peer, and over once each has heard it or
// cannot any more. Belongs to the node actor.

#pragma once

#include <functional>
#include <set>
#include <utility>
#include <vector>

#include <caf/event_based_actor.hpp>

#include "horde/actors/caf_compat.hpp"
#include "horde/actors/node_links.hpp"
#include "horde/actors/protocol.hpp"
#include "horde/actors/type_ids.hpp"

namespace horde::actors {

class node_farewell {
public:
  node_farewell(caf::event_based_actor* self, node_id who)
      : self_(self), who_(std::move(who)) {}

  /// Says goodbye to `peers`; `then` is called when that is over.
  void begin(const std::vector<node_links::peer>& peers,
             std::function<void()> then) {
    then_ = std::move(then);
    for (const auto& p : peers)
      unaware_.insert(p.who.life);
    for (const auto& p : peers) {
      auto heard = [this, life = p.who.life] { is_over_for(life); };
      ask(self_, p.actor, answer_timeout, goodbye{who_})
        .then(heard, [heard](const caf::error&) { heard(); });
    }
    end_if_over();
  }

  /// It heard us, or its link is no more.
  void is_over_for(const incarnation& peer) {
    unaware_.erase(peer);
    end_if_over();
  }

private:
  static constexpr auto answer_timeout = std::chrono::seconds{1};

  void end_if_over() {
    if (unaware_.empty() && then_)
      std::exchange(then_, nullptr)();
  }

  caf::event_based_actor* self_;
  node_id who_;
  std::set<incarnation> unaware_;
  std::function<void()> then_; ///< empty: not begun, or over
};

} // namespace horde::actors
