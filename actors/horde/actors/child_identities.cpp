// SPDX-License-Identifier: MIT

#include "horde/actors/child_identities.hpp"

#include <algorithm>

namespace horde::actors {

void child_identities::starting(const std::string& child) {
  std::lock_guard guard{mutex_};
  starts_.push_back({++last_start_, child});
  ++size_;
}

void child_identities::settled(const std::string& child, std::uint64_t actor) {
  std::lock_guard guard{mutex_};
  auto i = std::ranges::find(starts_, child, &start::child);
  if (i == starts_.end())
    return;
  starts_.erase(i);
  if (actor == 0 || !children_.insert_or_assign(actor, child).second)
    --size_;
  answer_some(actor);
}

void child_identities::ended(std::uint64_t actor) {
  std::lock_guard guard{mutex_};
  size_ -= children_.erase(actor);
}

std::string child_identities::of(std::uint64_t actor) const {
  std::lock_guard guard{mutex_};
  auto i = children_.find(actor);
  return i != children_.end() ? i->second : std::string{};
}

bool child_identities::is_starting(const std::string& child) const {
  std::lock_guard guard{mutex_};
  return std::ranges::find(starts_, child, &start::child) != starts_.end();
}

void child_identities::tell(std::uint64_t actor, const std::string& assumed,
                            std::function<void(const std::string&)> f) {
  std::lock_guard guard{mutex_};
  questions_.push_back({last_start_, actor, assumed, std::move(f)});
  answer_some(actor);
}

/// What is asked of this process, and what no start under way will answer.
void child_identities::answer_some(std::uint64_t actor) {
  auto known = children_.find(actor);
  auto oldest = starts_.empty() ? last_start_ + 1 : starts_.front().number;
  std::erase_if(questions_, [&](const question& x) {
    auto is_child = x.actor == actor && known != children_.end();
    if (!is_child && x.number >= oldest)
      return false;
    auto child = is_child ? known->second : std::string{};
    if (child != x.assumed)
      x.f(child);
    return true;
  });
}

} // namespace horde::actors
