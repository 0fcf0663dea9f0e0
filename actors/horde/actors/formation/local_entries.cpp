// SPDX-License-Identifier: MIT

#include "horde/actors/formation/local_entries.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <tuple>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "horde/formation/addresses.hpp"
#include "horde/hash.hpp"

namespace horde::formation {

namespace {

namespace fs = std::filesystem;

/// Longer files are none of ours.
constexpr std::size_t max_size = 4096;

failure unusable(const std::string& path, std::string_view why) {
  return {errc::bad_option, "directory '" + path + "': " + std::string{why}};
}

/// A name as part of a path, short and readable: letters, digits, some signs.
std::string as_file_name(const std::string& name) {
  constexpr std::size_t longest = 100;
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyz"
                                     "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "0123456789-_.:";
  std::string result;
  for (auto c : name.substr(0, longest))
    result += plain.find(c) != std::string_view::npos ? c : '_';
  return result + '-' + std::to_string(hash64(name)); // unique, never `..`
}

/// Nobody else may read or write in it, or have put it there.
std::optional<failure> check_is_ours(const std::string& path) {
  struct stat x {};
  if (::lstat(path.c_str(), &x) != 0)
    return unusable(path, std::strerror(errno));
  if (!S_ISDIR(x.st_mode))
    return unusable(path, "is no directory");
  if (x.st_uid != ::geteuid())
    return unusable(path, "belongs to another user");
  if ((x.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return unusable(path, "others may use it; takes mode 0700");
  return std::nullopt;
}

std::optional<failure> make_ours(const std::string& path) {
  if (::mkdir(path.c_str(), S_IRWXU) != 0 && errno != EEXIST)
    return unusable(path, std::strerror(errno));
  return check_is_ours(path);
}

/// True if `path` still leads to what is open.
bool is_same_file(const std::string& path, int fd) {
  struct stat x {};
  struct stat y {};
  return ::lstat(path.c_str(), &x) == 0 && ::fstat(fd, &y) == 0
         && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/// Two lines: the address and the name, which comes last as it may hold
/// anything. The last byte says that it is complete.
std::optional<local_node> parse_entry(std::string_view text) {
  auto end = text.find('\n');
  if (end == std::string_view::npos || !text.ends_with('\n')
      || text.size() < end + 2)
    return std::nullopt;
  auto at = parse_node_address(text.substr(0, end));
  if (!at)
    return std::nullopt;
  auto name = text.substr(end + 1);
  name.remove_suffix(1);
  return local_node{std::string{name}, std::move(*at)};
}

/// The node of this file, if it runs. Removes a stale one.
std::optional<local_node> read_entry(const std::string& path) {
  actors::unique_fd fd{
    ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
  struct stat x {};
  if (!fd || ::fstat(fd.get(), &x) != 0 || !S_ISREG(x.st_mode))
    return std::nullopt;
  if (::flock(fd.get(), LOCK_SH | LOCK_NB) == 0) {
    if (is_same_file(path, fd.get()))
      ::unlink(path.c_str());
    return std::nullopt;
  }
  std::array<char, max_size> buffer{};
  auto size = ::read(fd.get(), buffer.data(), buffer.size());
  if (size <= 0)
    return std::nullopt;
  return parse_entry({buffer.data(), static_cast<std::size_t>(size)});
}

} // namespace

std::string local_directory() {
  auto user = std::to_string(::geteuid());
  std::error_code ignored;
  if (const auto* x = std::getenv("XDG_RUNTIME_DIR"); x != nullptr && *x == '/')
    if (fs::is_directory(x, ignored))
      return std::string{x} + "/horde";
  if (auto x = "/run/user/" + user; fs::is_directory(x, ignored))
    return x + "/horde";
  return "/tmp/horde-" + user;
}

outcome<std::vector<local_node>> local_nodes(const std::string& directory,
                                             const std::string& cluster) {
  auto folder = directory + '/' + as_file_name(cluster);
  std::vector<local_node> result;
  std::error_code problem;
  if (!fs::exists(fs::symlink_status(folder, problem)))
    return result;
  for (const auto& x : {directory, folder})
    if (auto why = check_is_ours(x))
      return *why;
  for (fs::directory_iterator i{folder, problem}, end; !problem && i != end;
       i.increment(problem))
    if (auto x = read_entry(i->path().string()))
      result.push_back(std::move(*x));
  if (problem)
    return unusable(folder, problem.message());
  std::ranges::sort(result, {},
                    [](const auto& x) { return std::tie(x.name, x.at); });
  return result;
}

local_entry::local_entry(std::string directory, std::string cluster,
                         node_id who, endpoint at)
    : directory_(std::move(directory)),
      folder_(directory_ + '/' + as_file_name(cluster)),
      path_(folder_ + '/' + as_file_name(who.name + to_string(who.life))),
      content_(to_string(at) + '\n' + who.name + '\n') {}

local_entry::~local_entry() {
  if (is_there())
    ::unlink(path_.c_str());
}

bool local_entry::is_there() const {
  return fd_ && is_same_file(path_, fd_.get());
}

std::optional<failure> local_entry::keep() {
  if (is_there())
    return std::nullopt;
  for (const auto& x : {directory_, folder_})
    if (auto problem = make_ours(x))
      return problem;
  // Who looks at the moment between its opening and its lock removes it.
  for (auto i = 0; i < 100 && !is_there(); ++i)
    if (auto problem = write())
      return problem;
  return is_there() ? std::nullopt
                    : std::optional{unusable(folder_, "files in it vanish")};
}

std::optional<failure> local_entry::write() {
  fd_.reset(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
                   S_IRUSR | S_IWUSR));
  if (!fd_ || ::flock(fd_.get(), LOCK_EX) != 0 || ::ftruncate(fd_.get(), 0) != 0
      || ::write(fd_.get(), content_.data(), content_.size())
           != static_cast<ssize_t>(content_.size()))
    return unusable(path_, std::strerror(errno));
  return std::nullopt;
}

} // namespace horde::formation
