// SPDX-License-Identifier: MIT

#include "horde/actors/formation/gossip.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <string_view>
#include <utility>

#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>

#include "horde/actors/door/config.hpp"
#include "horde/actors/door/socket.hpp"
#include "horde/actors/formation/beacon_seal.hpp"
#include "horde/actors/formation/gossip_sockets.hpp"
#include "horde/formation/beacon_book.hpp"
#include "horde/formation/settings_reader.hpp"
#include "horde/random.hpp"

namespace horde::formation {

namespace {

using namespace std::chrono_literals;
using counts = std::vector<formation_counter>;

moment now() {
  using std::chrono::duration_cast;
  auto steady = std::chrono::steady_clock::now().time_since_epoch();
  auto wall = std::chrono::system_clock::now().time_since_epoch();
  return {instant{duration_cast<duration>(steady)},
          wall_time{duration_cast<duration>(wall)}};
}

/// An address that others can use as it is. Names are not told: on a network
/// where nodes find each other like this, nobody may know them. Neither are
/// addresses that name an interface: theirs is called otherwise.
bool is_telling(const std::string& host) {
  if (actors::is_loopback(host))
    return true;
  if (host.empty() || host == "0.0.0.0" || host == "::"
      || host.find('%') != std::string::npos)
    return false;
  auto found = actors::numeric({host, 1});
  return found && !found->empty();
}

std::string host_of(const sockaddr_storage& x) {
  char host[NI_MAXHOST] = {};
  auto size =
    x.ss_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
  (void)getnameinfo(reinterpret_cast<const sockaddr*>(&x),
                    static_cast<socklen_t>(size), host, sizeof host, nullptr, 0,
                    NI_NUMERICHOST);
  return host;
}

class gossip final : public strategy {
public:
  gossip(const gossip_settings& settings, const seeker& me)
      : me_(me), heartbeat_(settings.heartbeat),
        is_local_(actors::is_loopback(me.at.host)),
        sockets_({settings.multicast_addr, settings.port, settings.ttl,
                  settings.broadcast, settings.interfaces, me.secrets.empty()}),
        seal_(std::in_place, me.secrets, me.cluster),
        book_({.forget_after = 5 * settings.heartbeat}),
        rng_(std::random_device{}()) {}

  lookup_result look_up(waker&) override {
    speak_if_due();
    listen();
    if (fault_)
      return *fault_;
    told_ = book_.nodes(now().at);
    return lookup{told_, {}};
  }

  void wait(duration limit, waker& by) override {
    auto end = now().at + std::min<duration>(limit, 24h);
    while (!by.is_stopped()) {
      auto left = std::min(end, next_beacon_) - now().at;
      if (left > 0ns && rest(left, by))
        return by.clear();
      listen();
      speak_if_due();
      if (is_news_ || now().at >= end)
        return;
    }
  }

  /// A new stream begins, so no packet is encrypted as one before.
  void set_secrets(const std::vector<std::string>& secrets) override {
    seal_.emplace(secrets, me_.cluster);
  }

  counts counters() const override { return counts_; }

private:
  /// True if it was woken; also returns when something can be read.
  bool rest(duration limit, waker& by) {
    std::vector<pollfd> fds{{by.fd(), POLLIN, 0}};
    for (auto fd : sockets_.descriptors())
      fds.push_back({fd, POLLIN, 0});
    if (by.fd() < 0) // it cannot wake us
      limit = std::min<duration>(limit, 50ms);
    auto ms = std::chrono::ceil<std::chrono::milliseconds>(limit).count();
    (void)::poll(fds.data(), fds.size(), static_cast<int>(ms));
    return (fds.front().revents & POLLIN) != 0;
  }

  void speak_if_due() {
    auto time = now();
    if (time.at < next_beacon_)
      return;
    next_beacon_ = time.at + pause_between_beacons(rng_, heartbeat_);
    fault_ = sockets_.refresh();
    if (fault_)
      return;
    beacon x{me_.self, me_.at, time.wall};
    if (!is_telling(x.at.host))
      x.at.host.clear();
    fault_ = sockets_.send([&] { return seal_->seal(x); }, is_local_);
    count(fault_ ? "send_failures" : "sent");
  }

  void listen() {
    is_news_ = false;
    sockets_.receive([this](const heard_packet& x) { hear(x); });
  }

  /// The cheap checks first: most of what a flood sends ends before the proof.
  void hear(const heard_packet& x) {
    auto head = head_of(x.bytes);
    if (!head)
      return count("malformed");
    if (!seal_->knows(*head))
      return count("foreign");
    if (head->stream == seal_->stream())
      return; // our own
    if (!book_.may_be_new(*head))
      return count("repeated");
    auto plain = seal_->open(*head, x.bytes);
    if (!plain)
      return count("forged");
    auto content = parse_beacon(*plain);
    if (!content)
      return count("malformed");
    take(*head, *content, x);
  }

