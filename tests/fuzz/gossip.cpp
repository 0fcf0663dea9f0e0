// SPDX-License-Identifier: MIT
//
// What comes to a gossip port from anybody: beacons of the cluster late,
// repeated or damaged, beacons of others, beacons that a member wrote wrongly,
// nonsense; and answers of DNS servers.

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "fuzz/harness.hpp"
#include "fuzz/script.hpp"
#include "horde/actors/formation/beacon_seal.hpp"
#include "horde/formation/beacon_book.hpp"
#include "horde/formation/dns_message.hpp"
#include "horde/hash.hpp"

namespace horde::fuzz {

using namespace horde::formation;

namespace {

constexpr std::chrono::milliseconds noon{1732262400000};
constexpr std::size_t max_streams = 2; // of three

beacon some_beacon(script& in) {
  beacon x;
  x.node = {"n" + std::to_string(in.below(4)), {in.byte(), in.byte()}};
  x.at = {in.flag() ? "10.0.0.1" : "", 4711};
  x.sent = wall_time{noon + std::chrono::seconds{in.byte()}};
  return x;
}

/// Who hears, in the order of the checks of the strategy.
struct listener {
  beacon_seal seal;
  beacon_book book{{.max_streams = max_streams}};

  void hear(const std::string& packet, const std::vector<std::string>& sent,
            moment now) {
    auto head = head_of(packet);
    if (!head || !seal.knows(*head) || !book.may_be_new(*head))
      return;
    auto plain = seal.open(*head, packet);
    if (!plain)
      return;
    HORDE_ASSERT(std::find(sent.begin(), sent.end(), packet) != sent.end());
    auto x = parse_beacon(*plain);
    HORDE_ASSERT(x.has_value());
    HORDE_ASSERT(parse_beacon(to_bytes(*x)) == x);
    if (book.hear(*head, x->sent, x->at, way::told, now) != hearing::taken)
      return;
    HORDE_ASSERT(!book.may_be_new(*head));
    HORDE_ASSERT(book.streams() <= max_streams);
  }
};

/// Answers of DNS, and what is in a packet once it is open.
void parse_all(std::string_view bytes) {
  for (auto type : {dns_type::a, dns_type::aaaa, dns_type::srv})
    if (auto answer = parse_dns_answer(bytes, type)) {
      for (const auto& x : answer->records)
        HORDE_ASSERT(!x.host.empty() && x.host.size() <= 320
                     && (x.port != 0) == (type == dns_type::srv));
      HORDE_ASSERT(answer->valid_for.has_value() == !answer->records.empty());
    }
  if (auto x = parse_beacon(bytes)) {
    HORDE_ASSERT(x->at.port != 0 && !x->node.name.empty());
    HORDE_ASSERT(parse_beacon(to_bytes(*x)) == x);
  }
}

} // namespace

void run_gossip(std::string_view input) {
  parse_all(input);
  script in{input};
  // Of each script its own one, or a fuzzer that watches comparisons copies a
  // packet out of one run into another one.
  const std::vector secrets{"of script " + std::to_string(hash64(input, 0))};
  listener self{{secrets, "c"}};
  beacon_seal peers[]{{secrets, "c"}, {secrets, "c"}, {secrets, "c"}};
  beacon_seal stranger{{"another secret of somebody"}, "c"};
  std::vector<std::string> sent;
  duration now = std::chrono::hours{1};
  auto time = [&] { return moment{instant{now}, wall_time{noon + now}}; };
  while (!in.is_over()) {
    std::string packet;
    switch (in.below(6)) {
    case 0: {
      auto x = some_beacon(in);
      x.sent += now; // of the time it is
      sent.push_back(peers[in.below(3)].seal(x));
      continue; // perhaps to come later
    }
    case 1:
      if (!sent.empty())
        packet = sent[in.byte() % sent.size()];
      break;
    case 2:
      if (!sent.empty())
        packet = damaged(in, sent[in.byte() % sent.size()]);
      break;
    case 3: packet = stranger.seal(some_beacon(in)); break;
    case 4: now += std::chrono::seconds{in.byte()}; continue;
    default: packet = std::string{in.bytes()};
    }
    self.hear(packet, sent, time());
    (void)self.book.nodes(instant{now});
  }
  // Nothing of this keeps the next one from being heard.
  beacon last{{"last", {9, 9}}, {"10.9.9.9", 9}, time().wall};
  beacon_seal newcomer{secrets, "c"};
  sent.push_back(newcomer.seal(last));
  self.hear(sent.back(), sent, time());
  auto all = self.book.nodes(instant{now});
  HORDE_ASSERT(std::find(all.begin(), all.end(), last.at) != all.end());
}

std::vector<std::string> gossip_seeds() {
  script_writer in_order, repeated, copied, foreign, later;
  for (std::size_t i = 0; i < 70; ++i)
    in_order.byte(0)
      .byte(i)
      .byte(i)
      .byte(1)
      .byte(1)
      .byte(0)
      .byte(0)
      .byte(1)
      .byte(i);
  for (std::size_t i = 0; i < 3; ++i)
    repeated.byte(0).byte(1).byte(1).byte(1).byte(0).byte(0).byte(i);
  for (std::size_t i = 0; i < 9; ++i)
    repeated.byte(1).byte(i % 3);
  copied.byte(0).byte(1).byte(1).byte(1).byte(1).byte(0).byte(0);
  for (std::size_t where = 0; where < 90; ++where)
    copied.byte(2).byte(0).byte(1).byte(where).byte(0).byte(0).byte(0xff);
  foreign.byte(3).byte(1).byte(1).byte(1).byte(1).byte(0);
  later.byte(0).byte(1).byte(1).byte(1).byte(1).byte(0).byte(0).byte(1).byte(0);
  for (auto i = 0; i < 20; ++i)
    later.byte(4).byte(100).byte(1).byte(0);
  beacon x{{"n1", {1, 2}}, {"10.0.0.1", 4711}, wall_time{noon}};
  const std::string answer{"\0\x4d\x81\x80\0\1\0\1\0\0\0\0"
                           "\3svc\2ns\0\0\x21\0\1"
                           "\xc0\x0c\0\x21\0\1\0\0\0\5\0\x0c"
                           "\0\0\0\0\x12\x67\3pod\xc0\x0c",
                           48};
  return {in_order.take(), repeated.take(), copied.take(), foreign.take(),
          later.take(),    to_bytes(x),     answer};
}

} // namespace horde::fuzz
