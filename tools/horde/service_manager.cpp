// SPDX-License-Identifier: MIT

#include "service_manager.hpp"

#include <cstddef>
#include <cstdlib>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>

#include "horde/actors/door/socket.hpp"

namespace horde::tools {

bool notify_service_manager(std::string_view state) {
  const auto* path = std::getenv("NOTIFY_SOCKET");
  if (path == nullptr || *path == '\0')
    return true;
  sockaddr_un to{};
  std::string_view name{path};
  if (name.size() >= sizeof to.sun_path)
    return false;
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, name.data(), name.size());
  if (name.front() == '@') // a name that is no file
    to.sun_path[0] = '\0';
  auto size =
    static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  actors::unique_fd fd{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  return fd
         && ::sendto(fd.get(), state.data(), state.size(), MSG_NOSIGNAL,
                     reinterpret_cast<const sockaddr*>(&to), size)
              == static_cast<ssize_t>(state.size());
}

} // namespace horde::tools
