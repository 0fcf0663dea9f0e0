// SPDX-License-Identifier: MIT
//
// Non-blocking sockets as far as the door needs them: addresses, listen,
// accept, connect, and datagrams. Every descriptor is close-on-exec and has one
// owner.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/socket.h>

#include "horde/endpoint.hpp"
#include "horde/errc.hpp"

namespace horde::actors {

/// Owns a descriptor.
class unique_fd {
public:
  unique_fd() = default;
  explicit unique_fd(int fd) : fd_(fd) {}
  unique_fd(unique_fd&& x) noexcept : fd_(x.release()) {}
  unique_fd& operator=(unique_fd&& x) noexcept {
    reset(x.release());
    return *this;
  }
  ~unique_fd() { reset(); }

  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1);
  explicit operator bool() const { return fd_ >= 0; }

private:
  int fd_ = -1;
};

/// By address or by the one name that everybody reserves for it.
bool is_loopback(const std::string& host);

struct address {
  sockaddr_storage raw{};
  socklen_t size = 0;
};

/// What a host means: addresses, or why there are none.
using addresses = outcome<std::vector<address>>;

/// Numeric hosts only; never blocks. Empty host: loopback.
std::optional<std::vector<address>> numeric(const endpoint& x);

/// Asks the name service; may block for long.
addresses look_up(const endpoint& x);

/// May ask the name service. Empty host: all addresses of this machine.
outcome<unique_fd> listen_on(const endpoint& x);

struct accepted_socket {
  unique_fd fd;
  endpoint from;
};

/// Nothing: `errno` says why.
std::optional<accepted_socket> accept_on(int listener);

/// A socket that is connecting or connected. None: `errno` says why.
unique_fd start_connect(const address& to);

/// How a connection attempt ended: 0 or an `errno` value.
int connect_result(int fd);

/// Requires: `fd` is bound.
std::uint16_t local_port(int fd);
address local_address(int fd);

/// Requires: `fd` is connected.
std::optional<address> peer_address(int fd);

/// A socket for datagrams. None: `errno` says why.
unique_fd bind_datagrams(const address& at);

/// The same on all addresses of this machine, on any free port.
unique_fd open_datagrams();

/// How the socket `from` for datagrams has to name `to`, which may be of
/// another family. Nothing if it has no way to it: say, it is bound to
/// loopback.
std::optional<address> reachable_from(int from, const address& to);

} // namespace horde::actors
