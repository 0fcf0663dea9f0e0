// SPDX-License-Identifier: MIT
//
// Small files that something else writes anew from time to time, such as the
// token of a service account.

#pragma once

#include <string>

#include "horde/errc.hpp"
#include "horde/formation/http_request.hpp"

namespace horde::formation {

/// All of it without white space at its end. Fails if it is not there, empty,
/// or has more than 64 KiB; names it.
outcome<std::string> read_small_file(const std::string& path);

/// As the header that proves us.
outcome<http_header> read_token(const std::string& path);

} // namespace horde::formation
