// SPDX-License-Identifier: MIT
//
// Which processes of this node are supervised children, for the registries: a
// name goes from one copy of a child to the next, and copies are no rivals. A
// process may register a name before its factory has returned, when nobody
// knows yet what it is; then the registry is told later. Thread-safe.

#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace horde::actors {

/// A child, as all nodes know it.
inline std::string child_identity(const std::string& horde,
                                  const std::string& id) {
  return horde + '\0' + id;
}

class child_identities {
public:
  /// Its factory runs from now on.
  void starting(const std::string& child);

  /// What `starting` announced gave this process; zero: none. Without
  /// `starting`: nothing.
  void settled(const std::string& child, std::uint64_t actor);

  void ended(std::uint64_t actor);

  /// Empty: none, or not known yet.
  std::string of(std::uint64_t actor) const;

  bool is_starting(const std::string& child) const;

  /// There are no children here, and none is being started.
  bool empty() const { return size_ == 0; }

  /// Calls `f`, under a lock, once that is known: with the child that the
  /// process is, or with an empty one if it is none. Not at all if that is what
  /// is `assumed`.
  void tell(std::uint64_t actor, const std::string& assumed,
            std::function<void(const std::string&)> f);

private:
  struct start {
    std::uint64_t number = 0;
    std::string child;
  };
  struct question {
    std::uint64_t number = 0; ///< of the last start that matters to it
    std::uint64_t actor = 0;
    std::string assumed;
    std::function<void(const std::string&)> f;
  };

  void answer_some(std::uint64_t actor);

  std::atomic<std::size_t> size_ = 0;
  mutable std::mutex mutex_; ///< guards all below
  std::unordered_map<std::uint64_t, std::string> children_;
  std::vector<start> starts_; ///< under way, in their order
  std::uint64_t last_start_ = 0;
  std::vector<question> questions_;
};

} // namespace horde::actors
