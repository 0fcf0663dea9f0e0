// SPDX-License-Identifier: MIT

#include "bench_allocations.hpp"

#include <cstdlib>
#include <new>

#include <malloc.h>

namespace horde::tools {

namespace {

constinit thread_local allocations* counted = nullptr;

void count(void* block, std::ptrdiff_t sign) {
  counted->blocks += sign;
  counted->bytes +=
    sign * static_cast<std::ptrdiff_t>(malloc_usable_size(block));
}

} // namespace

allocation_count::allocation_count() {
  counted = &now_;
}

allocation_count::~allocation_count() {
  counted = nullptr;
}

} // namespace horde::tools

// The other forms of the standard library call these.

void* operator new(std::size_t size) {
  auto* result = std::malloc(size);
  if (!result)
    throw std::bad_alloc{};
  if (horde::tools::counted)
    horde::tools::count(result, 1);
  return result;
}

void operator delete(void* block) noexcept {
  if (horde::tools::counted && block)
    horde::tools::count(block, -1);
  std::free(block);
}

void operator delete(void* block, std::size_t) noexcept {
  ::operator delete(block);
}
