// SPDX-License-Identifier: MIT
//
// The child types that `horde node` can start, to try a cluster with:
//   worker [NAME]   takes a name (default: the child's id), answers ping
//   crasher TIME    crashes after this time
//   finisher TIME   ends normally after this time
//   sleeper TIME    its factory takes this long

#pragma once

#include <memory>

#include "horde/horde.hpp"

namespace horde::tools {

/// `names` is where workers take their names; it is empty until the registry
/// runs, which is before any supervisor does. Not kept alive: its owner ends it
/// with the node.
child_types demo_child_types(std::weak_ptr<registry> names);

} // namespace horde::tools
