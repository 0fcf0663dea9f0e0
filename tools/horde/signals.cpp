// SPDX-License-Identifier: MIT

#include "signals.hpp"

#include <csignal>
#include <thread>

#include <unistd.h>

namespace horde::tools {

namespace {

sigset_t the_two() {
  sigset_t result;
  sigemptyset(&result);
  sigaddset(&result, SIGTERM);
  sigaddset(&result, SIGINT);
  return result;
}

int next() {
  auto which = the_two();
  int signal = 0;
  while (sigwait(&which, &signal) != 0) {
  }
  return signal;
}

} // namespace

stop_signals::stop_signals() {
  auto which = the_two();
  pthread_sigmask(SIG_BLOCK, &which, nullptr); // threads inherit it
  // Who reads our output may go away, as `tee` does at a Ctrl-C.
  std::signal(SIGPIPE, SIG_IGN);
}

void stop_signals::wait() {
  next();
  std::thread{[] { _exit(128 + next()); }}.detach();
}

} // namespace horde::tools
