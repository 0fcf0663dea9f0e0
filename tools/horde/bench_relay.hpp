// SPDX-License-Identifier: MIT
//
// What comes to one address is passed on to another one and back, by threads of
// this process, until it is cut: then all connections end and new ones are
// refused, as when a host's cable is pulled and its neighbour says so.

#pragma once

#include <deque>
#include <memory>
#include <thread>

#include "horde/endpoint.hpp"

namespace horde::tools {

class relay {
public:
  /// Passes on at once. Both are IPv4 addresses. Ends the program if nobody can
  /// listen at `at`.
  relay(const endpoint& at, const endpoint& to);
  relay(const relay&) = delete;
  relay& operator=(const relay&) = delete;
  ~relay();

  /// Requires: it is not cut.
  void cut();
  /// Requires: it is cut.
  void mend();

private:
  struct connection;

  void accept_all();

  endpoint at_;
  endpoint to_;
  int listener_ = -1; ///< none: cut
  std::thread acceptor_;
  std::deque<std::unique_ptr<connection>> connections_; ///< of the acceptor
};

} // namespace horde::tools
