// SPDX-License-Identifier: MIT

#include "store_folder.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

#if HORDE_WITH_SQLITE
#include "horde/storage/sqlite_storage.hpp"
#endif

namespace horde::tools {

namespace {

namespace fs = std::filesystem;

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

failure unusable(const std::string& folder, const std::string& why) {
  return {errc::bad_option, "store '" + folder + "': " + why};
}

} // namespace

std::string store_file_of(const std::string& horde) {
  constexpr auto digits = "0123456789abcdef";
  std::string result;
  for (auto c : horde) {
    if (is_plain(c)) {
      result += c;
      continue;
    }
    auto byte = static_cast<unsigned char>(c);
    result += '%';
    result += digits[byte / 16];
    result += digits[byte % 16];
  }
  return result + ".store";
}

#if HORDE_WITH_SQLITE

namespace {

/// Only the last folder of the path: a wrong path, or a disk that is not
/// mounted, must not look like a store that is new.
std::optional<failure> make_folder(const std::string& folder) {
  std::error_code error;
  auto path = fs::absolute(folder, error);
  if (!error)
    fs::create_directory(path.has_filename() ? path : path.parent_path(),
                         error);
  std::error_code ignored;
  if (fs::is_directory(path, ignored))
    return std::nullopt;
  if (fs::exists(path, ignored))
    return unusable(folder, "takes a directory, and this is none");
  return unusable(folder, "cannot make this directory: " + error.message());
}

} // namespace

outcome<stores> open_stores(const std::string& folder,
                            const std::vector<std::string>& hordes) {
  if (folder.empty())
    return stores{};
  if (auto problem = make_folder(folder))
    return std::move(*problem);
  stores result;
  for (const auto& horde : hordes) {
    auto& store = result[horde];
    if (store) // named twice: that is refused elsewhere
      continue;
    auto opened =
      storage::sqlite_storage::open(fs::path{folder} / store_file_of(horde));
    if (auto problem = std::get_if<failure>(&opened))
      return std::move(*problem);
    store = std::move(std::get<0>(opened));
  }
  return result;
}

#else

outcome<stores> open_stores(const std::string& folder,
                            const std::vector<std::string>&) {
  if (folder.empty())
    return stores{};
  return unusable(folder, "this program was built without stores; build it "
                          "with HORDE_WITH_SQLITE");
}

#endif

} // namespace horde::tools
