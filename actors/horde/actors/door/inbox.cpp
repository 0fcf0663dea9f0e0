// SPDX-License-Identifier: MIT

#include "horde/actors/door/inbox.hpp"

#include "horde/assert.hpp"

#include <cstdint>
#include <utility>

#include <sys/eventfd.h>
#include <unistd.h>

namespace horde::actors {

inbox::inbox() : wake_up_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  HORDE_ASSERT(wake_up_);
}

void inbox::post(task x) {
  std::lock_guard lock{guard_};
  if (closed_)
    return;
  tasks_.push_back(std::move(x));
  if (tasks_.size() > 1)
    return; // the wake-up is on its way
  std::uint64_t one = 1;
  (void)!::write(wake_up_.get(), &one, sizeof one);
}

std::vector<inbox::task> inbox::take() {
  std::lock_guard lock{guard_};
  std::uint64_t count = 0;
  (void)!::read(wake_up_.get(), &count, sizeof count);
  return std::exchange(tasks_, {});
}

void inbox::close() {
  std::vector<task> dropped; // destroyed without the lock: it may call us
  std::lock_guard lock{guard_};
  closed_ = true;
  dropped.swap(tasks_);
}

} // namespace horde::actors
