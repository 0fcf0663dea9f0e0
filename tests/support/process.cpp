// SPDX-License-Identifier: MIT

#include "support/process.hpp"

#include <stdexcept>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace horde::test {

namespace {

using clock = std::chrono::steady_clock;

int milliseconds_until(clock::time_point deadline) {
  using std::chrono::ceil;
  using std::chrono::milliseconds;
  auto left = ceil<milliseconds>(deadline - clock::now()).count();
  return left > 0 ? static_cast<int>(left) : 0;
}

} // namespace

process::process(const std::vector<std::string>& args) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    throw std::runtime_error("no pipe");
  std::vector<char*> argv;
  for (const auto& x : args)
    argv.push_back(const_cast<char*>(x.c_str()));
  argv.push_back(nullptr);
  pid_ = fork();
  if (pid_ == 0) {
    dup2(ends[1], STDOUT_FILENO);
    dup2(ends[1], STDERR_FILENO);
    execv(argv[0], argv.data());
    _exit(127);
  }
  close(ends[1]);
  output_ = ends[0];
}

process::~process() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  if (output_ >= 0)
    close(output_);
}

bool process::read_more(clock::time_point deadline) {
  pollfd want{output_, POLLIN, 0};
  if (poll(&want, 1, milliseconds_until(deadline)) <= 0)
    return false;
  char buf[4096];
  auto n = read(output_, buf, sizeof(buf));
  if (n <= 0)
    return false;
  unread_.append(buf, static_cast<std::size_t>(n));
  return true;
}

std::optional<std::string> process::read_line(std::chrono::milliseconds limit) {
  auto deadline = clock::now() + limit;
  for (;;) {
    auto end = unread_.find('\n');
    if (end != std::string::npos) {
      auto line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return line;
    }
    if (!read_more(deadline))
      return std::nullopt;
  }
}

void process::signal(int number) const {
  if (pid_ > 0) // 0: all processes of ours
    kill(pid_, number);
}

finished process::wait(std::chrono::milliseconds limit) {
  auto deadline = clock::now() + limit;
  while (read_more(deadline)) {
  }
  finished result{-1, std::move(unread_)};
  if (clock::now() >= deadline)
    return result; // the destructor kills it
  int status = 0;
  waitpid(pid_, &status, 0); // its output ended: so does it
  pid_ = 0;
  result.exit_code =
    WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

finished run(const std::vector<std::string>& args,
             std::chrono::milliseconds limit) {
  process x{args};
  return x.wait(limit);
}

} // namespace horde::test
