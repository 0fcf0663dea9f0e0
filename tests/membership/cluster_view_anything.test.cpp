// SPDX-License-Identifier: MIT
//
// Random events, sensible or not: a view keeps its limits.

#include <algorithm>
#include <string>

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include "horde/membership/cluster_view.hpp"

using namespace horde;
using namespace horde::membership;
using namespace std::chrono_literals;

namespace {

const node_id a{"a", {1, 1}};
const endpoint at_a{"a", 1};

moment ms(int x) {
  return {instant{1ms * x}, wall_time{1h + 1ms * x}};
}

/// One random event, sensible or not.
cluster_effects anything(cluster_view& v, random_engine& rng, moment now) {
  node_id who{std::string(1, static_cast<char>('a' + below(rng, 6))),
              {below(rng, 3), 1}};
  node_id from{std::string(1, static_cast<char>('a' + below(rng, 6))),
               {below(rng, 3), 1}};
  endpoint at{std::string(1, static_cast<char>('a' + below(rng, 6))),
              static_cast<std::uint16_t>(below(rng, 3))};
  link_id link = 1 + below(rng, 30);
  switch (below(rng, 10)) {
  case 0: return v.connect(at, now);
  case 1: return v.linked(link, who, at, now);
  case 2: return v.linked(link, who, at, now, endpoint{at.host, 1});
  case 3: return v.link_lost(link, now);
  case 4: return v.dial_failed(at, below(rng, 2) == 0, now);
  case 5: return v.dial_redundant(at, who, now);
  case 6:
    return v.heard(from, {{who, at, static_cast<node_state>(below(rng, 4))}},
                   now);
  case 7: return v.asked(from, who, now);
  case 8: return v.heard_goodbye(who, now);
  case 9: return v.withdraw(at, now);
  }
  return v.tick(now);
}

} // namespace

BOOST_AUTO_TEST_SUITE(cluster_view_anything)

BOOST_AUTO_TEST_CASE(after_any_event_it_sleeps_and_stays_within_its_limits) {
  auto ok = rc::check([](std::uint64_t seed) {
    random_engine rng{seed};
    cluster_config cfg{.max_dials = 3, .max_endpoints = 4, .max_nodes = 4};
    cluster_view v{a, at_a, cfg, seed};
    auto now = ms(0);
    for (auto i = 0; i < 300; ++i) {
      auto step = duration{below(rng, 1'000'000'000)};
      now = {now.at + step, now.wall + step};
      if (below(rng, 3) == 0 && v.wake_at() != never)
        now.at = std::max(now.at, v.wake_at());
      auto out = anything(v, rng, now);
      RC_ASSERT(v.wake_at() > now.at);
      RC_ASSERT(v.tick(now).empty());
      RC_ASSERT(v.nodes().size() <= 4U);
      std::size_t dials = 0;
      for (const auto& x : out)
        dials += std::holds_alternative<dial>(x) ? 1 : 0;
      RC_ASSERT(dials <= 3U);
    }
  });
  BOOST_TEST(ok);
}

BOOST_AUTO_TEST_SUITE_END()
