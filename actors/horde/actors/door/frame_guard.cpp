// SPDX-License-Identifier: MIT

#include "horde/actors/door/frame_guard.hpp"

#include <string_view>

namespace horde::actors {

namespace {

constexpr std::size_t header_size = 32;
constexpr std::uint8_t server_handshake_frame = 0;
constexpr std::uint8_t client_handshake_frame = 1;
constexpr std::uint8_t last_operation = 6; // heartbeat

// A node id and a few names.
constexpr std::uint32_t min_handshake = 4;
constexpr std::uint32_t max_handshake = 4096;

constexpr std::string_view nested_message = "@message"; // CAF 0.17's name of it

bool is_nested_too_often(std::string_view payload) {
  constexpr auto most = frame_guard::most_nested;
  if (payload.size() <= most * nested_message.size())
    return false;
  std::size_t found = 0;
  for (auto at = payload.find(nested_message); at != payload.npos;
       at = payload.find(nested_message, at + nested_message.size()))
    if (++found > most)
      return true;
  return false;
}

} // namespace

bool frame_guard::admits(const void* bytes, std::size_t size) {
  if (payload_next_) {
    payload_next_ = false;
    return !is_nested_too_often({static_cast<const char*>(bytes), size});
  }
  if (size != header_size)
    return false;
  auto* p = static_cast<const std::uint8_t*>(bytes);
  auto operation = p[0];
  auto length = std::uint32_t{p[4]} << 24 | std::uint32_t{p[5]} << 16
                | std::uint32_t{p[6]} << 8 | std::uint32_t{p[7]};
  payload_next_ = length > 0;
  if (operation <= client_handshake_frame)
    return admits_handshake(operation, length);
  return greeted_ && operation <= last_operation && length <= max_frame_;
}

bool frame_guard::admits_handshake(std::uint8_t operation,
                                   std::uint32_t length) {
  // CAF 0.17 repeats the client's handshake, nobody repeats the server's.
  auto again = greeted_ && operation == server_handshake_frame;
  greeted_ = true;
  return (operation == client_handshake_frame) == accepted_ && !again
         && length >= min_handshake && length <= max_handshake;
}

} // namespace horde::actors
