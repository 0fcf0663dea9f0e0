// SPDX-License-Identifier: MIT

#include "horde/actors/formation/token_file.hpp"

#include <fstream>
#include <utility>

namespace horde::formation {

namespace {

constexpr std::size_t max_size = 64 * 1024;

failure unusable(const std::string& path, const char* why) {
  return {errc::bad_option, "the file '" + path + "' " + why};
}

} // namespace

outcome<std::string> read_small_file(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  std::string result(max_size + 1, '\0');
  file.read(result.data(), static_cast<std::streamsize>(result.size()));
  result.resize(static_cast<std::size_t>(file.gcount()));
  if (!file.is_open() || file.bad())
    return unusable(path, "cannot be read");
  if (result.size() > max_size)
    return unusable(path, "is too large");
  while (!result.empty()
         && std::string_view{" \t\r\n"}.find(result.back())
              != std::string_view::npos)
    result.pop_back();
  if (result.empty())
    return unusable(path, "is empty");
  return result;
}

outcome<http_header> read_token(const std::string& path) {
  auto text = read_small_file(path);
  if (auto* why = std::get_if<failure>(&text))
    return *why;
  if (auto header = bearer_header(std::get<std::string>(text)))
    return std::move(*header);
  return unusable(path, "has no token");
}

} // namespace horde::formation
