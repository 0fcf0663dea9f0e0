// SPDX-License-Identifier: MIT

#include "bench_socket.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <thread>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench_data.hpp"

namespace horde::tools {

namespace {

void send_at_once(const bench_socket& x) {
  int on = 1;
  ::setsockopt(x.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

} // namespace

bench_socket::~bench_socket() {
  if (fd_ >= 0)
    ::close(fd_);
}

bool bench_socket::write(std::string_view bytes) const {
  while (!bytes.empty()) {
    auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0)
      return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

bool bench_socket::read(char* to, std::size_t bytes) const {
  while (bytes > 0) {
    auto n = ::recv(fd_, to, bytes, 0);
    if (n <= 0)
      return false;
    to += n;
    bytes -= static_cast<std::size_t>(n);
  }
  return true;
}

bool bench_socket::write_frame(std::string_view bytes) const {
  auto size = static_cast<std::uint32_t>(bytes.size());
  std::array<char, sizeof(size)> head{};
  std::memcpy(head.data(), &size, sizeof(size));
  return write({head.data(), head.size()}) && write(bytes);
}

bool bench_socket::read_frame(std::string& bytes) const {
  std::uint32_t size = 0;
  std::array<char, sizeof(size)> head{};
  if (!read(head.data(), head.size()))
    return false;
  std::memcpy(&size, head.data(), sizeof(size));
  bytes.resize(size);
  return read(bytes.data(), bytes.size());
}

void bench_socket::end_writing() const {
  ::shutdown(fd_, SHUT_WR);
}

std::optional<std::pair<bench_socket, bench_socket>> connect_loopback() {
  bench_socket listener{::socket(AF_INET, SOCK_STREAM, 0)};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* where = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof(address);
  if (listener.fd() < 0 || ::bind(listener.fd(), where, size) != 0
      || ::listen(listener.fd(), 1) != 0
      || ::getsockname(listener.fd(), where, &size) != 0)
    return {};
  bench_socket one{::socket(AF_INET, SOCK_STREAM, 0)};
  if (one.fd() < 0 || ::connect(one.fd(), where, size) != 0)
    return {};
  bench_socket other{::accept(listener.fd(), nullptr, nullptr)};
  if (other.fd() < 0)
    return {};
  send_at_once(one);
  send_at_once(other);
  return std::pair{std::move(one), std::move(other)};
}

double copy_time(const frame_sizes& sizes, const bench_socket& from,
                 const bench_socket& to) {
  std::string bytes(*std::ranges::max_element(sizes), 'x');
  std::string copy = bytes;
  return wall_seconds([&] {
    std::thread sender{[&] {
      for (auto size : sizes)
        if (!from.write({bytes.data(), size}))
          return;
    }};
    for (auto size : sizes)
      if (!to.read(copy.data(), size))
        break;
    sender.join();
  });
}

} // namespace horde::tools
