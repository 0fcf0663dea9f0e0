// SPDX-License-Identifier: MIT
//
// Reads the settings of one topology: pairs of key and text, as a configuration
// file or a command line gives them. Each `take_*` consumes a key and keeps the
// first problem; `finish` returns it, or names a key that nobody took. Errors
// are `bad_option` and say which topology, which key, what was given and what
// it takes. Not thread-safe.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "horde/errc.hpp"
#include "horde/time.hpp"

namespace horde::formation {

class settings_reader {
public:
  settings_reader(std::string topology, std::map<std::string, std::string> from)
      : topology_(std::move(topology)), from_(std::move(from)) {}

  /// These leave `to` as it is if the key is not given.
  void take_text(const std::string& key, std::string& to);
  void take_port(const std::string& key, std::uint16_t& to); ///< 1 to 65535
  void take_number(const std::string& key, std::uint64_t& to, std::uint64_t low,
                   std::uint64_t high);
  void take_time(const std::string& key, duration& to); ///< 250ms, 5s, 2min
  void take_flag(const std::string& key, bool& to);     ///< true or false
  /// One item a line, or separated by commas if there is no line break; without
  /// the blanks around items, and without empty ones.
  void take_list(const std::string& key, std::vector<std::string>& to);

  /// The key has to be given and not empty.
  void require(const std::string& key);

  /// For what only the strategy can judge, of a key that was taken: the error
  /// says that it takes `takes`.
  void refuse(const std::string& key, const std::string& takes);

  std::optional<failure> finish() const;

private:
  const std::string* take(const std::string& key); ///< null if not given
  void keep(const std::string& problem);

  std::string topology_;
  std::map<std::string, std::string> from_;
  std::map<std::string, std::string> taken_;
  std::optional<failure> problem_;
};

} // namespace horde::formation
