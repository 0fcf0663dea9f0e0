// SPDX-License-Identifier: MIT
//
// Our own dials, any number at a time: resolve, connect to one address after
// the other, shake hands. Each ends in exactly one event.

#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "horde/actors/door/handshake.hpp"
#include "horde/actors/door/lobby.hpp"
#include "horde/actors/door/poll_set.hpp"
#include "horde/actors/door/resolver.hpp"
#include "horde/actors/door/wire.hpp"

namespace horde::actors {

class dialer {
public:
  dialer(lobby& shared, std::shared_ptr<inbox> back)
      : lobby_(shared), resolver_(std::move(back)) {}

  void dial(const endpoint& to);

  void watch(poll_set& polls);
  void expire(instant now);

private:
  struct attempt {
    endpoint to;
    instant deadline{};   // of the whole dial
    instant give_up_at{}; // of this address
    std::vector<address> left;
    wire line;
    std::shared_ptr<const door_keys> keys; // of this connection
    bool connected = false;
    std::optional<client_handshake> talk;
    bool refused = false; // by at least one address
    bool unclear = false; // at least one address failed in another way
    failure last{errc::timeout, {}}; // of the addresses so far
  };

  void resolved(dial_id id, addresses result);
  void try_next(dial_id id);
  void on_ready(dial_id id);
  bool finish_connect(attempt& x);
  bool may_talk(dial_id id, attempt& x);
  void lose(dial_id id, attempt& x);
  static void note_error(attempt& x, int error);
  void converse(dial_id id, attempt& x);
  void decide(dial_id id, attempt& x);
  void conclude(dial_id id, attempt& x);
  void settle(dial_id id, attempt& x);
  void yield_to(dial_id id, std::optional<link_id> link);
  void fail(dial_id id, failure why);

  lobby& lobby_;
  resolver resolver_;
  dial_id next_ = 0;
  std::map<dial_id, attempt> attempts_;
};

} // namespace horde::actors
