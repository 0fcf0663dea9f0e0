// SPDX-License-Identifier: MIT
//
// What a registry's engine does when a name has two owners.

#include <algorithm>

#include "horde/actors/log.hpp"
#include "horde/actors/registry_engine.hpp"
#include "horde/actors/type_ids.hpp"

namespace horde::actors {

void registry_engine::evict(const naming::evict& x) {
  auto who = node_->processes.find(x.actor);
  if (!who)
    return;
  log().info("name_conflict registry={} name={} loser={} winner={}", name_,
             x.name, x.actor, to_string(x.winner));
  auto reason = caf::make_error(
    errc::name_conflict,
    "'" + x.name + "' in " + name_ + " went to " + to_string(x.winner),
    name_conflict{x.name, x.value, name_, x.winner});
  horde::deliver(nullptr, who,
                 caf::make_message(caf::exit_msg{{}, std::move(reason)}));
}

// -- the function of the user ------------------------------------------------

/// In the thread of an actor of its own: it may take its time.
void registry_engine::ask_function() {
  if (questions_.empty() || left_)
    return;
  if (!judge_) {
    auto body = [](caf::event_based_actor*,
                   const std::weak_ptr<registry_engine>& engine) {
      return caf::behavior{[engine](look_inside) {
        if (auto x = engine.lock())
          x->answer_questions();
      }};
    };
    judge_ = spawn_own(*node_, body, weak_from_this());
    callbacks_.push_back(judge_);
  }
  anon_tell(judge_, look_inside{});
}

void registry_engine::answer_questions() {
  std::unique_lock guard{mutex_};
  while (!questions_.empty()) {
    auto x = std::move(questions_.front());
    questions_.pop_front();
    auto ours = describe(x.name, x.ours.owner, x.our_entry);
    auto theirs = describe(x.name, x.theirs.owner, x.their_entry);
    guard.unlock();
    auto is_ours_later = crdt::later({{x.ours.owner, 0}, x.ours.since, {}},
                                     {{x.theirs.owner, 0}, x.theirs.since, {}});
    const auto& earlier = is_ours_later ? theirs : ours;
    const auto& later = is_ours_later ? ours : theirs;
    auto choice = claim_choice::later;
    try {
      choice = choose_(entry{node_->sys, earlier}, entry{node_->sys, later});
    } catch (const std::exception& e) {
      log().warn("conflict_function_failed registry={} name={} why=\"{}\"",
                 name_, x.name, e.what());
    }
    auto ours_stays = (choice == claim_choice::later) == is_ours_later;
    decided(x, ours_stays);
    guard.lock();
  }
}

registration registry_engine::describe(const std::string& name,
                                       replica_id owner,
                                       const naming::name_entry& x) const {
  registration result{name, {{}, x.actor}, {}, false, x.value};
  for (const auto& member : core_.roster().members())
    if (member.replica == owner) {
      result.member = member.who;
      result.who.node = member.node.life;
      result.suspect = member.status == member_status::suspect;
    }
  return result;
}

} // namespace horde::actors
