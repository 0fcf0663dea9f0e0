// SPDX-License-Identifier: MIT
//
// `horde bench`: what this program can do on this machine.

#pragma once

#include "options.hpp"

namespace horde::tools {

void add_bench_command(CLI::App& app, action& todo);

} // namespace horde::tools
