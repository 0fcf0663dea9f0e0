// SPDX-License-Identifier: MIT

#include "horde/actors/formation/gossip_sockets.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include "horde/formation/beacon.hpp"

namespace horde::formation {

namespace {

using actors::address;
using actors::unique_fd;

constexpr int receive_buffer = 1 << 20; // some thousand packets
constexpr std::size_t batch_size = 32;
constexpr int batches_a_turn = 8;

bool set_option(int fd, int level, int option, int value) {
  return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

std::string text_of(int family, const void* bytes) {
  char result[INET6_ADDRSTRLEN] = {};
  (void)inet_ntop(family, bytes, result, sizeof result);
  return result;
}

void add_address(network_interface& to, const ifaddrs& x) {
  if (x.ifa_addr == nullptr)
    return;
  if (x.ifa_addr->sa_family == AF_INET6) {
    auto* v6 = reinterpret_cast<const sockaddr_in6*>(x.ifa_addr);
    to.addresses.push_back(text_of(AF_INET6, &v6->sin6_addr));
    to.has_ipv6 = true;
  } else if (x.ifa_addr->sa_family == AF_INET) {
    auto* v4 = reinterpret_cast<const sockaddr_in*>(x.ifa_addr);
    to.addresses.push_back(text_of(AF_INET, &v4->sin_addr));
    to.has_ipv4 = true;
    if (x.ifa_netmask == nullptr)
      return;
    // Also of loopback, where the system names none: 127.255.255.255 works.
    auto mask =
      reinterpret_cast<const sockaddr_in*>(x.ifa_netmask)->sin_addr.s_addr;
    if (ntohl(~mask) < 3) // /31 and /32 have none
      return;
    in_addr all{v4->sin_addr.s_addr | ~mask};
    to.broadcast.push_back(text_of(AF_INET, &all));
  }
}

/// As a socket takes it. Requires: `host` is numeric.
address numeric_address(const std::string& host, std::uint16_t port) {
  auto found = actors::numeric({host, port});
  return found && !found->empty() ? found->front() : address{};
}

const sockaddr* raw(const address& x) {
  return reinterpret_cast<const sockaddr*>(&x.raw);
}

bool join(int fd, const address& group, unsigned index, bool is_new) {
  auto done = 0;
  if (group.raw.ss_family == AF_INET) {
    ip_mreqn x{};
    x.imr_multiaddr =
      reinterpret_cast<const sockaddr_in*>(&group.raw)->sin_addr;
    x.imr_ifindex = static_cast<int>(index);
    done =
      setsockopt(fd, IPPROTO_IP,
                 is_new ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP, &x, sizeof x);
  } else {
    ipv6_mreq x{};
    x.ipv6mr_multiaddr =
      reinterpret_cast<const sockaddr_in6*>(&group.raw)->sin6_addr;
    x.ipv6mr_interface = index;
    done = setsockopt(fd, IPPROTO_IPV6,
                      is_new ? IPV6_ADD_MEMBERSHIP : IPV6_DROP_MEMBERSHIP, &x,
                      sizeof x);
  }
  return done == 0 || errno == EADDRINUSE; // joined before
}

bool leave_by(int fd, int family, unsigned index) {
  if (family == AF_INET6)
    return set_option(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF,
                      static_cast<int>(index));
  ip_mreqn x{};
  x.imr_ifindex = static_cast<int>(index);
  return setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &x, sizeof x) == 0;
}

/// The interface that a datagram came in by; 0 is none.
unsigned arrived_by(msghdr& x) {
  for (auto* c = CMSG_FIRSTHDR(&x); c != nullptr; c = CMSG_NXTHDR(&x, c)) {
    if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
      in_pktinfo info;
      std::memcpy(&info, CMSG_DATA(c), sizeof info);
      return static_cast<unsigned>(info.ipi_ifindex);
    }
    if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info;
      std::memcpy(&info, CMSG_DATA(c), sizeof info);
      return info.ipi6_ifindex;
    }
  }
  return 0;
}

