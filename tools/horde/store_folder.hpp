// SPDX-License-Identifier: MIT
//
// The folder in which `horde node` keeps its stores: one file a supervisor.
// All are opened before the node is there, so that one whose folder cannot be
// used, or is in use by another node, never shows itself to the cluster.

#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "horde/errc.hpp"
#include "horde/sync/storage.hpp"

namespace horde::tools {

/// By the name of their supervisor.
using stores = std::map<std::string, std::shared_ptr<sync::storage>>;

/// `NAME.store`; what is special in the name of a file is written as `%2f`.
std::string store_file_of(const std::string& horde);

/// Makes the folder if only that is missing; none if its name is empty. Fails
/// with `bad_option`, naming the folder, or as `sqlite_storage::open` does,
/// naming the file.
outcome<stores> open_stores(const std::string& folder,
                            const std::vector<std::string>& hordes);

} // namespace horde::tools
