// SPDX-License-Identifier: MIT

#include "horde/placement/strategy_kind.hpp"

#include "horde/placement/least_loaded.hpp"
#include "horde/placement/quorum.hpp"
#include "horde/placement/rendezvous.hpp"
#include "horde/placement/uniform.hpp"

namespace horde::placement {

outcome<strategy_kind> parse_strategy_kind(std::string_view name) {
  for (auto x :
       {strategy_kind::uniform, strategy_kind::quorum, strategy_kind::random,
        strategy_kind::least_loaded, strategy_kind::rendezvous})
    if (name == to_string(x))
      return x;
  return failure{errc::bad_option, "strategy takes uniform, quorum, random, "
                                   "least_loaded or rendezvous, not '"
                                     + std::string{name} + "'"};
}

strategy_factory factory_of(strategy_kind x) {
  switch (x) {
  case strategy_kind::uniform: return make_uniform;
  case strategy_kind::quorum: return make_quorum;
  case strategy_kind::random: return make_random;
  case strategy_kind::least_loaded: return make_least_loaded;
  case strategy_kind::rendezvous: return make_rendezvous;
  }
  return make_uniform;
}

} // namespace horde::placement
