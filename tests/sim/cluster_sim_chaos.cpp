// SPDX-License-Identifier: MIT
//
// Random trouble for `cluster_sim`.

#include "sim/cluster_sim.hpp"

namespace horde::sim {

using namespace std::chrono_literals;

// -- chaos -------------------------------------------------------------------

std::vector<host> cluster_sim::all(bool alive) const {
  std::vector<host> result;
  for (host x = 0; x < hosts_.size(); ++x)
    if (is_alive(x) == alive)
      result.push_back(x);
  return result;
}

void cluster_sim::disturb() {
  auto alive = all(true);
  auto dead = all(false);
  auto any = [this](const auto& xs) { return xs[below(rng_, xs.size())]; };
  auto a = any(alive);
  auto b = (a + 1 + below(rng_, hosts_.size() - 1)) % hosts_.size();
  switch (below(rng_, 15)) {
  case 0:
    if (alive.size() > 2)
      kill(a);
    break;
  case 1:
    if (alive.size() > 2)
      say_goodbye(a);
    break;
  case 2:
  case 3:
    if (!dead.empty()) {
      auto x = any(dead);
      start(x);
      connect(x, a);
    }
    break;
  case 4: break_link(a, b); break;
  case 5: cut(a, b); break;
  case 6: // two sides
    for (auto x : alive)
      for (auto y : alive)
        if (x < y && (x + a) % 2 != (y + a) % 2)
          cut(x, y);
    break;
  case 7: heal(a, b); break;
  case 8: heal_all(); break;
  case 9: mute(a, b); break;
  case 10:
    mute(a, b);
    mute(b, a);
    break;
  case 11: mute_all_of(a); break;
  case 12:
    pause(a, 1ms * below(rng_, below(rng_, 2) == 0 ? 2000 : 20'000));
    break;
  case 13: starve(a, 1ms * below(rng_, 300)); break;
  case 14: lose_packets(static_cast<unsigned>(below(rng_, 21))); break;
  }
}

} // namespace horde::sim
