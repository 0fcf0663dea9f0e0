// SPDX-License-Identifier: MIT
//
// Answers of a member's engine may come in any thread, but a promise may be
// kept only by its actor. So what is to be answered waits here until the actor
// looks. Thread-safe.

#pragma once

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <type_traits>

#include <caf/actor.hpp>

#include "horde/actors/caf_compat.hpp"
#include "horde/actors/protocol.hpp"
#include "horde/actors/type_ids.hpp"

namespace horde::actors {

class answer_box : public std::enable_shared_from_this<answer_box> {
public:
  /// `owner` gets `look_inside` when there is something.
  explicit answer_box(caf::actor owner) : owner_(std::move(owner)) {}

  void put(std::function<void()> answer) {
    std::unique_lock guard{mutex_};
    answers_.push_back(std::move(answer));
    auto first = answers_.size() == 1;
    guard.unlock();
    if (first)
      anon_tell(owner_, look_inside{});
  }

  std::list<std::function<void()>> take() {
    std::lock_guard guard{mutex_};
    return std::exchange(answers_, {});
  }

  /// Answers the request that the owner handles now with what it is called
  /// with. The handler returns `caf::delegated<T>`.
  template <class T>
  std::function<void(caf::expected<T>)>
  answer_later(caf::event_based_actor* self) {
    // Shared, not copied: in CAF 1.x copies are not for several threads.
    auto promise = std::make_shared<caf::typed_response_promise<T>>(
      self->make_response_promise<T>());
    return [box = shared_from_this(), promise](caf::expected<T> result) {
      box->put([promise, result]() mutable {
        if (!result)
          promise->deliver(std::move(result.error()));
        else if constexpr (std::is_void_v<T>)
          fulfil(*promise);
        else
          promise->deliver(std::move(*result));
      });
    };
  }

private:
  caf::actor owner_;
  std::mutex mutex_;
  std::list<std::function<void()>> answers_;
};

} // namespace horde::actors
