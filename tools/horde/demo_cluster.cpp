// SPDX-License-Identifier: MIT

#include "demo_cluster.hpp"

#include <csignal>
#include <cstring>
#include <fstream>
#include <thread>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace horde::tools {

namespace {

constexpr auto start_limit = std::chrono::seconds{10};
constexpr auto poll_interval = std::chrono::milliseconds{5};

volatile std::sig_atomic_t interrupt_seen = 0;

extern "C" void note_interrupt(int) {
  interrupt_seen = 1;
}

/// Starts this very program with other arguments, in a process group of its
/// own, so that ctrl-C reaches only us. Returns 0 and sets `errno` on failure.
pid_t spawn_self(std::vector<std::string> args, const std::string& log_file) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, 1, log_file.c_str(),
                                   O_WRONLY | O_CREAT | O_APPEND, 0644);
  posix_spawn_file_actions_adddup2(&files, 1, 2);
  posix_spawnattr_t how;
  posix_spawnattr_init(&how);
  posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP);
  std::string self = std::filesystem::read_symlink("/proc/self/exe");
  args.insert(args.begin(), self);
  std::vector<char*> argv;
  for (auto& x : args)
    argv.push_back(x.data());
  argv.push_back(nullptr);
  pid_t result = 0;
  auto error =
    posix_spawn(&result, self.c_str(), &files, &how, argv.data(), environ);
  posix_spawnattr_destroy(&how);
  posix_spawn_file_actions_destroy(&files);
  errno = error;
  return error == 0 ? result : 0;
}

/// `listening on 127.0.0.1:4711 as NAME`
std::optional<endpoint> read_ready_line(const std::string& file) {
  std::ifstream in{file};
  std::string listening, on, at;
  if (!(in >> listening >> on >> at))
    return std::nullopt;
  return parse_endpoint(at);
}

} // namespace

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = note_interrupt;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() {
  return interrupt_seen != 0;
}

bool until(duration limit, const std::function<bool()>& done) {
  stopwatch watch;
  while (!interrupted()) {
    if (done())
      return true;
    if (watch.passed() > limit)
      return false;
    std::this_thread::sleep_for(poll_interval);
  }
  return false;
}

std::string demo_topology(const std::string& kind,
                          const std::filesystem::path& folder,
                          const endpoint& first) {
  if (kind == "local")
    return "local:directory=" + (folder / "nodes").string();
  if (kind == "gossip") // demos at the same time do not meet
    return "gossip:interface=lo,port="
           + std::to_string(20'000 + getpid() % 20'000);
  return first.port == 0 ? "" : "static:hosts=" + to_string(first);
}

demo_node::demo_node(std::string name, std::filesystem::path folder)
    : name_(std::move(name)), folder_(std::move(folder)) {
  // nop
}

demo_node::~demo_node() {
  kill();
}

std::optional<failure> demo_node::start(const endpoint& listen,
                                        const std::string& formation) {
  std::string ready_file = folder_ / (name_ + ".ready");
  std::filesystem::remove(ready_file);
  std::vector<std::string> args{"node",     "--listen",  to_string(listen),
                                "--name",   name_,       "--ready-file",
                                ready_file, "--members", "automatic"};
  if (!formation.empty())
    args.insert(args.end(), {"--formation", formation});
  pid_ = spawn_self(std::move(args), log_file());
  if (pid_ == 0)
    return failure{errc::start_failed,
                   "cannot start " + name_ + ": " + std::strerror(errno)};
  return wait_until_ready(ready_file);
}

std::optional<failure>
demo_node::wait_until_ready(const std::string& ready_file) {
  std::optional<endpoint> at;
  std::optional<int> ended;
  until(start_limit, [&] {
    at = read_ready_line(ready_file);
    if (!at)
      ended = wait_for_end(duration{0});
    return at || ended;
  });
  if (at) {
    at_ = *at;
    return std::nullopt;
  }
  auto why = ended ? "ended with " + std::to_string(*ended)
                   : std::string{"was not ready in time"};
  return failure{errc::start_failed, name_ + " " + why + ": " + last_words()};
}

std::optional<failure> demo_node::connect(caf::actor_system& sys,
                                          duration limit) {
  client_settings settings;
  settings.node = at_;
  settings.timeout = limit;
  auto link = client::connect(sys, std::move(settings));
  if (!link)
    return failure{errc::cannot_connect, render(link.error())};
  auto names = link->find(horde_kind::registry);
  auto workers = link->find(horde_kind::supervisor);
  if (!names || !workers)
    return failure{errc::unknown_horde, name_ + " does not run both hordes"};
  registry_ = names->actor;
  supervisor_ = workers->actor;
  link_ = std::move(*link);
  return std::nullopt;
}

void demo_node::kill() {
  disconnect();
  if (!running())
    return;
  ::kill(pid_, SIGKILL);
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
}

std::optional<int> demo_node::stop(duration limit) {
  disconnect();
  ::kill(pid_, SIGTERM);
  return wait_for_end(limit);
}

std::optional<int> demo_node::wait_for_end(duration limit) {
  int status = 0;
  auto ended =
    until(limit, [&] { return waitpid(pid_, &status, WNOHANG) == pid_; });
  if (!ended)
    return std::nullopt;
  pid_ = 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// The last line of its log.
std::string demo_node::last_words() const {
  std::ifstream in{log_file()};
  std::string result = "it said nothing";
  for (std::string line; std::getline(in, line);)
    if (!line.empty())
      result = line;
  return result;
}

} // namespace horde::tools
