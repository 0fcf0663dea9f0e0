// SPDX-License-Identifier: MIT
//
// What libFuzzer calls. HORDE_FUZZ_HARNESS names the harness of this program.

#include <cstddef>
#include <cstdint>

#include "fuzz/harness.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  static const auto* harness = horde::fuzz::find_harness(HORDE_FUZZ_HARNESS);
  HORDE_ASSERT(harness != nullptr);
  harness->run({reinterpret_cast<const char*>(data), size});
  return 0;
}
