// SPDX-License-Identifier: MIT
//
// A process as plain data: which life of which node, and CAF's actor id there.
// A handle is made from it only when somebody wants to talk to the process
// (design: pids are data).

#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>

#include "horde/node_id.hpp"

namespace horde {

struct pid {
  incarnation node;
  std::uint64_t actor = 0; ///< 0: no process

  explicit operator bool() const { return actor != 0; }

  friend auto operator<=>(const pid&, const pid&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::pid", field("node", x.node),
                       field("actor", x.actor));
  }
};

/// Prints `<42@1732262400000-00c0ffee00c0ffee>`; `parse_pid` reads it back.
std::string to_string(const pid& x);

/// Reads what `to_string` printed. Returns false and leaves `x` alone
/// otherwise.
bool parse_pid(const std::string& text, pid& x);

} // namespace horde

template <>
struct std::hash<horde::pid> {
  std::size_t operator()(const horde::pid& x) const noexcept {
    return std::hash<horde::incarnation>{}(x.node)
           ^ static_cast<std::size_t>(x.actor * 0xff51afd7ed558ccdU);
  }
};