/// Room for one turn of `recvmmsg`.
struct batch {
  mmsghdr heads[batch_size] = {};
  iovec parts[batch_size] = {};
  sockaddr_storage from[batch_size] = {};
  alignas(cmsghdr) char control[batch_size][64];
  char bytes[batch_size][max_beacon_packet + 1]; // so that one too long is seen

  batch() {
    for (std::size_t i = 0; i < batch_size; ++i) {
      parts[i] = {bytes[i], sizeof bytes[i]};
      auto& x = heads[i].msg_hdr;
      x.msg_name = &from[i];
      x.msg_namelen = sizeof from[i];
      x.msg_iov = &parts[i];
      x.msg_iovlen = 1;
      x.msg_control = control[i];
      x.msg_controllen = sizeof control[i];
    }
  }
};

} // namespace

std::vector<network_interface> list_interfaces() {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0)
    return {};
  std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> list{first, freeifaddrs};
  std::map<std::string, network_interface> result;
  for (auto* i = first; i != nullptr; i = i->ifa_next) {
    if ((i->ifa_flags & IFF_UP) == 0)
      continue;
    auto& x = result[i->ifa_name];
    x.name = i->ifa_name;
    x.is_loopback = (i->ifa_flags & IFF_LOOPBACK) != 0;
    x.has_multicast = (i->ifa_flags & IFF_MULTICAST) != 0;
    add_address(x, *i);
  }
  std::vector<network_interface> xs;
  for (auto& [name, x] : result) {
    x.index = if_nametoindex(name.c_str());
    if (x.index != 0)
      xs.push_back(std::move(x));
  }
  return xs;
}

gossip_sockets::gossip_sockets(gossip_places places)
    : places_(std::move(places)) {
  if (places_.broadcast) {
    channels_.push_back({AF_INET, {}, {}, {}});
    return;
  }
  for (const auto& group : places_.groups) {
    auto at = numeric_address(group, places_.port);
    channels_.push_back({at.raw.ss_family, at, {}, {}});
  }
}

bool gossip_sockets::is_wanted(const network_interface& x) const {
  if (places_.loopback_only && !x.is_loopback)
    return false;
  auto is_named = [&](const std::string& name) {
    auto has = std::find(x.addresses.begin(), x.addresses.end(), name);
    return name == x.name || has != x.addresses.end();
  };
  return places_.interfaces.empty()
         || std::any_of(places_.interfaces.begin(), places_.interfaces.end(),
                        is_named);
}

failure gossip_sockets::problem(const std::string& why) const {
  return {errc::cannot_connect,
          "cannot use UDP port " + std::to_string(places_.port) + ": " + why};
}

std::optional<failure> gossip_sockets::refresh() {
  used_ = list_interfaces();
  std::erase_if(used_, [this](const auto& x) { return !is_wanted(x); });
  if (used_.empty())
    return problem("none of the wanted network interfaces is up");
  auto is_open = false;
  for (auto& x : channels_)
    if (open(x)) {
      is_open = true;
      follow(x);
    }
  if (!is_open)
    return problem(std::strerror(last_error_));
  return std::nullopt;
}

