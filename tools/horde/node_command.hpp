// SPDX-License-Identifier: MIT
//
// `horde node`: runs a node until it is asked to stop.

#pragma once

#include "options.hpp"

namespace horde::tools {

void add_node_command(CLI::App& app, action& todo);

} // namespace horde::tools
