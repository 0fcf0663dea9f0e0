// SPDX-License-Identifier: MIT

#include "bench_relay.hpp"

#include <array>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "bench_node.hpp"
#include "bench_socket.hpp"

namespace horde::tools {

namespace {

sockaddr_in address_of(const endpoint& x) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(x.port);
  ::inet_pton(AF_INET, x.host.c_str(), &result.sin_addr);
  return result;
}

/// One direction, until either end is closed.
void pass_on(const bench_socket& from, const bench_socket& to) {
  std::array<char, 64 * 1024> bytes;
  for (;;) {
    auto n = ::recv(from.fd(), bytes.data(), bytes.size(), 0);
    if (n <= 0 || !to.write({bytes.data(), static_cast<std::size_t>(n)}))
      break;
  }
  ::shutdown(from.fd(), SHUT_RDWR);
  ::shutdown(to.fd(), SHUT_RDWR);
}

} // namespace

struct relay::connection {
  connection(int a, int b) : one(a), other(b) {
    int on = 1;
    for (auto fd : {a, b})
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }

  ~connection() {
    ::shutdown(one.fd(), SHUT_RDWR);
    ::shutdown(other.fd(), SHUT_RDWR);
    there.join();
    back.join();
  }

  bench_socket one;
  bench_socket other;
  std::thread there{[this] { pass_on(one, other); }};
  std::thread back{[this] { pass_on(other, one); }};
};

relay::relay(const endpoint& at, const endpoint& to) : at_(at), to_(to) {
  mend();
}

relay::~relay() {
  if (listener_ >= 0)
    cut();
}

void relay::mend() {
  listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
  int on = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  auto address = address_of(at_);
  auto* where = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, where, sizeof(address)) != 0
      || ::listen(listener_, 16) != 0)
    give_up("cannot listen on " + to_string(at_));
  acceptor_ = std::thread{[this] { accept_all(); }};
}

void relay::accept_all() {
  for (;;) {
    auto one = ::accept(listener_, nullptr, nullptr);
    if (one < 0)
      return; // it was cut
    auto other = ::socket(AF_INET, SOCK_STREAM, 0);
    auto address = address_of(to_);
    auto* where = reinterpret_cast<sockaddr*>(&address);
    // If nobody is there both directions end at once.
    std::ignore = ::connect(other, where, sizeof(address));
    connections_.push_back(std::make_unique<connection>(one, other));
  }
}

void relay::cut() {
  ::shutdown(listener_, SHUT_RDWR); // wakes the acceptor
  acceptor_.join();
  bench_socket{std::exchange(listener_, -1)}; // closes it
  connections_.clear();
}

} // namespace horde::tools