bool gossip_sockets::open(channel& x) {
  if (x.fd)
    return true;
  unique_fd fd{
    ::socket(x.family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  auto any = x.family == AF_INET ? "0.0.0.0" : "::";
  auto at = numeric_address(any, places_.port);
  auto ttl = static_cast<int>(places_.ttl);
  auto s = fd.get();
  // All that listen on the port get what is sent to all; also other users'.
  auto done = fd && set_option(s, SOL_SOCKET, SO_REUSEADDR, 1);
  if (x.family == AF_INET)
    done = done && set_option(s, SOL_SOCKET, SO_BROADCAST, 1)
           && set_option(s, IPPROTO_IP, IP_PKTINFO, 1)
           && set_option(s, IPPROTO_IP, IP_MULTICAST_ALL, 0)
           && set_option(s, IPPROTO_IP, IP_MULTICAST_LOOP, 1)
           && set_option(s, IPPROTO_IP, IP_MULTICAST_TTL, ttl);
  else
    done = done && set_option(s, IPPROTO_IPV6, IPV6_V6ONLY, 1)
           && set_option(s, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
           && set_option(s, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0)
           && set_option(s, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 1)
           && set_option(s, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, ttl);
  (void)set_option(s, SOL_SOCKET, SO_RCVBUF, receive_buffer);
  if (!done || ::bind(s, raw(at), at.size) != 0) {
    last_error_ = errno;
    return false;
  }
  x.fd = std::move(fd);
  return true;
}

/// Joins the group where it is not joined. One that cannot be joined is tried
/// again the next time.
void gossip_sockets::follow(channel& x) {
  if (places_.broadcast)
    return;
  auto is_used = [this](unsigned index) {
    return std::any_of(used_.begin(), used_.end(),
                       [&](const auto& i) { return i.index == index; });
  };
  for (auto index : x.joined)
    if (!is_used(index))
      (void)join(x.fd.get(), x.group, index, false);
  std::erase_if(x.joined, [&](auto index) { return !is_used(index); });
  for (const auto& i : used_)
    if ((i.has_multicast || i.is_loopback)
        && (x.family == AF_INET ? i.has_ipv4 : i.has_ipv6)
        && !x.joined.contains(i.index)
        && join(x.fd.get(), x.group, i.index, true))
      x.joined.insert(i.index);
}

std::optional<failure>
gossip_sockets::send(const std::function<std::string()>& next,
                     bool loopback_only) {
  auto was_sent = false;
  last_error_ = ENETUNREACH;
  for (const auto& x : channels_)
    for (const auto& to : used_)
      if (x.fd && (to.is_loopback || !loopback_only))
        was_sent = send_on(x, to, next()) || was_sent;
  if (!was_sent)
    return problem(std::string{"cannot send on any interface: "}
                   + std::strerror(last_error_));
  return std::nullopt;
}

bool gossip_sockets::send_on(const channel& x, const network_interface& to,
                             std::string_view packet) {
  auto send_to = [&](const address& at) {
    auto n = ::sendto(x.fd.get(), packet.data(), packet.size(),
                      MSG_DONTWAIT | MSG_NOSIGNAL, raw(at), at.size);
    if (n < 0)
      last_error_ = errno;
    return n >= 0;
  };
  if (!places_.broadcast)
    return x.joined.contains(to.index)
           && leave_by(x.fd.get(), x.family, to.index) && send_to(x.group);
  auto result = false;
  for (const auto& all : to.broadcast)
    result = send_to(numeric_address(all, places_.port)) || result;
  return result;
}

void gossip_sockets::receive(
  const std::function<void(const heard_packet&)>& take) {
  for (const auto& x : channels_)
    for (int i = 0; x.fd && i < batches_a_turn && receive_batch(x, take); ++i) {
    }
}

/// False: there are no more.
bool gossip_sockets::receive_batch(
  const channel& x, const std::function<void(const heard_packet&)>& take) {
  batch b;
  auto n = ::recvmmsg(x.fd.get(), b.heads, batch_size, MSG_DONTWAIT, nullptr);
  for (std::size_t i = 0; i < static_cast<std::size_t>(std::max(n, 0)); ++i) {
    auto index = arrived_by(b.heads[i].msg_hdr);
    auto by = std::find_if(used_.begin(), used_.end(),
                           [&](const auto& u) { return u.index == index; });
    if (by != used_.end())
      take({{b.bytes[i], b.heads[i].msg_len}, b.from[i], by->is_loopback});
  }
  return n == static_cast<int>(batch_size);
}

std::vector<int> gossip_sockets::descriptors() const {
  std::vector<int> result;
  for (const auto& x : channels_)
    if (x.fd)
      result.push_back(x.fd.get());
  return result;
}

} // namespace horde::formation
