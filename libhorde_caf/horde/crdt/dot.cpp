// SPDX-License-Identifier: MIT

#include "horde/crdt/dot.hpp"

#include <cstdio>

namespace horde {

std::string to_string(replica_id x) {
  char buf[17];
  std::snprintf(buf, sizeof(buf), "%016llx",
                static_cast<unsigned long long>(x));
  return buf;
}

} // namespace horde

namespace horde::crdt {

std::string to_string(dot x) {
  return to_string(x.who) + ":" + std::to_string(x.counter);
}

} // namespace horde::crdt
