// SPDX-License-Identifier: MIT

#include "horde/crdt/dot.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace horde {

std::string to_string(replica_id x) {
  char buf[17];
  std::snprintf(buf, sizeof(buf), "%016llx",
                static_cast<unsigned long long>(x));
  return buf;
}

era era_at(wall_time now) {
  using unit = std::chrono::duration<std::int64_t, std::ratio<1024>>;
  auto units = std::chrono::floor<unit>(now.time_since_epoch()).count();
  return static_cast<era>(std::clamp<std::int64_t>(units, 0, last_era));
}

replica_id make_replica_id(era born, std::uint64_t random) {
  return replica_id{(std::uint64_t{born} << (64 - bits_of_era))
                    | (random >> bits_of_era)};
}

} // namespace horde

namespace horde::crdt {

std::string to_string(dot x) {
  return to_string(x.who) + ":" + std::to_string(x.counter);
}

} // namespace horde::crdt
