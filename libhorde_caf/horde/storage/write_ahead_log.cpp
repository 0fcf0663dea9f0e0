// SPDX-License-Identifier: MIT

#include "horde/storage/write_ahead_log.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <vector>

namespace horde::storage {

namespace {

using byte_span = std::span<const unsigned char>;

constexpr std::size_t log_header_size = 32;
constexpr std::size_t frame_header_size = 24;
constexpr std::uint32_t magic_little = 0x377f0682;
constexpr std::uint32_t magic_big = 0x377f0683;

std::uint32_t big_endian(byte_span x, std::size_t at) {
  return static_cast<std::uint32_t>(x[at]) << 24
         | static_cast<std::uint32_t>(x[at + 1]) << 16
         | static_cast<std::uint32_t>(x[at + 2]) << 8
         | static_cast<std::uint32_t>(x[at + 3]);
}

std::uint32_t little_endian(byte_span x, std::size_t at) {
  return __builtin_bswap32(big_endian(x, at));
}

/// The running checksum of a log: each frame's goes on from the one before.
class running_checksum {
public:
  void start(bool big) { big_ = big; }

  /// Requires: a length that is a multiple of 8.
  void add(byte_span x) {
    for (std::size_t at = 0; at < x.size(); at += 8) {
      first_ += number(x, at) + second_;
      second_ += number(x, at + 4) + first_;
    }
  }

  bool is_at(byte_span x, std::size_t at) const {
    return big_endian(x, at) == first_ && big_endian(x, at + 4) == second_;
  }

private:
  std::uint32_t number(byte_span x, std::size_t at) const {
    return big_ ? big_endian(x, at) : little_endian(x, at);
  }

  bool big_ = false;
  std::uint32_t first_ = 0;
  std::uint32_t second_ = 0;
};

bool read(std::ifstream& in, std::span<unsigned char> out) {
  in.read(reinterpret_cast<char*>(out.data()),
          static_cast<std::streamsize>(out.size()));
  return in.gcount() == static_cast<std::streamsize>(out.size());
}

bool is_page_size(std::uint32_t x) {
  return x >= 512 && x <= 65536 && (x & (x - 1)) == 0;
}

/// Whether all frames that are there in full fit.
bool frames_fit(std::ifstream& in, byte_span log_header,
                running_checksum& sum) {
  std::vector<unsigned char> frame(frame_header_size
                                   + big_endian(log_header, 8));
  byte_span view{frame};
  while (read(in, frame)) {
    bool same_salts = big_endian(view, 8) == big_endian(log_header, 16)
                      && big_endian(view, 12) == big_endian(log_header, 20);
    sum.add(view.first(8));
    sum.add(view.subspan(frame_header_size));
    if (!same_salts || !sum.is_at(view, 16))
      return false;
  }
  return true;
}

} // namespace

log_condition inspect_log(const std::string& path) {
  std::error_code error;
  auto size = std::filesystem::file_size(path, error);
  if (error)
    return std::filesystem::exists(path, error) ? log_condition::headless
                                                : log_condition::absent;
  if (size <= log_header_size) // its first frame never came
    return log_condition::whole;
  std::ifstream in{path, std::ios::binary};
  std::array<unsigned char, log_header_size> header{};
  if (!read(in, header))
    return log_condition::headless;
  auto magic = big_endian(header, 0);
  running_checksum sum;
  sum.start(magic == magic_big);
  sum.add(byte_span{header}.first(24));
  if ((magic != magic_little && magic != magic_big) || !sum.is_at(header, 24)
      || !is_page_size(big_endian(header, 8)))
    return log_condition::headless;
  return frames_fit(in, header, sum) ? log_condition::whole
                                     : log_condition::broken;
}

} // namespace horde::storage
