// SPDX-License-Identifier: MIT
//
// Calls of an engine that answer by a callback, for threads that may wait.

#pragma once

#include <future>
#include <memory>
#include <utility>

#include <caf/expected.hpp>

namespace horde::actors {

/// Calls `f` with a callback and waits for it. The machine answers every call
/// by its own deadline, and all that are open when it stops.
template <class T, class F>
caf::expected<T> wait_for(F f) {
  auto result = std::make_shared<std::promise<caf::expected<T>>>();
  auto future = result->get_future();
  f([result](caf::expected<T> x) { result->set_value(std::move(x)); });
  return future.get();
}

} // namespace horde::actors
