// SPDX-License-Identifier: MIT

#include "support/sim_network.hpp"

#include "horde/hash.hpp"

namespace horde::sim {

void sim_network::send(packet x, instant now) {
  auto copies = below(rng_, 100) < faults_.repeated_percent ? 2 : 1;
  auto spread = faults_.longest - faults_.shortest;
  for (auto i = 0; i < copies; ++i) {
    auto delay =
      faults_.shortest
      + duration{below(rng_, static_cast<std::uint64_t>(spread.count()) + 1)};
    if (below(rng_, 100) >= faults_.lost_percent)
      packets_.emplace(now + delay, x);
  }
}

instant sim_network::next_at() const {
  return packets_.empty() ? never : packets_.begin()->first;
}

packet sim_network::receive() {
  auto i = packets_.begin();
  auto at = i->first;
  auto result = std::move(i->second);
  packets_.erase(i);
  if (cuts_.contains({result.from, result.to})) {
    result.bytes = nullptr;
    return result;
  }
  trace_ += static_cast<std::uint64_t>(at.time_since_epoch().count());
  trace_ =
    hash64(*result.bytes, trace_ ^ static_cast<std::uint64_t>(result.from)
                            ^ (static_cast<std::uint64_t>(result.to) << 1));
  return result;
}

} // namespace horde::sim
