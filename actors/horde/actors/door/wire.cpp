// SPDX-License-Identifier: MIT

#include "horde/actors/door/wire.hpp"

#include <cerrno>

namespace horde::actors {

namespace {

bool is_transient(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

} // namespace

wire::input wire::read(std::size_t limit) {
  std::string bytes(limit, '\0');
  auto n = ::recv(fd_.get(), bytes.data(), limit, 0);
  if (n > 0) {
    bytes.resize(static_cast<std::size_t>(n));
    return {std::move(bytes), false};
  }
  return {{}, n == 0 || !is_transient(errno)};
}

bool wire::write(std::string_view bytes) {
  auto n = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  return n == static_cast<ssize_t>(bytes.size());
}

bool wire::is_over() {
  char next = 0;
  auto n = ::recv(fd_.get(), &next, 1, MSG_PEEK);
  return n >= 0 || !is_transient(errno);
}

} // namespace horde::actors
