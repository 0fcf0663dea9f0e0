// SPDX-License-Identifier: MIT
//
// Secrets in a file, one a line: the first is the one we use, the others are
// accepted. Empty lines do not count.

#pragma once

#include <string>
#include <vector>

#include "horde/errc.hpp"

namespace horde {

/// Fails with `bad_option`, naming the file.
outcome<std::vector<std::string>> read_secrets(const std::string& path);

namespace actors {

/// Requires: `x` is not empty.
template <class Settings>
void take_secrets(const std::vector<std::string>& x, Settings& to) {
  to.secret = x.front();
  to.accepted_secrets.assign(x.begin() + 1, x.end());
}

} // namespace actors

} // namespace horde
