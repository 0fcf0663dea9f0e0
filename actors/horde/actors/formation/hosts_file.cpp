// SPDX-License-Identifier: MIT

#include "horde/actors/formation/hosts_file.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "horde/actors/formation/change_watch.hpp"
#include "horde/formation/addresses.hpp"

namespace horde::formation {

namespace {

/// More than any list of hosts has.
constexpr std::size_t max_size = 1024 * 1024;

/// Which content a path has, without reading it.
struct content_mark {
  bool is_there = false;
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
  timespec changed{};

  friend bool operator==(const content_mark& x, const content_mark& y) {
    return x.is_there == y.is_there && x.device == y.device
           && x.inode == y.inode && x.size == y.size
           && x.changed.tv_sec == y.changed.tv_sec
           && x.changed.tv_nsec == y.changed.tv_nsec;
  }
};

content_mark mark_of(const std::string& path) {
  struct stat x {};
  if (::stat(path.c_str(), &x) != 0)
    return {};
  return {true, x.st_dev, x.st_ino, x.st_size, x.st_mtim};
}

class hosts_file_strategy : public strategy {
public:
  explicit hosts_file_strategy(std::string path) : path_(std::move(path)) {}

  lookup_result look_up(waker&) override {
    watch();
    seen_ = mark_of(path_); // before: what changes meanwhile is looked at again
    std::string text;
    if (auto why = read(text); !why.empty())
      return failure{errc::not_found, "cannot read '" + path_ + "': " + why};
    auto hosts = parse_hosts(text);
    if (auto* problem = std::get_if<failure>(&hosts))
      return failure{problem->code, "'" + path_ + "', " + problem->what};
    return lookup{std::get<std::vector<endpoint>>(std::move(hosts))};
  }

  void wait(duration limit, waker& by) override {
    auto end = std::chrono::steady_clock::now() + limit;
    while (watch_.wait(end - std::chrono::steady_clock::now(), by))
      if (!(mark_of(path_) == seen_)) // else something else in its directory
        return;
  }

private:
  /// Its directory too: editors put a new file in its place, and what mounts
  /// configurations changes a link in the way to it.
  void watch() {
    auto folder = std::filesystem::path{path_}.parent_path();
    watch_.add(folder.empty() ? "." : folder.string(),
               IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_CLOSE_WRITE);
    watch_.add(path_, IN_CLOSE_WRITE | IN_DELETE_SELF | IN_MOVE_SELF);
  }

  /// Why not; empty if it is read.
  std::string read(std::string& to) const {
    actors::unique_fd fd{
      ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (!fd)
      return std::strerror(errno);
    std::array<char, 16 * 1024> buffer{};
    for (;;) {
      auto count = ::read(fd.get(), buffer.data(), buffer.size());
      if (count < 0 && errno == EINTR)
        continue;
      if (count < 0)
        return std::strerror(errno);
      if (count == 0)
        return {};
      to.append(buffer.data(), static_cast<std::size_t>(count));
      if (to.size() > max_size)
        return "it has more than 1 MiB";
    }
  }

  std::string path_;
  change_watch watch_;
  content_mark seen_;
};

} // namespace

topology hosts_file_topology(std::string name, hosts_file_settings settings) {
  auto make = [name, path = std::move(settings.file)](
                const seeker&) -> outcome<strategy_ptr> {
    if (path.empty())
      return failure{errc::bad_option,
                     "topology " + name + ": file is missing"};
    return std::make_unique<hosts_file_strategy>(path);
  };
  return {std::move(name), "hosts_file", std::move(make)};
}

outcome<topology> read_hosts_file(const std::string& name,
                                  settings_reader& from) {
  hosts_file_settings settings;
  from.require("file");
  from.take_text("file", settings.file);
  return hosts_file_topology(name, std::move(settings));
}

} // namespace horde::formation
