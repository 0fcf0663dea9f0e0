// SPDX-License-Identifier: MIT

#include "horde/hash.hpp"

#include <xxhash.h>

namespace horde {

std::uint64_t hash64(std::string_view bytes, std::uint64_t key) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), key);
}

hash128 hash_128(std::string_view bytes, std::uint64_t key) {
  auto x = XXH3_128bits_withSeed(bytes.data(), bytes.size(), key);
  return {x.low64, x.high64};
}

} // namespace horde
