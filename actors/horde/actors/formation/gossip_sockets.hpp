// SPDX-License-Identifier: MIT
//
// The sockets of gossip: one a family, joined to its group on each interface
// that is wanted. Interfaces may come and go.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <sys/socket.h>

#include "horde/actors/door/socket.hpp"
#include "horde/errc.hpp"

namespace horde::formation {

/// What gossip needs to know of an interface that is up.
struct network_interface {
  std::string name;
  unsigned index = 0;
  bool is_loopback = false;
  bool has_multicast = false;
  std::vector<std::string> addresses; ///< without scope
  std::vector<std::string> broadcast; ///< of its IPv4 addresses
  bool has_ipv4 = false;
  bool has_ipv6 = false;
};

std::vector<network_interface> list_interfaces();

struct gossip_places {
  std::vector<std::string> groups; ///< addresses, at most one a family
  std::uint16_t port = 0;
  unsigned ttl = 1;
  bool broadcast = false;              ///< instead of groups, IPv4 only
  std::vector<std::string> interfaces; ///< names or addresses; empty: all
  bool loopback_only = false;
};

/// A datagram as it came.
struct heard_packet {
  std::string_view bytes;
  const sockaddr_storage& from;
  bool on_loopback = false; ///< the interface
};

/// For one thread.
class gossip_sockets {
public:
  /// Requires: groups are numeric.
  explicit gossip_sockets(gossip_places places);

  /// Opens what is not open, and follows the interfaces. The failure says why
  /// nothing can be sent or received.
  std::optional<failure> refresh();

  /// Something else on each interface and in each family: a copy would count
  /// as repeated, whichever way is the better one. Fails if nothing left.
  std::optional<failure> send(const std::function<std::string()>& next,
                              bool loopback_only);

  /// Takes what is there, at most some hundred packets. Those of interfaces
  /// that are not wanted are left out.
  void receive(const std::function<void(const heard_packet&)>& take);

  /// For `poll`.
  std::vector<int> descriptors() const;

private:
  struct channel {
    int family;
    actors::address group;
    actors::unique_fd fd;
    std::set<unsigned> joined; ///< by index
  };

  bool is_wanted(const network_interface& x) const;
  bool open(channel& x);
  void follow(channel& x);
  bool send_on(const channel& x, const network_interface& to,
               std::string_view packet);
  bool receive_batch(const channel& x,
                     const std::function<void(const heard_packet&)>& take);
  failure problem(const std::string& why) const;

  gossip_places places_;
  std::vector<channel> channels_;
  std::vector<network_interface> used_; ///< now
  int last_error_ = 0;
};

} // namespace horde::formation
