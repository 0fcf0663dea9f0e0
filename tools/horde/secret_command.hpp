// SPDX-License-Identifier: MIT
//
// `horde secret`: makes a secret for a new cluster.

#pragma once

#include "options.hpp"

namespace horde::tools {

void add_secret_command(CLI::App& app, action& todo);

} // namespace horde::tools
