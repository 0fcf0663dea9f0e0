// SPDX-License-Identifier: MIT
//
// The datagrams beside a link, as they come from anybody: late, repeated,
// damaged, sent back, of another link, or nonsense.

#include <algorithm>
#include <optional>
#include <set>

#include "fuzz/harness.hpp"
#include "fuzz/script.hpp"
#include "horde/actors/door/datagram.hpp"
#include "horde/codec.hpp"
#include "horde/hash.hpp"

namespace horde::fuzz {

using namespace horde::actors;

namespace {

constexpr incarnation left_life{1700000000000, 1};
constexpr incarnation right_life{1700000000001, 2};

/// 32 bytes that only two ends know: of each script its own ones, or a fuzzer
/// that watches comparisons copies a datagram out of one run into another one.
std::string secret_of(std::string_view script) {
  std::string result;
  writer out{result};
  for (std::uint64_t part = 0; part < 4; ++part)
    out.fixed64(hash64(script, part));
  return result;
}

/// What the right end makes of what comes.
struct listener {
  datagram_seal end;
  std::set<std::string> taken;

  std::optional<datagram_seal::opened> hear(std::string_view bytes) {
    auto tag = tag_of(bytes);
    HORDE_ASSERT(!tag || bytes.size() >= datagram_frame_size);
    HORDE_ASSERT(!tag || bytes.size() <= max_datagram_size);
    return tag == end.tag() ? end.open(bytes) : std::nullopt;
  }
};

} // namespace

void run_datagrams(std::string_view input) {
  script in{input};
  auto secret = secret_of(input);
  listener right{{secret, right_life, left_life}, {}};
  datagram_seal left{secret, left_life, right_life};
  datagram_seal other{"a secret of two others, 32 bytes", left_life,
                      right_life};
  std::vector<std::string> sent; // by the left end
  while (!in.is_over()) {
    std::string bytes;
    switch (in.below(6)) {
    case 0: // sent, perhaps to come later
      sent.push_back(left.seal(in.bytes().substr(0, max_datagram_payload)));
      continue;
    case 1:
      if (!sent.empty())
        bytes = sent[in.byte() % sent.size()];
      break;
    case 2:
      if (!sent.empty())
        bytes = damaged(in, sent[in.byte() % sent.size()]);
      break;
    case 3: bytes = right.end.seal(in.bytes().substr(0, 8)); break;
    case 4: bytes = other.seal(in.bytes().substr(0, 8)); break;
    default: bytes = std::string{in.bytes()};
    }
    auto opened = right.hear(bytes);
    if (!opened)
      continue;
    auto is_real = std::find(sent.begin(), sent.end(), bytes) != sent.end();
    HORDE_ASSERT(is_real);
    HORDE_ASSERT(right.taken.insert(bytes).second); // once
    HORDE_ASSERT(opened->payload.size() + datagram_frame_size == bytes.size());
    HORDE_ASSERT(!right.hear(bytes));
  }
  // Nothing of this keeps the next one from being heard.
  auto last = left.seal("last");
  auto opened = right.hear(last);
  HORDE_ASSERT(opened && opened->payload == "last" && opened->is_newest);
}

std::vector<std::string> datagram_seeds() {
  script_writer in_order, late, copied, foreign, unsent;
  for (std::size_t i = 0; i < 70; ++i)
    in_order.byte(0).bytes("beat").byte(1).byte(i);
  for (int i = 0; i < 70; ++i)
    late.byte(0).bytes("beat");
  for (std::size_t i = 70; i > 0; --i)
    late.byte(1).byte(i - 1);
  copied.byte(0).bytes("beat");
  for (std::size_t where = 0; where < 57; ++where)
    copied.byte(2).byte(0).byte(1).byte(where).byte(0).byte(0).byte(0xff);
  copied.byte(1).byte(0);
  datagram_seal left{secret_of("another script"), left_life, right_life};
  foreign.byte(3).bytes("echo").byte(4).bytes("other");
  unsent.byte(5).bytes(left.seal("not sent by the script").substr(0, 60));
  return {in_order.take(), late.take(), copied.take(), foreign.take(),
          unsent.take()};
}

} // namespace horde::fuzz
