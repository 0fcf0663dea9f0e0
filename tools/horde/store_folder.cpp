// SPDX-License-Identifier: MIT

#include "store_folder.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

#include "horde/actors/dynamic_supervisor.hpp"
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

caf::error unusable(const std::string& folder, const std::string& why) {
  return to_error({errc::bad_option, "store '" + folder + "': " + why});
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
caf::error make_folder(const std::string& folder) {
  std::error_code error;
  auto path = fs::absolute(folder, error);
  if (!error)
    fs::create_directory(path.has_filename() ? path : path.parent_path(),
                         error);
  std::error_code ignored;
  if (fs::is_directory(path, ignored))
    return {};
  if (fs::exists(path, ignored))
    return unusable(folder, "takes a directory, and this is none");
  return unusable(folder, "cannot make this directory: " + error.message());
}

} // namespace

caf::expected<stores> open_stores(const std::string& folder,
                                  const std::vector<std::string>& hordes,
                                  const std::string& cluster) {
  if (folder.empty())
    return stores{};
  if (auto problem = make_folder(folder))
    return problem;
  stores result;
  for (const auto& horde : hordes) {
    auto& store = result[horde];
    if (store) // named twice: that is refused elsewhere
      continue;
    auto opened =
      storage::sqlite_storage::open(fs::path{folder} / store_file_of(horde));
    if (auto problem = std::get_if<failure>(&opened))
      return to_error(*problem);
    auto loaded = load_store(std::move(std::get<0>(opened)), cluster);
    if (!loaded)
      return std::move(loaded.error());
    store = std::move(*loaded);
  }
  return result;
}

#else

caf::expected<stores> open_stores(const std::string& folder,
                                  const std::vector<std::string>&,
                                  const std::string&) {
  if (folder.empty())
    return stores{};
  return unusable(folder, "this program was built without stores; build it "
                          "with HORDE_WITH_SQLITE");
}

#endif

} // namespace horde::tools
