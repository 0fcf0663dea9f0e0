// SPDX-License-Identifier: MIT
//
// A folder of a test's own that is removed with all that is in it.

#pragma once

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include <stdlib.h>

namespace horde::test {

class folder {
public:
  folder() {
    auto name =
      (std::filesystem::temp_directory_path() / "horde_XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw std::runtime_error{"cannot make a folder"};
    path_ = name;
  }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;
  ~folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  std::string operator/(const std::string& name) const {
    return (path_ / name).string();
  }
  std::string string() const { return path_.string(); }

  /// Writes in place.
  void write(const std::string& name, const std::string& text) const {
    std::ofstream{path_ / name} << text;
  }

  /// Puts a new file in the place of the old one, as editors do.
  void replace(const std::string& name, const std::string& text) const {
    write(name + ".new", text);
    std::filesystem::rename(path_ / (name + ".new"), path_ / name);
  }

private:
  std::filesystem::path path_;
};

} // namespace horde::test
