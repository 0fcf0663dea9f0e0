// SPDX-License-Identifier: MIT
//
// HORDE_ASSERT stops the program when an invariant of our own is broken. It is
// never used on input from users or peers. On in every build type: the checks
// are cheap, and a wrong replica must not go on talking.

#pragma once

#include <cstdio>
#include <cstdlib>

#define HORDE_ASSERT(condition)                                                \
  do {                                                                         \
    if (!(condition)) {                                                        \
      std::fprintf(stderr, "%s:%d: broken invariant: %s\n", __FILE__,          \
                   __LINE__, #condition);                                      \
      std::abort();                                                            \
    }                                                                          \
  } while (false)
