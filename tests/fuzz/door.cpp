// SPDX-License-Identifier: MIT
//
// What the front door reads before anybody is authenticated: both sides of the
// handshake, cut into pieces in any way, and the headers of BASP frames.

#include <algorithm>
#include <array>

#include "fuzz/harness.hpp"
#include "fuzz/script.hpp"
#include "horde/actors/door/explain.hpp"
#include "horde/actors/door/frame_guard.hpp"
#include "horde/actors/door/handshake.hpp"

namespace horde::fuzz {

using namespace horde::actors;

namespace {

nonce filled(char x) {
  nonce result;
  result.fill(x);
  return result;
}

introduction named(std::string name, std::uint64_t random) {
  introduction result;
  result.cluster = "a";
  result.node = {std::move(name), {1700000000000, random}};
  return result;
}

// Nonces and keys are fixed, so that seeds can hold valid proofs.
struct parties {
  introduction left = named("left", 1);   // dials
  introduction right = named("right", 2); // is dialed
  door_key key{"a secret of 16 b", "a"};
  door_keys keys{door_key{"another secret of 16 b", "a"}, key};
  client_handshake client{left, key, filled('l')};
  server_handshake server{right, keys, filled('r')};
};

template <class Machine>
progress deliver(Machine& to, script& pieces, std::string_view bytes) {
  auto step = progress::more;
  while (step == progress::more && !bytes.empty() && to.wanted() > 0) {
    HORDE_ASSERT(to.wanted() <= max_handshake_size);
    auto n =
      std::min({pieces.byte() + std::size_t{1}, bytes.size(), to.wanted()});
    step = to.feed(bytes.substr(0, n));
    bytes.remove_prefix(n);
  }
  HORDE_ASSERT(step == progress::more || to.wanted() == 0);
  return step;
}

void check_peer(const std::optional<introduction>& x) {
  if (!x)
    return;
  HORDE_ASSERT(x->cluster.size() <= max_name_size);
  HORDE_ASSERT(x->node.name.size() <= max_name_size);
}

constexpr verdict decisions[] = {
  verdict::ok,          verdict::redundant,     verdict::self,
  verdict::name_in_use, verdict::shutting_down, verdict::not_certified,
  verdict::superseded};

void run_server(script& in) {
  parties p;
  auto decision = decisions[in.below(std::size(decisions))];
  auto bytes = in.bytes();
  auto step = deliver(p.server, in, bytes);
  check_peer(p.server.peer());
  if (step == progress::more)
    return;
  auto known = step == progress::decide;
  HORDE_ASSERT(!known || p.server.peer());
  auto answer = p.server.answer(known ? decision : p.server.result());
  HORDE_ASSERT(answer.size() <= max_handshake_size);
  if (!known) {
    HORDE_ASSERT(answer.size() <= 1); // says why, proves nothing
    auto why =
      explain_caller("10.0.0.1:1", p.server.result(), p.right, p.server.peer());
    HORDE_ASSERT(why.code != errc::none && !why.what.empty());
  }
}

void run_client(script& in) {
  parties p;
  auto greeting = in.bytes();
  auto answer = in.bytes();
  auto step = deliver(p.client, in, greeting);
  check_peer(p.client.peer());
  if (step == progress::decide) {
    HORDE_ASSERT(p.client.peer().has_value());
    HORDE_ASSERT(p.client.prove().size() <= max_handshake_size);
    step = deliver(p.client, in, answer);
  } else if (step == progress::over) {
    HORDE_ASSERT(p.client.farewell().size() <= max_handshake_size);
  }
  if (step != progress::over || p.client.result() == verdict::ok)
    return;
  auto why = explain_dial({"h", 1}, p.client.result(), p.left, p.client.peer());
  HORDE_ASSERT(why.code != errc::none && !why.what.empty());
}

/// Frames as BASP reads them: one header, then its payload.
void run_guard(script& in) {
  constexpr std::uint32_t limit = 1 << 20;
  constexpr std::uint32_t handshake_limit = 4096;
  auto accepted = in.flag();
  frame_guard guard{accepted, limit};
  for (bool first = true; !in.is_over(); first = false) {
    std::array<std::uint8_t, 32> header{};
    header[0] = in.byte();
    for (auto i = 4; i < 8; ++i)
      header[static_cast<std::size_t>(i)] = in.byte();
    auto size = in.flag() ? header.size() : in.below(64);
    std::vector<std::uint8_t> bytes(size); // so that reading past it is seen
    std::copy_n(header.begin(), std::min(size, header.size()), bytes.begin());
    if (!guard.admits(bytes.data(), bytes.size()))
      return; // the link is cut
    auto length = std::uint32_t{header[4]} << 24
                  | std::uint32_t{header[5]} << 16
                  | std::uint32_t{header[6]} << 8 | std::uint32_t{header[7]};
    auto is_handshake = header[0] <= 1;
    HORDE_ASSERT(size == header.size() && header[0] <= 6);
    HORDE_ASSERT(length <= (is_handshake ? handshake_limit : limit));
    HORDE_ASSERT(!is_handshake || length > 0);
    HORDE_ASSERT(!first || header[0] == (accepted ? 1 : 0));
    if (length > 0)
      HORDE_ASSERT(guard.admits("x", 1));
  }
}

} // namespace

void run_door(std::string_view input) {
  script in{input};
  switch (in.below(3)) {
  case 0: return run_server(in);
  case 1: return run_client(in);
  default: return run_guard(in);
  }
}

std::vector<std::string> door_seeds() {
  std::vector<std::string> result;
  parties p;
  script whole{""};
  auto greeting = p.server.greeting();
  deliver(p.client, whole, greeting);
  auto claim = p.client.prove();
  deliver(p.server, whole, claim);
  auto answer = p.server.answer(verdict::ok);
  auto pieces = std::string(8, '\xff');
  for (std::size_t i = 0; i < std::size(decisions); ++i)
    result.push_back(script_writer{}.byte(0).byte(i).bytes(claim).take()
                     + pieces);
  result.push_back(script_writer{}.byte(1).bytes(greeting).bytes(answer).take()
                   + pieces);
  auto stranger = named("right", 3);
  stranger.cluster = "another";
  server_handshake other{stranger, p.key, filled('o')};
  result.push_back(
    script_writer{}.byte(1).bytes(other.greeting()).bytes("").take() + pieces);
  for (auto notice : {tls_notice(), plain_notice()})
    for (std::size_t side : {0, 1})
      result.push_back(script_writer{}.byte(side).bytes(notice).bytes("").take()
                       + pieces);
  for (std::size_t side : {0, 1}) {
    script_writer out;
    out.byte(2).byte(side);
    for (std::size_t operation : {side, std::size_t{2}, std::size_t{6}})
      out.byte(operation)
        .byte(0)
        .byte(0)
        .byte(0)
        .byte(operation < 6 ? 40 : 0)
        .byte(1);
    result.push_back(out.take());
  }
  return result;
}

} // namespace horde::fuzz
