// SPDX-License-Identifier: MIT

#include "signals.hpp"

#include <csignal>
#include <thread>

#include <unistd.h>

namespace horde::tools {

namespace {

sigset_t ours() {
  sigset_t result;
  sigemptyset(&result);
  sigaddset(&result, SIGTERM);
  sigaddset(&result, SIGINT);
  sigaddset(&result, SIGHUP);
  sigaddset(&result, SIGUSR1);
  return result;
}

int next() {
  auto which = ours();
  int signal = 0;
  while (sigwait(&which, &signal) != 0) {
  }
  return signal;
}

[[noreturn]] void end_at_next_stop() {
  auto signal = next();
  while (signal == SIGHUP || signal == SIGUSR1)
    signal = next();
  _exit(128 + signal);
}

} // namespace

// Who is started to ignore SIGHUP, as by nohup, never gets one.
node_signals::node_signals() {
  auto which = ours();
  pthread_sigmask(SIG_BLOCK, &which, nullptr); // threads inherit it
  // Who reads our output may go away, as `tee` does at a Ctrl-C.
  std::signal(SIGPIPE, SIG_IGN);
}

void node_signals::raise_lost() {
  kill(getpid(), SIGUSR1);
}

node_signals::kind node_signals::wait() {
  auto signal = next();
  if (signal == SIGHUP)
    return reload;
  if (signal == SIGUSR1)
    return lost;
  std::thread{end_at_next_stop}.detach();
  return stop;
}

} // namespace horde::tools
