// SPDX-License-Identifier: MIT

#include "horde/actors/door/socket.hpp"

#include <cerrno>
#include <cstring>
#include <string_view>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

namespace horde::actors {

namespace {

constexpr int socket_flags = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
constexpr int datagram_flags = SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC;

/// Calls getaddrinfo. The result is its error code, 0 for success.
int query(const endpoint& x, int flags, std::vector<address>& out) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  auto* host = x.host.empty() ? nullptr : x.host.c_str();
  auto port = std::to_string(x.port);
  if (auto error = getaddrinfo(host, port.c_str(), &hints, &list); error != 0)
    return error;
  for (auto* i = list; i != nullptr; i = i->ai_next) {
    address a;
    std::memcpy(&a.raw, i->ai_addr, i->ai_addrlen);
    a.size = i->ai_addrlen;
    out.push_back(a);
  }
  freeaddrinfo(list);
  return 0;
}

std::string reason_of(int lookup_error) {
  if (lookup_error == EAI_SYSTEM)
    return std::strerror(errno);
  return gai_strerror(lookup_error);
}

endpoint to_endpoint(const address& x) {
  char host[NI_MAXHOST] = {};
  char port[NI_MAXSERV] = {};
  auto* raw = reinterpret_cast<const sockaddr*>(&x.raw);
  if (getnameinfo(raw, x.size, host, sizeof host, port, sizeof port,
                  NI_NUMERICHOST | NI_NUMERICSERV)
      != 0)
    return {"unknown", 0};
  std::string_view name{host};
  if (name.starts_with("::ffff:")) // an IPv4 caller at a dual-stack listener
    name.remove_prefix(7);
  return {std::string{name}, static_cast<std::uint16_t>(std::stoi(port))};
}

void set_option(int fd, int level, int option, int value) {
  // Only tuning: a socket without it still works.
  (void)setsockopt(fd, level, option, &value, sizeof value);
}

/// A listening socket, or none with `errno`.
unique_fd try_listen(const address& at) {
  unique_fd fd{::socket(at.raw.ss_family, socket_flags, 0)};
  if (!fd)
    return {};
  set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (at.raw.ss_family == AF_INET6)
    set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 0);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&at.raw), at.size) != 0
      || ::listen(fd.get(), SOMAXCONN) != 0) {
    auto error = errno; // closing may change it
    fd.reset();
    errno = error;
  }
  return fd;
}

/// The same address in another family, if that can name it.
std::optional<address> in_family(const address& x, sa_family_t family) {
  if (x.raw.ss_family == family)
    return x;
  address result;
  auto* v4 = reinterpret_cast<const sockaddr_in*>(&x.raw);
  auto* v6 = reinterpret_cast<const sockaddr_in6*>(&x.raw);
  if (x.raw.ss_family == AF_INET && family == AF_INET6) {
    auto* out = reinterpret_cast<sockaddr_in6*>(&result.raw);
    out->sin6_family = AF_INET6;
    out->sin6_port = v4->sin_port;
    out->sin6_addr.s6_addr[10] = out->sin6_addr.s6_addr[11] = 0xff;
    std::memcpy(&out->sin6_addr.s6_addr[12], &v4->sin_addr, 4);
    result.size = sizeof *out;
    return result;
  }
  if (x.raw.ss_family == AF_INET6 && family == AF_INET
      && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
    auto* out = reinterpret_cast<sockaddr_in*>(&result.raw);
    out->sin_family = AF_INET;
    out->sin_port = v6->sin6_port;
    std::memcpy(&out->sin_addr, &v6->sin6_addr.s6_addr[12], 4);
    result.size = sizeof *out;
    return result;
  }
  return std::nullopt;
}

void set_port(address& x, std::uint16_t port) {
  if (x.raw.ss_family == AF_INET6)
    reinterpret_cast<sockaddr_in6*>(&x.raw)->sin6_port = htons(port);
  else
    reinterpret_cast<sockaddr_in*>(&x.raw)->sin_port = htons(port);
}

/// A dial to a free local port can meet itself: TCP then connects the socket
/// with itself.
bool is_connected_to_itself(int fd) {
  address here;
  address there;
  here.size = there.size = sizeof here.raw;
  auto* here_raw = reinterpret_cast<sockaddr*>(&here.raw);
  auto* there_raw = reinterpret_cast<sockaddr*>(&there.raw);
  return getsockname(fd, here_raw, &here.size) == 0
         && getpeername(fd, there_raw, &there.size) == 0
         && to_endpoint(here) == to_endpoint(there);
}

} // namespace

