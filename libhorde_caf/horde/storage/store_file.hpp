// SPDX-License-Identifier: MIT
//
// The store's file as the file system sees it: who may touch it, what its first
// bytes say it is, and how a new file takes its place. None of this may run
// while SQLite has the file open in this process: POSIX drops all of a
// process's locks on a file when any of its descriptors is closed. So the lock
// of ours lies in a file of its own.

#pragma once

#include <string>

#include "horde/errc.hpp"
#include "horde/storage/database.hpp"

namespace horde::storage {

/// Held while it lives. Movable.
class file_lock {
public:
  file_lock() = default;
  explicit file_lock(int descriptor) : descriptor_(descriptor) {}
  file_lock(file_lock&& other) noexcept;
  file_lock& operator=(file_lock&& other) noexcept;
  ~file_lock();

private:
  int descriptor_ = -1;
};

/// Takes the lock of the store at `path`. Fails if somebody has it.
outcome<file_lock> lock_store(const std::string& path);

/// The path without links, `.` and `..`, so that a store has one name, and one
/// that SQLite cannot take for more than a path. Fails if no file can be there.
outcome<std::string> full_path(const std::string& path);

enum class first_look {
  absent,  ///< no file
  store,   ///< a store of this version, by its first bytes
  damaged, ///< was a store of this version, or nothing (empty)
};

/// Fails if it is somebody else's file, or another version's.
outcome<first_look> look_at(const std::string& path);

/// Removes a file and what SQLite leaves beside it.
void remove_leftovers(const std::string& path);

/// Puts the file `from` in the place of `path` and removes the log there.
problem replace_file(const std::string& from, const std::string& path);

/// Tells one run of the machine from the next; empty if it cannot be told.
std::string boot_id();

} // namespace horde::storage
