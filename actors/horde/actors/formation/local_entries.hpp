// SPDX-License-Identifier: MIT
//
// The nodes of one user on one machine: a directory with one file a node. Each
// node holds a lock on its file for as long as its process lives, however that
// ends; a file without lock is stale, and whoever finds it removes it.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "horde/actors/door/socket.hpp"
#include "horde/errc.hpp"
#include "horde/node_id.hpp"

namespace horde::formation {

/// A node that runs.
struct local_node {
  std::string name;
  endpoint at;

  friend bool operator==(const local_node&, const local_node&) = default;
};

/// Where nodes of this user meet: `$XDG_RUNTIME_DIR/horde`, or
/// `/run/user/UID/horde`, or `/tmp/horde-UID`, the first whose parent is there.
std::string local_directory();

/// The nodes of that cluster, by name. No directory: none. Fails with
/// `bad_option` if the directory is not ours alone. Thread-safe, also between
/// processes.
outcome<std::vector<local_node>> local_nodes(const std::string& directory,
                                             const std::string& cluster);

/// A file for one node, removed at the end.
class local_entry {
public:
  /// Makes the directory if it is not there.
  local_entry(std::string directory, std::string cluster, node_id who,
              endpoint at);
  ~local_entry();
  local_entry(const local_entry&) = delete;
  local_entry& operator=(const local_entry&) = delete;

  /// Writes the file unless it is there. Fails with `bad_option` if the
  /// directory is not ours alone or cannot be used.
  std::optional<failure> keep();

  /// The directory with the files of the cluster.
  const std::string& folder() const { return folder_; }

private:
  bool is_there() const;
  std::optional<failure> write();

  std::string directory_;
  std::string folder_;
  std::string path_;
  std::string content_;
  actors::unique_fd fd_; ///< holds the lock
};

} // namespace horde::formation
