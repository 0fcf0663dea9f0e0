// SPDX-License-Identifier: MIT

#include "horde/actors/secret_file.hpp"

#include <fstream>

namespace horde {

outcome<std::vector<std::string>> read_secrets(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  if (!file)
    return failure{errc::bad_option,
                   "cannot read the secret from '" + path + "'"};
  std::vector<std::string> result;
  for (std::string line; std::getline(file, line);) {
    while (!line.empty() && line.back() == '\r')
      line.pop_back();
    if (!line.empty())
      result.push_back(std::move(line));
  }
  if (file.bad())
    return failure{errc::bad_option,
                   "cannot read the secret from '" + path + "'"};
  if (result.empty())
    return failure{errc::bad_option, "the secret file '" + path + "' is empty"};
  return result;
}

} // namespace horde
