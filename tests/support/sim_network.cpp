// SPDX-License-Identifier: MIT

#include "support/sim_network.hpp"

#include "horde/hash.hpp"

namespace horde::sim {

void sim_network::send(packet x, instant now) {
  auto [fate, first] = fates_.try_emplace({x.from, x.to});
  if (first)
    fate->second = hash64({}, seed_)
                   ^ hash64({}, static_cast<std::uint64_t>(x.from))
                   ^ hash64({}, ~static_cast<std::uint64_t>(x.to));
  auto draw = [&last = fate->second](std::uint64_t n) {
    last = hash64({}, last);
    return last % n;
  };
  auto copies = draw(100) < faults_.repeated_percent ? 2 : 1;
  auto spread = faults_.longest - faults_.shortest;
  for (auto i = 0; i < copies; ++i) {
    auto delay =
      faults_.shortest
      + duration{draw(static_cast<std::uint64_t>(spread.count()) + 1)};
    if (draw(100) >= faults_.lost_percent)
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
