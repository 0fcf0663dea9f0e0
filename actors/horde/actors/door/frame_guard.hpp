// SPDX-License-Identifier: MIT
//
// Looks at each BASP frame of one connection before BASP does and refuses what
// BASP does not survive: handshakes without payload (a null pointer in both CAF
// lines), payloads of any claimed size (allocated before one byte is there),
// data before the handshake, messages in messages deeper than the stack (CAF
// 0.17, whose frames name the types; CAF 1 has numbers there). It mirrors how
// BASP reads: exactly one header, then exactly its payload. Routed messages
// stay allowed, full mesh or not: delegated requests need them.

#pragma once

#include <cstddef>
#include <cstdint>

namespace horde::actors {

class frame_guard {
public:
  frame_guard(bool accepted, std::uint32_t max_frame)
      : accepted_(accepted), max_frame_(max_frame) {}

  /// Whether BASP may see these bytes: one header or one payload.
  bool admits(const void* bytes, std::size_t size);

  /// CAF reads a message in a message by recursion: about 20 000 levels are the
  /// end of a stack of 8 MiB. A frame with more messages in messages than this,
  /// at whatever level, is refused.
  static constexpr std::size_t most_nested = 10'000;

private:
  bool admits_handshake(std::uint8_t operation, std::uint32_t size);

  bool accepted_; // we were dialed
  std::uint32_t max_frame_;
  bool greeted_ = false;
  bool payload_next_ = false;
};

} // namespace horde::actors
