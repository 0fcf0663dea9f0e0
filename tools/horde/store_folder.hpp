// SPDX-License-Identifier: MIT
//
// The folder in which `horde node` keeps its stores: one file a supervisor.
// All are opened and read before the node is there, so that one whose folder
// cannot be used, is in use by another node, is damaged or is another cluster's
// never shows itself to the cluster.

#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include "horde/sync/storage.hpp"

namespace horde::tools {

/// By the name of their supervisor.
using stores = std::map<std::string, std::shared_ptr<sync::storage>>;

/// `NAME.store`; what is special in the name of a file is written as `%2f`.
std::string store_file_of(const std::string& horde);

/// Makes the folder if only that is missing; none if its name is empty. Fails
/// with `bad_option`, naming the folder, or as `sqlite_storage::open` and
/// `load_store` do, naming the file.
caf::expected<stores> open_stores(const std::string& folder,
                                  const std::vector<std::string>& hordes,
                                  const std::string& cluster);

} // namespace horde::tools
