// SPDX-License-Identifier: MIT
//
// Makes a child factory from a function-based actor, `f(self, args...)` or
// `f(args...)`: checks the arguments of a start against its parameters.

#pragma once

#include <cstddef>
#include <functional>
#include <type_traits>
#include <utility>

#include "horde/actors/caf_compat.hpp"
#include "horde/actors/child_types.hpp"

namespace horde::actors {

template <class... Ts>
struct child_parameters {
  template <class F>
  static child_outcome start(const F& f, const child_start& x) {
    return start(f, x, std::index_sequence_for<Ts...>{});
  }

private:
  template <class F, std::size_t... Is>
  static child_outcome start(const F& f, const child_start& x,
                             std::index_sequence<Is...>) {
    if (x.args.size() != sizeof...(Ts)
        || !(x.args.match_element<std::decay_t<Ts>>(Is) && ...))
      return to_error(
        {errc::bad_child_spec,
         "the child type does not take the arguments " + to_string(x.args)});
    if (x.detached)
      return child_runs{
        x.sys.spawn<caf::detached>(f, x.args.get_as<std::decay_t<Ts>>(Is)...),
        {}};
    return child_runs{x.sys.spawn(f, x.args.get_as<std::decay_t<Ts>>(Is)...),
                      {}};
  }
};

template <class Signature>
struct child_signature;

template <class R, class... Ts>
struct child_signature<std::function<R(Ts...)>> {
  using type = child_parameters<Ts...>;
};

template <class R, class Self, class... Ts>
struct child_signature<std::function<R(Self*, Ts...)>> {
  using type = child_parameters<Ts...>;
};

template <class F>
child_factory make_child_factory(F f) {
  using parameters = typename child_signature<decltype(std::function{f})>::type;
  return [f](const child_start& x) { return parameters::start(f, x); };
}

} // namespace horde::actors
