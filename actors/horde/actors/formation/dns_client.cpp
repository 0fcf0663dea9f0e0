// SPDX-License-Identifier: MIT

#include "horde/actors/formation/dns_client.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string_view>
#include <utility>

#include <ares.h>
#include <poll.h>

#include "horde/actors/door/socket.hpp"
#include "horde/endpoint.hpp"

namespace horde::formation {

namespace {

using std::chrono::milliseconds;
using clock = std::chrono::steady_clock;

constexpr int tries = 2; // of each server
constexpr auto blind = milliseconds{50};

/// c-ares needs it once a process.
int init_library() {
  static const int result = ares_library_init(ARES_LIB_INIT_ALL);
  return result;
}

std::string_view to_string(dns_type x) {
  switch (x) {
  case dns_type::a: return "A";
  case dns_type::aaaa: return "AAAA";
  case dns_type::srv: return "SRV";
  }
  return "???";
}

failure explain(const dns_question& x, int status) {
  auto what = std::string{to_string(x.type)} + " records of '" + x.name + "': ";
  if (status == ARES_ENOTFOUND)
    return {errc::not_found, what + "there is no such name (NXDOMAIN)"};
  if (status == ARES_ETIMEOUT || status == ARES_ECANCELLED)
    return {errc::timeout, what + "no DNS server answered in time"};
  return {errc::cannot_connect, what + ares_strerror(status)};
}

/// Where the answer to one question goes.
struct slot {
  const dns_question& what;
  std::size_t& pending;
  outcome<dns_answer> result = failure{};

  void take(int status, std::string_view bytes) {
    --pending;
    if (status == ARES_ENODATA) {
      result = dns_answer{};
      return;
    }
    if (status != ARES_SUCCESS) {
      result = explain(what, status);
      return;
    }
    auto answer = parse_dns_answer(bytes, what.type);
    if (answer)
      result = std::move(*answer);
    else
      result = explain(what, ARES_EBADRESP);
  }
};

void on_answer(void* to, int status, int, unsigned char* bytes, int size) {
  auto* first = reinterpret_cast<const char*>(bytes);
  std::string_view text;
  if (bytes != nullptr)
    text = {first, static_cast<std::size_t>(size)};
  static_cast<slot*>(to)->take(status, text);
}

struct destroy {
  void operator()(ares_channel x) const { ares_destroy(x); }
};
using channel = std::unique_ptr<ares_channeldata, destroy>;

/// Waits twice as long for the second try.
channel open(const dns_servers& whom) {
  ares_options options{};
  auto first = std::chrono::duration_cast<milliseconds>(whom.timeout) / 3;
  options.timeout =
    static_cast<int>(std::max<milliseconds::rep>(first.count(), 1));
  options.tries = tries;
  ares_channel raw = nullptr;
  if (init_library() != ARES_SUCCESS
      || ares_init_options(&raw, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES)
           != ARES_SUCCESS)
    return nullptr;
  channel result{raw};
  std::string list;
  for (const auto& x : whom.addresses)
    list += (list.empty() ? "" : ",") + x;
  if (!list.empty()
      && ares_set_servers_ports_csv(raw, list.c_str()) != ARES_SUCCESS)
    return nullptr;
  return result;
}

/// Waits for sockets, at most for `limit`, and lets c-ares work. False: there
/// was a wake-up.
bool turn(ares_channel x, milliseconds limit, int wake_up) {
  ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
  auto mask =
    static_cast<unsigned>(ares_getsock(x, sockets, ARES_GETSOCK_MAXNUM));
  std::vector<pollfd> fds{{wake_up, POLLIN, 0}};
  for (unsigned i = 0; i < ARES_GETSOCK_MAXNUM; ++i) {
    auto reads = ARES_GETSOCK_READABLE(mask, i) != 0;
    auto writes = ARES_GETSOCK_WRITABLE(mask, i) != 0;
    if (reads || writes)
      fds.push_back(
        {sockets[i],
         static_cast<short>((reads ? POLLIN : 0) | (writes ? POLLOUT : 0)), 0});
  }
  timeval most{limit.count() / 1000, limit.count() % 1000 * 1000};
  timeval next{};
  auto* wait = ares_timeout(x, &most, &next);
  auto ms =
    static_cast<int>(wait->tv_sec * 1000 + (wait->tv_usec + 999) / 1000);
  (void)::poll(fds.data(), fds.size(), ms);
  for (std::size_t i = 1; i < fds.size(); ++i) {
    constexpr auto readable = POLLIN | POLLERR | POLLHUP;
    auto none = ARES_SOCKET_BAD;
    ares_process_fd(x, (fds[i].revents & readable) != 0 ? fds[i].fd : none,
                    (fds[i].revents & POLLOUT) != 0 ? fds[i].fd : none);
  }
  ares_process_fd(x, ARES_SOCKET_BAD, ARES_SOCKET_BAD); // what is too late
  return fds.front().revents == 0;
}

} // namespace

bool is_dns_server(const std::string& text) {
  auto is_address = [](const std::string& host) {
    auto found = actors::numeric({host, 53});
    return !host.empty() && found && !found->empty();
  };
  if (auto x = parse_endpoint(text))
    return x->port != 0 && is_address(x->host);
  return is_address(text);
}

std::vector<outcome<dns_answer>> ask_dns(const dns_servers& whom,
                                         const std::vector<dns_question>& what,
                                         waker& by) {
  auto end = clock::now() + whom.timeout;
  std::size_t pending = what.size();
  std::vector<slot> slots; // c-ares knows where they are: never moved
  slots.reserve(what.size());
  for (const auto& x : what)
    slots.push_back({x, pending});
  auto open_channel = open(whom);
  if (open_channel == nullptr)
    for (auto& x : slots)
      x.take(ARES_ENOTINITIALIZED, {});
  else
    for (auto& x : slots)
      ares_search(open_channel.get(), x.what.name.c_str(), 1 /* internet */,
                  static_cast<int>(x.what.type), on_answer, &x);
  // A wake-up that is no stop stays for the wait that follows.
  auto wake_up = by.fd();
  while (pending > 0) {
    auto left = std::chrono::ceil<milliseconds>(end - clock::now());
    if (left.count() <= 0 || by.is_stopped()) {
      ares_cancel(open_channel.get());
      break;
    }
    if (!turn(open_channel.get(), wake_up < 0 ? std::min(left, blind) : left,
              wake_up))
      wake_up = -1;
  }
  std::vector<outcome<dns_answer>> result;
  for (auto& x : slots)
    result.push_back(std::move(x.result));
  return result;
}

} // namespace horde::formation