  void take(const beacon_head& head, beacon x, const heard_packet& from) {
    if (x.node.life == me_.self.life)
      return; // another topology of this node
    auto by = way::told;
    if (!x.at.host.empty() && actors::is_loopback(x.at.host)
        && !from.on_loopback)
      return count("malformed"); // means the sender's machine
    if (x.at.host.empty()) {
      x.at.host = host_of(from.from);
      by = actors::is_loopback(x.at.host)   ? way::loopback
           : from.from.ss_family == AF_INET ? way::ipv4
                                            : way::ipv6;
    }
    auto time = now();
    auto how = book_.hear(head, x.sent, x.at, by, time);
    if (how == hearing::off_time)
      return count("off_time");
    count("heard");
    if (std::binary_search(told_.begin(), told_.end(), x.at))
      return;
    auto nodes = book_.nodes(time.at);
    is_news_ = is_news_ || std::binary_search(nodes.begin(), nodes.end(), x.at);
  }

  void count(std::string_view what) {
    auto is_it = [&](const auto& x) { return x.name == what; };
    ++std::find_if(counts_.begin(), counts_.end(), is_it)->value;
  }

  seeker me_;
  duration heartbeat_;
  bool is_local_; ///< others could not reach us
  gossip_sockets sockets_;
  std::optional<beacon_seal> seal_; ///< always there
  beacon_book book_;
  random_engine rng_;
  instant next_beacon_{};
  std::optional<failure> fault_;
  std::vector<endpoint> told_;
  bool is_news_ = false;
  counts counts_{{"sent"},     {"send_failures"}, {"heard"},  {"repeated"},
                 {"off_time"}, {"foreign"},       {"forged"}, {"malformed"}};
};

// -- settings ----------------------------------------------------------------

/// The family of a multicast address, 0 if it is none.
int group_family(const std::string& text) {
  auto found = actors::numeric({text, 1});
  if (text.empty() || !found || found->empty())
    return 0;
  const auto& raw = found->front().raw;
  auto* v4 = reinterpret_cast<const sockaddr_in*>(&raw);
  auto* v6 = reinterpret_cast<const sockaddr_in6*>(&raw);
  auto is_group =
    raw.ss_family == AF_INET
      ? IN_MULTICAST(ntohl(v4->sin_addr.s_addr))
      : raw.ss_family == AF_INET6 && IN6_IS_ADDR_MULTICAST(&v6->sin6_addr);
  return is_group ? raw.ss_family : 0;
}

bool are_groups(const std::vector<std::string>& xs) {
  std::map<int, int> families;
  for (const auto& x : xs)
    ++families[group_family(x)];
  return !families.empty() && families[0] == 0 && families[AF_INET] <= 1
         && families[AF_INET6] <= 1;
}

failure bad(const std::string& name, const std::string& what) {
  return {errc::bad_option, "topology " + name + ": " + what};
}

std::optional<failure> validate(const std::string& name,
                                const gossip_settings& x) {
  if (!x.broadcast && !are_groups(x.multicast_addr))
    return bad(name, "multicast_addr: takes a multicast address of IPv4 "
                     "(224.0.0.0 to 239.255.255.255), of IPv6 (ff00::/8), or "
                     "one of each");
  if (x.port == 0)
    return bad(name, "port: takes a number from 1 to 65535");
  if (x.ttl < 1 || x.ttl > 255)
    return bad(name, "ttl: takes a number from 1 to 255");
  if (x.heartbeat < 100ms || x.heartbeat > 1h)
    return bad(name, "heartbeat: takes 100ms to 1h");
  return std::nullopt;
}

std::optional<failure> check_secret(const std::string& name,
                                    const gossip_settings& x,
                                    const seeker& me) {
  if (!me.secrets.empty())
    return std::nullopt;
  if (!actors::is_loopback(me.at.host))
    return bad(name, "gossip takes a secret, unless the node listens on "
                     "loopback");
  for (const auto& i : list_interfaces()) {
    auto is_named = [&](const std::string& n) {
      return n == i.name
             || std::count(i.addresses.begin(), i.addresses.end(), n) > 0;
    };
    if (!i.is_loopback
        && std::any_of(x.interfaces.begin(), x.interfaces.end(), is_named))
      return bad(name, "interface = '" + i.name
                         + "': takes loopback (lo) for nodes without a secret");
  }
  return std::nullopt;
}

} // namespace

topology gossip_topology(std::string name, gossip_settings settings) {
  topology result;
  result.name = name;
  result.kind = "gossip";
  result.make = [name = std::move(name), settings = std::move(settings)](
                  const seeker& me) -> outcome<strategy_ptr> {
    if (auto problem = validate(name, settings))
      return *problem;
    if (auto problem = check_secret(name, settings, me))
      return *problem;
    return std::make_unique<gossip>(settings, me);
  };
  return result;
}

outcome<topology> read_gossip(const std::string& name, settings_reader& from) {
  gossip_settings x;
  std::uint64_t ttl = x.ttl;
  from.take_list("multicast_addr", x.multicast_addr);
  from.take_port("port", x.port);
  from.take_number("ttl", ttl, 1, 255);
  from.take_list("interface", x.interfaces);
  from.take_flag("broadcast", x.broadcast);
  from.take_time("heartbeat", x.heartbeat);
  x.ttl = static_cast<unsigned>(ttl);
  if (auto problem = validate(name, x))
    return *problem;
  return gossip_topology(name, std::move(x));
}

} // namespace horde::formation
