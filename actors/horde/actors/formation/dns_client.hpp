// SPDX-License-Identifier: MIT
//
// Asks DNS servers, with c-ares: several questions at once, with a deadline,
// over TCP if an answer is too large for UDP.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "horde/actors/formation/strategy.hpp"
#include "horde/errc.hpp"
#include "horde/formation/dns_message.hpp"
#include "horde/time.hpp"

namespace horde::formation {

struct dns_question {
  std::string name; ///< with a dot at the end: nothing is appended to it
  dns_type type = dns_type::a;
};

struct dns_servers {
  /// `address` or `address:port`; empty: those of this machine.
  std::vector<std::string> addresses;
  duration timeout; ///< for all questions together
};

/// Whether it has the form of a server's address.
bool is_dns_server(const std::string& text);

/// An answer or a failure for each question, in their order. `not_found`: there
/// is no such name. `timeout`: nobody answered. Returns soon when `by` is
/// stopped. The settings of this machine (resolv.conf) are read each time.
/// Thread-safe.
std::vector<outcome<dns_answer>> ask_dns(const dns_servers& whom,
                                         const std::vector<dns_question>& what,
                                         waker& by);

} // namespace horde::formation
