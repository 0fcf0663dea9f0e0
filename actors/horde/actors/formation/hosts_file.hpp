// SPDX-License-Identifier: MIT
//
// A file with one `host:port` a line and comments after `#`; looked at again
// as soon as it changes. What is wrong in it is told with its line, and changes
// nothing.

#pragma once

#include <string>

#include "horde/actors/formation/strategy.hpp"
#include "horde/formation/settings_reader.hpp"

namespace horde::formation {

struct hosts_file_settings {
  /// Its path. It need not be there yet. `file` in configurations. libcluster:
  /// ErlangHosts.
  std::string file;
};

/// Starts with `bad_option` if no file is named.
topology hosts_file_topology(std::string name, hosts_file_settings settings);

outcome<topology> read_hosts_file(const std::string& name,
                                  settings_reader& from);

} // namespace horde::formation
