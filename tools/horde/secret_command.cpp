// SPDX-License-Identifier: MIT
//
// `horde secret`: makes a secret for a new cluster.

#include "secret_command.hpp"

#include <iostream>

#include "horde/actors/door/lobby.hpp"

namespace horde::tools {

namespace {

/// 32 random bytes, as hexadecimal digits.
std::string make_secret() {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result;
  for (auto x : actors::make_nonce()) {
    auto byte = static_cast<unsigned char>(x);
    result += digits[byte >> 4];
    result += digits[byte & 15];
  }
  return result;
}

} // namespace

void add_secret_command(CLI::App& app, action& todo) {
  auto* cmd = app.add_subcommand(
    "secret", "Prints a new random secret, for --secret-file of all nodes");
  cmd->callback([&todo] {
    todo = [] {
      std::cout << make_secret() << std::endl;
      return std::cout ? 0 : 1;
    };
  });
}

} // namespace horde::tools
