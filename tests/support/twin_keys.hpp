// SPDX-License-Identifier: MIT
//
// Two keys with one 64-bit hash (and the hash key 0): XXH3 of 16 bytes
// multiplies two words, each of which is mixed with a constant; in either key
// one of the words becomes zero.

#pragma once

#include <string>

namespace horde::sim {

inline const std::string twin_a{
  "\xb9\x39\x42\xea\x7b\x73\x82\x67\xd5\x9f\x3d\x80\x5c\xf9\x75\xae", 16};
inline const std::string twin_b{
  "\xb8\x1a\x07\x8d\xf2\xd8\x4f\x88\x3a\x52\x96\x09\x3b\xbc\x56\xaf", 16};

} // namespace horde::sim
