// SPDX-License-Identifier: MIT

#include "bench_allocations.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

#include <malloc.h>

namespace horde::tools {

namespace {

constinit thread_local allocations* counted = nullptr;

constinit std::atomic<bool> counts_all = false;
constinit std::atomic<std::ptrdiff_t> all_blocks = 0;
constinit std::atomic<std::ptrdiff_t> all_bytes = 0;

/// Requires: a count is kept.
void count(void* block, std::ptrdiff_t sign) {
  auto bytes = sign * static_cast<std::ptrdiff_t>(malloc_usable_size(block));
  if (counted) {
    counted->blocks += sign;
    counted->bytes += bytes;
  }
  if (counts_all) {
    all_blocks += sign;
    all_bytes += bytes;
  }
}

bool is_counting() {
  return counted || counts_all.load(std::memory_order_relaxed);
}

} // namespace

allocation_count::allocation_count() {
  counted = &now_;
}

allocation_count::~allocation_count() {
  counted = nullptr;
}

allocation_count_of_all::allocation_count_of_all() {
  all_blocks = all_bytes = 0;
  counts_all = true;
}

allocation_count_of_all::~allocation_count_of_all() {
  counts_all = false;
}

allocations allocation_count_of_all::now() const {
  return {all_blocks, all_bytes};
}

} // namespace horde::tools

// The other forms of the standard library call these.

void* operator new(std::size_t size) {
  auto* result = std::malloc(size);
  if (!result)
    throw std::bad_alloc{};
  if (horde::tools::is_counting())
    horde::tools::count(result, 1);
  return result;
}

void operator delete(void* block) noexcept {
  if (block && horde::tools::is_counting())
    horde::tools::count(block, -1);
  std::free(block);
}

void operator delete(void* block, std::size_t) noexcept {
  ::operator delete(block);
}
