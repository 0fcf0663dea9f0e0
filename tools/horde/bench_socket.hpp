// SPDX-License-Identifier: MIT
//
// A TCP connection to ourselves, for measurements: blocking, frames of bytes.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace horde::tools {

/// One end of a connection; closes it.
class bench_socket {
public:
  explicit bench_socket(int fd) : fd_(fd) {}
  bench_socket(bench_socket&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)) {}
  bench_socket& operator=(bench_socket&&) = delete;
  ~bench_socket();

  int fd() const { return fd_; }

  /// These return false if the connection ended.
  bool write(std::string_view bytes) const;
  bool read(char* to, std::size_t bytes) const;

  /// The same with the length before the bytes.
  bool write_frame(std::string_view bytes) const;
  bool read_frame(std::string& bytes) const;

  /// The other end reads until the end from now on.
  void end_writing() const;

private:
  int fd_;
};

/// Both ends of a connection over the loopback interface; nothing if the
/// system allows none.
std::optional<std::pair<bench_socket, bench_socket>> connect_loopback();

using frame_sizes = std::vector<std::size_t>;

/// Seconds until the last byte of all frames was read, by threads that do
/// nothing else.
double copy_time(const frame_sizes& sizes, const bench_socket& from,
                 const bench_socket& to);

} // namespace horde::tools
