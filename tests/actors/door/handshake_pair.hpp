// SPDX-License-Identifier: MIT
//
// Both sides of a handshake, and what travels between them.

#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>

#include "horde/actors/door/handshake.hpp"

namespace horde::actors::test {

inline const std::string secret = "a secret of 16 b";

inline nonce filled(char x) {
  nonce result;
  result.fill(x);
  return result;
}

inline introduction make_introduction(std::string name, std::uint64_t random) {
  introduction result;
  result.cluster = "a";
  result.node = {std::move(name), {1700000000000, random}};
  return result;
}

/// Both machines, and what travels between them.
struct pair {
  introduction left = make_introduction("left", 1);   // dials
  introduction right = make_introduction("right", 2); // is dialed
  std::string left_secret = secret;
  std::string right_secret = secret;
  verdict decision = verdict::ok;
  /// May change what travels: 0 greeting, 1 claim, 2 answer.
  std::function<void(int, std::string&)> on_the_way = [](int, std::string&) {};

  struct ends {
    std::optional<verdict> client;
    std::optional<verdict> server;
    std::optional<introduction> seen_by_client;
    std::optional<introduction> seen_by_server;
    std::string greeting, claim, answer;
    std::string client_link_secret, server_link_secret; // if both are ok
  };

  ends run();
};

/// Feeds in pieces, as a socket may deliver. Stops at the first news.
template <class Machine>
progress deliver(Machine& to, std::string& bytes, std::size_t piece) {
  auto step = progress::more;
  while (step == progress::more && !bytes.empty() && to.wanted() > 0) {
    auto n = std::min({piece, bytes.size(), to.wanted()});
    step = to.feed(std::string_view{bytes}.substr(0, n));
    bytes.erase(0, n);
  }
  return step;
}

inline pair::ends pair::run() {
  ends result;
  door_key left_key{left_secret, left.cluster};
  door_key right_key{right_secret, right.cluster};
  client_handshake client{left, left_key, filled('l')};
  server_handshake server{right, right_key, filled('r')};
  auto bytes = result.greeting = server.greeting();
  on_the_way(0, bytes);
  auto step = deliver(client, bytes, 7);
  result.seen_by_client = client.peer();
  if (step == progress::decide)
    bytes = client.prove();
  else if (step == progress::over) {
    result.client = client.result();
    bytes = client.farewell();
  } else
    return result;
  result.claim = bytes;
  on_the_way(1, bytes);
  step = deliver(server, bytes, 13);
  result.seen_by_server = server.peer();
  if (step == progress::decide)
    bytes = server.answer(decision);
  else if (step == progress::over)
    bytes = server.answer(server.result());
  else
    return result;
  result.server = server.result();
  result.answer = bytes;
  on_the_way(2, bytes);
  if (!result.client && deliver(client, bytes, 5) == progress::over)
    result.client = client.result();
  if (result.client == verdict::ok) {
    result.client_link_secret = client.link_secret();
    result.server_link_secret = server.link_secret();
  }
  return result;
}

inline bool both_ok(const pair::ends& x) {
  return x.client == verdict::ok && x.server == verdict::ok;
}

} // namespace horde::actors::test
