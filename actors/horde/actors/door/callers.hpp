// SPDX-License-Identifier: MIT
//
// Everyone who dialed us and is not through the handshake yet. Bounded: when
// full, the oldest caller goes, so that a flood cannot lock peers out.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "horde/actors/door/handshake.hpp"
#include "horde/actors/door/lobby.hpp"
#include "horde/actors/door/poll_set.hpp"
#include "horde/actors/door/tie_break.hpp"
#include "horde/actors/door/wire.hpp"

namespace horde::actors {

class callers {
public:
  callers(lobby& shared, unique_fd listener)
      : lobby_(shared), listener_(std::move(listener)) {}

  /// Says what to wait for.
  void watch(poll_set& polls);

  /// Drops those who are past their deadline.
  void expire(instant now);

  std::size_t size() const { return callers_.size(); }

private:
  using caller_id = std::uint64_t; // in order of arrival

  struct caller {
    wire line;
    endpoint from;
    instant deadline;
    std::shared_ptr<const door_keys> keys;
    tie_break::mark greeted_at = 0;
    std::optional<server_handshake> talk; // once the line is ready
  };

  void accept_all();
  void greet(accepted_socket x);
  void evict_oldest();
  void turn_away(const caller& x);
  void listen_to(caller_id id);
  progress converse(caller& x);
  void decide(caller& x);
  tie_break::decision judge(const caller& x, link_id link);
  void refuse(caller& x, verdict reason);
  void report(const caller& x, verdict reason);
  bool is_news(const std::string& host, verdict reason);

  lobby& lobby_;
  unique_fd listener_;
  instant paused_until_{};
  caller_id next_ = 0;
  std::map<caller_id, caller> callers_;
  std::set<std::pair<std::string, verdict>> reported_;
};

} // namespace horde::actors
