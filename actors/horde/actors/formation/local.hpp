// SPDX-License-Identifier: MIT
//
// The nodes of one user on one machine find each other with no settings, at
// once: see `local_entries.hpp`.

#pragma once

#include <string>

#include "horde/actors/formation/local_entries.hpp"
#include "horde/actors/formation/strategy.hpp"
#include "horde/formation/settings_reader.hpp"

namespace horde::formation {

struct local_settings {
  /// Where nodes meet; ours alone (mode 0700). `directory` in configurations;
  /// empty: `local_directory()`. libcluster: LocalEpmd.
  std::string directory;
};

/// Starts with `bad_option` if the directory is not ours alone or cannot be
/// made.
topology local_topology(std::string name, local_settings settings = {});

outcome<topology> read_local(const std::string& name, settings_reader& from);

} // namespace horde::formation
