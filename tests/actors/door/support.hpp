// SPDX-License-Identifier: MIT
//
// Helpers for tests of the door: a queue to wait on for events, and plain
// blocking sockets for callers and listeners that are no horde nodes. Every
// wait has a deadline far above what is needed; nothing sleeps.

#pragma once

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "horde/actors/door/config.hpp"
#include "horde/actors/door/events.hpp"
#include "horde/actors/door/socket.hpp"

namespace horde::actors::test {

using namespace std::chrono_literals;

inline constexpr auto patience = 20s;
inline constexpr auto cluster_secret = "the secret of all our tests";

/// Collects events from another thread.
template <class Event>
class events {
public:
  void push(Event x) {
    {
      std::lock_guard lock{guard_};
      queue_.push_back(std::move(x));
    }
    news_.notify_all();
  }

  /// The first event of a type, taken out; nothing after the deadline.
  template <class T>
  std::optional<T> next(std::chrono::nanoseconds limit = patience) {
    std::unique_lock lock{guard_};
    std::optional<T> result;
    news_.wait_for(lock, limit, [&] {
      result = take<T>();
      return result.has_value();
    });
    return result;
  }

  /// Whether there is one of a type right now.
  template <class T>
  bool has() {
    std::lock_guard lock{guard_};
    for (const auto& x : queue_)
      if (std::holds_alternative<T>(x))
        return true;
    return false;
  }

private:
  template <class T>
  std::optional<T> take() {
    for (auto i = queue_.begin(); i != queue_.end(); ++i)
      if (auto* x = std::get_if<T>(&*i)) {
        std::optional<T> result{std::move(*x)};
        queue_.erase(i);
        return result;
      }
    return std::nullopt;
  }

  std::mutex guard_;
  std::condition_variable news_;
  std::deque<Event> queue_;
};

/// Waits until `done` without events to wait for.
template <class Predicate>
bool eventually(Predicate done) {
  auto end = std::chrono::steady_clock::now() + patience;
  while (!done()) {
    if (std::chrono::steady_clock::now() > end)
      return false;
    ::poll(nullptr, 0, 1);
  }
  return true;
}

inline sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  result.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return result;
}

/// A blocking caller that may say anything.
class stranger {
public:
  stranger() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    timeval limit{20, 0};
    setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }

  explicit stranger(std::uint16_t port) : stranger() { connect(port); }

  bool connect(std::uint16_t port) {
    auto to = loopback(port);
    return ::connect(fd_.get(), reinterpret_cast<sockaddr*>(&to), sizeof to)
           == 0;
  }

  void say(std::string_view x) {
    (void)!::send(fd_.get(), x.data(), x.size(), MSG_NOSIGNAL);
  }

  /// Exactly `n` bytes, fewer at the end of the connection.
  std::string hear(std::size_t n) {
    std::string result(n, '\0');
    std::size_t have = 0;
    while (have < n) {
      auto got = ::recv(fd_.get(), result.data() + have, n - have, 0);
      if (got <= 0)
        break;
      have += static_cast<std::size_t>(got);
    }
    result.resize(have);
    return result;
  }

  /// Reads until the other side closes; false if it does not.
  bool is_closed() {
    char bytes[4096];
    ssize_t got = 0;
    do
      got = ::recv(fd_.get(), bytes, sizeof bytes, 0);
    while (got > 0);
    return got == 0 || errno == ECONNRESET;
  }

  int fd() const { return fd_.get(); }

private:
  unique_fd fd_;
};

/// A listener that is no door. Callers wait in its backlog until accepted.
class strange_listener {
public:
  strange_listener() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    auto at = loopback(0);
    (void)!::bind(fd_.get(), reinterpret_cast<sockaddr*>(&at), sizeof at);
    (void)!::listen(fd_.get(), 16);
  }

  std::uint16_t port() const { return local_port(fd_.get()); }

  /// Greets one caller with some bytes.
  unique_fd greet(std::string_view x) {
    unique_fd result{::accept(fd_.get(), nullptr, nullptr)};
    (void)!::send(result.get(), x.data(), x.size(), MSG_NOSIGNAL);
    return result;
  }

  void close() { fd_.reset(); }

private:
  unique_fd fd_;
};

inline door_config make_config(transport how = transport::tls) {
  door_config result;
  result.transport = how;
  result.listen = endpoint{"127.0.0.1", 0};
  result.secret = cluster_secret;
  return result;
}

inline node_id make_node(std::string name, std::uint64_t started = 1) {
  static std::uint64_t next = 0;
  return {std::move(name), {started, ++next}};
}

/// What crashes CAF: a client handshake of BASP without payload, 32 bytes.
inline std::string crash_frame(char operation = 1) {
  std::string result(32, '\0');
  result[0] = operation;
  if (operation == 0)
    result[15] = 3; // protocol version
  return result;
}

} // namespace horde::actors::test
