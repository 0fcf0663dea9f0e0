// SPDX-License-Identifier: MIT

#include "horde/actors/formation/strategy.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace horde::formation {

namespace {

using clock = std::chrono::steady_clock;

/// How long a sleep without a descriptor does not look.
constexpr auto blind = std::chrono::milliseconds{50};

/// Longer sleeps are of no use, and must not overflow.
constexpr auto longest = std::chrono::hours{24};

} // namespace

waker::waker() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

waker::~waker() {
  if (fd_ >= 0)
    ::close(fd_);
}

void waker::wake() {
  woken_ = true;
  std::uint64_t one = 1;
  if (fd_ >= 0)
    (void)!::write(fd_, &one, sizeof one);
}

bool waker::is_stopped() const {
  return stopped_;
}

void waker::stop() {
  stopped_ = true;
  wake();
}

void waker::clear() {
  if (stopped_)
    return;
  woken_ = false;
  std::uint64_t count = 0;
  if (fd_ >= 0)
    (void)!::read(fd_, &count, sizeof count);
  if (stopped_) // meanwhile
    wake();
}

void waker::sleep(duration limit) {
  using std::chrono::ceil;
  using std::chrono::milliseconds;
  auto end = clock::now() + std::clamp<duration>(limit, duration{0}, longest);
  for (;;) {
    if (woken_)
      break;
    auto left = ceil<milliseconds>(end - clock::now());
    if (left.count() <= 0)
      break;
    if (fd_ < 0)
      left = std::min<milliseconds>(left, blind);
    pollfd x{fd_, POLLIN, 0};
    if (::poll(&x, 1, static_cast<int>(left.count())) > 0)
      break;
  }
  clear();
}

} // namespace horde::formation
