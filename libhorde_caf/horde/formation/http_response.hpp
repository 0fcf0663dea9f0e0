// SPDX-License-Identifier: MIT
//
// Reads the answer to an HTTP/1.1 GET as it comes in, in pieces of any size.
// Takes only what is unambiguous; everything has a limit.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace horde::formation {

class http_response {
public:
  /// Status line and header fields together.
  static constexpr std::size_t max_head = 32 * 1024;

  enum class state : std::uint8_t { head, body, complete, invalid };

  /// More of the connection's bytes; what follows a complete answer is ignored.
  void take(std::string_view bytes);

  /// The connection was closed in good order. What has no other end ends here.
  void close();

  state where() const { return state_; }
  /// After the head: 200, 404, ...
  unsigned status() const { return status_; }
  /// While `invalid`: what is wrong.
  const std::string& problem() const { return problem_; }

  /// Body that came since the last call.
  std::string take_body();

private:
  enum class part : std::uint8_t {
    plain,      ///< of the body; `left_` bytes, or until the connection ends
    chunk_size, ///< a line
    chunk,      ///< `left_` bytes
    chunk_end,  ///< an empty line
    trailer,    ///< lines until an empty one
  };

  void refuse(std::string problem);
  bool take_head();
  bool take_status(std::string_view line);
  bool take_field(std::string_view line);
  bool take_part();
  bool take_bytes();
  bool take_line();
  void begin_body();

  state state_ = state::head;
  part part_ = part::plain;
  unsigned status_ = 0;
  bool chunked_ = false;
  bool has_length_ = false;
  std::uint64_t left_ = 0;
  std::size_t head_size_ = 0; // also of the trailer
  std::string unread_;
  std::string body_;
  std::string problem_;
};

} // namespace horde::formation
