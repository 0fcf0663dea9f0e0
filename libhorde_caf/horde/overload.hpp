// SPDX-License-Identifier: MIT
//
// Builds one visitor for `std::visit` from several lambdas.

#pragma once

namespace horde {

template <class... Fs>
struct overload : Fs... {
  using Fs::operator()...;
};

template <class... Fs>
overload(Fs...) -> overload<Fs...>;

} // namespace horde
