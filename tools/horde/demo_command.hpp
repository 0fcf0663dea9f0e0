// SPDX-License-Identifier: MIT
//
// `horde demo`: three nodes on this machine survive a kill -9.

#pragma once

#include "options.hpp"

namespace horde::tools {

void add_demo_command(CLI::App& app, action& todo);

} // namespace horde::tools
