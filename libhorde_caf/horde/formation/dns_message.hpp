// SPDX-License-Identifier: MIT
//
// Reads the answer of a DNS server (RFC 1035; SRV: RFC 2782). Bytes in, records
// out; takes hostile input.

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "horde/time.hpp"

namespace horde::formation {

/// What is asked for, by its number in DNS.
enum class dns_type : std::uint16_t { a = 1, aaaa = 28, srv = 33 };

struct dns_record {
  std::string host;       ///< an address (A, AAAA) or a name without end dot
  std::uint16_t port = 0; ///< SRV only

  friend bool operator==(const dns_record&, const dns_record&) = default;
};

struct dns_answer {
  std::uint8_t code = 0; ///< 0: no error, 3: there is no such name
  bool truncated = false;
  std::vector<dns_record> records; ///< of the wanted type, in their order
  /// For how long all of it is true; nothing if there are no records.
  std::optional<std::chrono::seconds> valid_for;
};

/// Nothing if the message is malformed.
std::optional<dns_answer> parse_dns_answer(std::string_view message,
                                           dns_type wanted);

} // namespace horde::formation