void unique_fd::reset(int fd) {
  if (fd_ >= 0)
    ::close(fd_);
  fd_ = fd;
}

bool is_loopback(const std::string& host) {
  in_addr v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1)
    return (ntohl(v4.s_addr) >> 24) == 127;
  return host == "localhost" || host == "::1";
}

std::optional<std::vector<address>> numeric(const endpoint& x) {
  std::vector<address> result;
  if (query(x, AI_NUMERICHOST, result) != 0)
    return std::nullopt;
  return result;
}

addresses look_up(const endpoint& x) {
  std::vector<address> result;
  if (auto error = query(x, 0, result); error != 0)
    return failure{errc::cannot_connect,
                   "cannot resolve '" + x.host + "': " + reason_of(error)};
  return result;
}

outcome<unique_fd> listen_on(const endpoint& x) {
  std::vector<address> candidates;
  auto fail = [&](std::string_view reason) {
    return failure{errc::cannot_listen, "cannot listen on " + to_string(x)
                                          + ": " + std::string{reason}};
  };
  if (x.host.empty()) // IPv6 first: it serves IPv4 callers too
    (void)query({"::", x.port}, AI_NUMERICHOST | AI_PASSIVE, candidates);
  auto any = x.host.empty() ? endpoint{"0.0.0.0", x.port} : x;
  auto error = query(any, AI_PASSIVE, candidates);
  if (candidates.empty())
    return fail(reason_of(error));
  int reason = 0;
  for (const auto& at : candidates) {
    if (auto fd = try_listen(at))
      return fd;
    reason = errno;
  }
  return fail(std::strerror(reason));
}

std::optional<accepted_socket> accept_on(int listener) {
  address from;
  from.size = sizeof from.raw;
  unique_fd fd{::accept4(listener, reinterpret_cast<sockaddr*>(&from.raw),
                         &from.size, SOCK_NONBLOCK | SOCK_CLOEXEC)};
  if (!fd)
    return std::nullopt;
  set_option(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1);
  return accepted_socket{std::move(fd), to_endpoint(from)};
}

unique_fd start_connect(const address& to) {
  unique_fd fd{::socket(to.raw.ss_family, socket_flags, 0)};
  if (!fd)
    return {};
  set_option(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1);
  auto* raw = reinterpret_cast<const sockaddr*>(&to.raw);
  if (::connect(fd.get(), raw, to.size) != 0 && errno != EINPROGRESS) {
    auto error = errno;
    fd.reset();
    errno = error;
  }
  return fd;
}

int connect_result(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
    return errno;
  if (error == 0 && is_connected_to_itself(fd))
    return ECONNREFUSED;
  return error;
}

std::uint16_t local_port(int fd) {
  address here;
  here.size = sizeof here.raw;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&here.raw), &here.size) != 0)
    return 0;
  return to_endpoint(here).port;
}

address local_address(int fd) {
  address here;
  here.size = sizeof here.raw;
  (void)getsockname(fd, reinterpret_cast<sockaddr*>(&here.raw), &here.size);
  return here;
}

std::optional<address> peer_address(int fd) {
  address there;
  there.size = sizeof there.raw;
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&there.raw), &there.size)
      != 0)
    return std::nullopt;
  return there;
}

unique_fd bind_datagrams(const address& at) {
  unique_fd fd{::socket(at.raw.ss_family, datagram_flags, 0)};
  if (!fd)
    return {};
  if (at.raw.ss_family == AF_INET6)
    set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 0);
  auto* raw = reinterpret_cast<const sockaddr*>(&at.raw);
  if (::bind(fd.get(), raw, at.size) != 0) {
    auto error = errno; // closing may change it
    fd.reset();
    errno = error;
  }
  return fd;
}

unique_fd open_datagrams() {
  for (const auto* host : {"::", "0.0.0.0"}) // the first reaches IPv4 too
    if (auto at = numeric({host, 0}); at && !at->empty())
      if (auto fd = bind_datagrams(at->front()))
        return fd;
  return {};
}

/// Asks the system, by a socket bound alike.
std::optional<address> reachable_from(int from, const address& to) {
  if (from < 0)
    return std::nullopt;
  auto here = local_address(from);
  set_port(here, 0);
  auto probe = bind_datagrams(here);
  auto there = in_family(to, here.raw.ss_family);
  if (!probe || !there)
    return std::nullopt;
  auto* raw = reinterpret_cast<const sockaddr*>(&there->raw);
  if (::connect(probe.get(), raw, there->size) != 0)
    return std::nullopt;
  return there;
}

} // namespace horde::actors
