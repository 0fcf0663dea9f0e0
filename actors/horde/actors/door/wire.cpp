// SPDX-License-Identifier: MIT

#include "horde/actors/door/wire.hpp"

#include <cerrno>

#include <poll.h>

namespace horde::actors {

namespace {

bool is_transient(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

} // namespace

short wire::awaited() const {
  return tls_ && tls_->waits_to_write() ? POLLOUT : POLLIN;
}

tls_session::state wire::prepare() {
  return tls_ ? tls_->shake_hands() : tls_session::state::ready;
}

std::string wire::binding() const {
  return tls_ ? tls_->binding() : std::string{};
}

bool wire::certifies(const std::vector<std::string>& names) const {
  return !tls_ || tls_->certifies(names);
}

wire::input wire::read(std::size_t limit) {
  std::string bytes(limit, '\0');
  if (tls_) {
    auto got = tls_->read(bytes.data(), limit);
    bytes.resize(got.bytes);
    return {std::move(bytes), got.failed};
  }
  auto n = ::recv(fd_.get(), bytes.data(), limit, 0);
  if (n > 0) {
    bytes.resize(static_cast<std::size_t>(n));
    return {std::move(bytes), false};
  }
  return {{}, n == 0 || !is_transient(errno)};
}

bool wire::write(std::string_view bytes) {
  if (tls_)
    return tls_->write(bytes.data(), bytes.size()).bytes == bytes.size();
  auto n = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  return n == static_cast<ssize_t>(bytes.size());
}

bool wire::is_over() {
  if (tls_)
    return tls_->is_over();
  char next = 0;
  auto n = ::recv(fd_.get(), &next, 1, MSG_PEEK);
  return n >= 0 || !is_transient(errno);
}

} // namespace horde::actors
