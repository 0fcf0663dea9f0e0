// SPDX-License-Identifier: MIT
//
// Sends and receives the datagrams of all links. Bound to the address and port
// of the listener, so that whoever can be dialed can be reached. Sends from the
// thread that asks for it; receives in the door's thread.

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>

#include "horde/actors/door/datagram.hpp"
#include "horde/actors/door/events.hpp"
#include "horde/actors/door/poll_set.hpp"
#include "horde/actors/door/socket.hpp"
#include "horde/node_id.hpp"

namespace horde::actors {

class tally;

/// Thread-safe, but for `watch`.
class courier {
public:
  using sink = std::function<void(door_events::datagram)>;

  explicit courier(std::shared_ptr<tally> counts);

  /// Takes the socket beside the listener, or opens one on any port.
  void start(unique_fd beside_listener);

  /// From now on the link can be used. `way` is where the peer listens, if it
  /// was dialed; else it is learned from what the peer sends, always anew: a
  /// peer may move.
  void add(link_id link, const incarnation& self, const node_id& peer,
           std::string_view secret, std::optional<address> way);
  void remove(link_id link);

  /// See `entrance::send_datagram`.
  void send(link_id link, std::string_view payload);

  /// Waits for datagrams, and hands those that are valid to `arrived`.
  /// Requires: called in the door's thread, as `start` before.
  void watch(poll_set& polls, const sink& arrived);

  /// Nothing is sent or received after this returns.
  void stop();

private:
  struct route {
    int socket = -1;
    address to;
  };

  struct entry {
    node_id peer;
    datagram_seal seal;
    bool dialed = false;
    std::optional<route> way;
  };

  std::optional<route> route_to(const address& to);
  void receive(int socket, const sink& arrived);
  std::optional<door_events::datagram> take(std::string_view bytes, int socket,
                                            const address& from);

  std::shared_ptr<tally> counts_;
  std::mutex guard_; // for the rest
  unique_fd home_;
  unique_fd spare_; // for peers that `home_` cannot send to, or none
  std::map<link_id, entry> links_;
  std::map<link_tag, link_id> tags_;
};

} // namespace horde::actors
