// SPDX-License-Identifier: MIT

#include "horde/storage/store_file.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace horde::storage {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t header_size = 100;
constexpr std::string_view magic{"SQLite format 3\0", 16};

failure system_failure(const std::string& path, const std::string& doing,
                       int error) {
  return {errc::store_unusable, "store '" + path + "': " + doing + ": "
                                  + std::generic_category().message(error)};
}

std::uint32_t big_endian(std::string_view x, std::size_t at) {
  std::uint32_t result = 0;
  for (std::size_t i = 0; i < 4; ++i)
    result = result << 8 | static_cast<unsigned char>(x[at + i]);
  return result;
}

/// Makes what was renamed in a folder survive a power cut.
void sync_folder(const std::string& path) {
  auto folder = fs::path{path}.parent_path();
  auto fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return;
  ::fsync(fd);
  ::close(fd);
}

outcome<first_look> judge(const std::string& path, std::string_view header) {
  auto name = "'" + path + "' ";
  if (header.empty())
    return first_look::damaged;
  // Too short to tell whose it was: nobody may overwrite it.
  if (header.size() < header_size && magic.starts_with(header.substr(0, 16)))
    return failure{errc::store_damaged, name + "is too short to be a store"};
  if (header.size() < header_size || !header.starts_with(magic))
    return failure{errc::store_unusable,
                   name + "is not a store: it is not a SQLite file"};
  if (big_endian(header, 68) != application_id)
    return failure{errc::store_unusable,
                   name + "is another program's SQLite file, not a store"};
  auto version = big_endian(header, 60);
  if (version != format_version)
    return failure{errc::incompatible_version,
                   name + "is a store in format " + std::to_string(version)
                     + "; this version reads and writes format "
                     + std::to_string(format_version)};
  // Both say that there is a write-ahead log.
  bool has_log = header[18] == 2 && header[19] == 2;
  return has_log ? first_look::store : first_look::damaged;
}

} // namespace

file_lock::file_lock(file_lock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

file_lock& file_lock::operator=(file_lock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

file_lock::~file_lock() {
  if (descriptor_ >= 0)
    ::close(descriptor_);
}

outcome<file_lock> lock_store(const std::string& path) {
  auto name = path + "-lock";
  auto fd = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0)
    return system_failure(path, "cannot make its lock file", errno);
  file_lock lock{fd};
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0)
    return lock;
  if (errno == EWOULDBLOCK)
    return in_use(path);
  return system_failure(path, "cannot lock", errno);
}

outcome<std::string> full_path(const std::string& path) {
  if (path.empty())
    return failure{errc::store_unusable, "a store needs the path of a file"};
  std::error_code error;
  auto full = fs::weakly_canonical(fs::absolute(path, error), error);
  if (error)
    return system_failure(path, "cannot find it", error.value());
  if (fs::is_directory(full, error))
    return failure{errc::store_unusable,
                   "store '" + path + "': is a directory, not a file"};
  if (!fs::is_directory(full.parent_path(), error))
    return failure{errc::store_unusable,
                   "store '" + path + "': its directory does not exist"};
  if (fs::exists(full, error) && !fs::is_regular_file(full, error))
    return failure{errc::store_unusable,
                   "store '" + path + "': is not a regular file"};
  return full.string();
}

outcome<first_look> look_at(const std::string& path) {
  auto fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT)
    return first_look::absent;
  if (fd < 0)
    return system_failure(path, "cannot read", errno);
  std::array<char, header_size> header{};
  auto n = ::read(fd, header.data(), header.size());
  auto error = errno;
  ::close(fd);
  if (n < 0)
    return system_failure(path, "cannot read", error);
  return judge(path, {header.data(), static_cast<std::size_t>(n)});
}

void remove_leftovers(const std::string& path) {
  for (const auto* suffix : {"", "-wal", "-shm", "-journal"})
    ::unlink((path + suffix).c_str());
}

problem replace_file(const std::string& from, const std::string& path) {
  // The log first: it must not be taken for that of the new file. If we end
  // here, the old file is refused because it lacks its log.
  for (const auto* suffix : {"-wal", "-shm", "-journal"})
    if (::unlink((path + suffix).c_str()) != 0 && errno != ENOENT)
      return system_failure(path, "cannot remove its old log", errno);
  if (::rename(from.c_str(), path.c_str()) != 0)
    return system_failure(path, "cannot put the new file in place", errno);
  sync_folder(path);
  return std::nullopt;
}

std::string boot_id() {
  std::ifstream in{"/proc/sys/kernel/random/boot_id"};
  std::string result;
  in >> result;
  return result;
}

} // namespace horde::storage
