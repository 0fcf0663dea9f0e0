// SPDX-License-Identifier: MIT
//
// What the shared map holds for a registered name. The owner is the replica
// that wrote it, the claim stamp is the stamp of its version.

#pragma once

#include <string>

#include "horde/pid.hpp"

namespace horde::naming {

struct name_entry {
  horde::pid pid;
  std::string value; ///< opaque bytes of the user

  friend bool operator==(const name_entry&, const name_entry&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::naming::name_entry", field("pid", x.pid),
                       field("value", x.value));
  }
};

} // namespace horde::naming
