// SPDX-License-Identifier: MIT
//
// Read-copy-update by liburcu: readers take no lock and wait for nobody; what a
// writer took out of their sight is destroyed when none of them can have it in
// hand any more. The flavour "bulletproof" asks nothing of threads.

#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include <urcu/urcu-bp.h>

#if defined(__SANITIZE_THREAD__)
#define HORDE_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HORDE_TSAN 1
#endif
#endif
#ifdef HORDE_TSAN
#include <sanitizer/tsan_interface.h>
#endif

namespace horde::actors::rcu {

// The thread sanitizer does not look into liburcu: it is told that the end of a
// reader comes before what waits for it.
#ifdef HORDE_TSAN
inline char order;
inline void comes_before() {
  __tsan_release(&order);
}
inline void comes_after() {
  __tsan_acquire(&order);
}
#else
inline void comes_before() {}
inline void comes_after() {}
#endif

/// While it exists nothing in sight is destroyed. Cheap; may be nested. Not to
/// be held while one waits for anything.
class reader {
public:
  reader() { urcu_bp_read_lock(); }
  ~reader() {
    comes_before();
    urcu_bp_read_unlock();
  }
  reader(const reader&) = delete;
  reader& operator=(const reader&) = delete;
};

/// What can be retired.
struct node {
  rcu_head head{};
};

/// Calls `T::destroy(x)` once no reader has it in hand, in a thread of
/// liburcu's. Requires: it is out of sight for readers that come now.
template <class T>
void retire(T* x) {
  comes_before();
  urcu_bp_call_rcu(&x->head, [](rcu_head* head) {
    comes_after();
    // `head` is the first member of `node`.
    T::destroy(static_cast<T*>(reinterpret_cast<node*>(head)));
  });
}

/// What one writer retires, many at a time: then there need not be room in each
/// for what liburcu wants to know. Some wait until more come.
template <class T>
class retired {
public:
  retired() = default;
  retired(const retired&) = delete;
  retired& operator=(const retired&) = delete;
  ~retired() { pass_on(); }

  /// Calls `T::destroy(x)` once no reader has it in hand. `bytes`: it takes.
  void add(T* x, std::size_t bytes) {
    waiting_.push_back(x);
    bytes_ += bytes;
    if (waiting_.size() == most || bytes_ >= most_bytes)
      pass_on();
  }

private:
  static constexpr std::size_t most = 64;
  static constexpr std::size_t most_bytes = 64 * 1024;

  struct batch : node {
    std::vector<T*> all;
    static void destroy(batch* x) {
      for (auto* one : x->all)
        T::destroy(one);
      delete x;
    }
  };

  void pass_on() {
    if (waiting_.empty())
      return;
    auto next = std::make_unique<batch>();
    next->all = std::exchange(waiting_, {});
    bytes_ = 0;
    rcu::retire(next.release());
  }

  std::vector<T*> waiting_;
  std::size_t bytes_ = 0;
};

} // namespace horde::actors::rcu
