// SPDX-License-Identifier: MIT

#include "horde/placement/hashes.hpp"

#include "horde/codec.hpp"
#include "horde/hash.hpp"

namespace horde::placement {

namespace {

// Members and keys are hashed apart (see hash_ring.cpp).
constexpr std::uint64_t key_space = 0x686f7264652d6b79;
constexpr std::uint64_t member_space = 0x686f7264652d6d62;

} // namespace

std::uint64_t key_hash(std::string_view key) {
  return hash64(key, key_space);
}

std::uint64_t seed_of(const member_id& who) {
  return hash64(to_bytes(who), member_space);
}

} // namespace horde::placement
