// SPDX-License-Identifier: MIT

#include "horde/actors/formation/change_watch.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

namespace horde::formation {

change_watch::change_watch() : fd_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {}

void change_watch::add(const std::string& path, std::uint32_t events) {
  if (fd_)
    (void)::inotify_add_watch(fd_.get(), path.c_str(), events);
}

bool change_watch::wait(duration limit, waker& by) {
  using std::chrono::milliseconds;
  if (!fd_ || by.fd() < 0) {
    by.sleep(limit);
    return false;
  }
  constexpr auto longest = std::chrono::hours{24};
  auto most = std::clamp<duration>(limit, duration{0}, longest);
  auto timeout = std::chrono::ceil<milliseconds>(most).count();
  std::array<pollfd, 2> fds{{{fd_.get(), POLLIN, 0}, {by.fd(), POLLIN, 0}}};
  (void)::poll(fds.data(), fds.size(), static_cast<int>(timeout));
  if ((fds[1].revents & POLLIN) != 0) {
    by.clear();
    return false;
  }
  if ((fds[0].revents & POLLIN) == 0)
    return false;
  drain();
  return true;
}

void change_watch::drain() {
  std::array<char, 4096> buffer{};
  while (::read(fd_.get(), buffer.data(), buffer.size()) > 0)
    ; // what exactly happened does not matter
}

} // namespace horde::formation
