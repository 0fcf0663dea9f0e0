// SPDX-License-Identifier: MIT
//
// What the tests of stores share: a folder of their own that goes with them, a
// state as a map, and ways to damage files and to run code in a process that
// is killed.

#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "horde/random.hpp"
#include "horde/storage/sqlite_storage.hpp"

namespace horde::test {

using storage::sqlite_storage;
using sync::stored_record;
using sync::stored_state;
using store_ptr = std::unique_ptr<sqlite_storage>;

/// A folder that is removed with all that is in it.
class store_folder {
public:
  store_folder();
  store_folder(const store_folder&) = delete;
  store_folder& operator=(const store_folder&) = delete;
  ~store_folder();

  std::filesystem::path path() const { return path_; }
  std::string file(const std::string& name = "store") const {
    return (path_ / name).string();
  }

private:
  std::filesystem::path path_;
};

/// What a store should hold.
struct model {
  std::string header;
  std::map<std::uint64_t, std::string> records;

  void step(const std::string& new_header,
            const std::vector<stored_record>& changed);
  stored_state state() const;

  friend bool operator==(const model&, const model&) = default;
};

/// Requires: no key hash twice.
model model_of(const stored_state& x);

/// Opens it. Fails the test if it cannot.
store_ptr open_store(const std::string& path,
                     const storage::sqlite_options& options = {});

/// Opens and loads it: the state, nothing if it is new, or a failure.
struct loaded {
  std::optional<model> state;
  failure error;

  bool is_new() const { return !state && error.code == errc::none; }
};
loaded open_and_load(const std::string& path);
loaded load(sqlite_storage& store);

/// A few changes, the same ones for the same number.
std::vector<stored_record> changes_of_step(std::uint64_t step);
std::string header_of_step(std::uint64_t step);
/// The state after these steps, from the first on.
model after_steps(std::uint64_t steps);
bool append_step(sqlite_storage& store, std::uint64_t step);

std::string read_file(const std::string& path);
void write_file(const std::string& path, const std::string& bytes);

/// A forked process with a pipe to us.
class child {
public:
  /// `work` gets the end of the pipe to write to. Its result is the exit code.
  explicit child(const std::function<int(int)>& work);
  child(const child&) = delete;
  child& operator=(const child&) = delete;
  /// Kills it.
  ~child();

  /// The next byte; nothing at its end or at the deadline.
  std::optional<char> read(std::chrono::seconds limit);
  void kill();
  /// The exit code; 128 + signal. Requires: it ended its end of the pipe.
  int wait();

private:
  int pid_ = 0;
  int pipe_ = -1;
};

/// Runs it in a process that ends without any goodbye to its objects.
int run_and_vanish(const std::function<int()>& work);

} // namespace horde::test
