// SPDX-License-Identifier: MIT
//
// Everything that can be refused or can fail, in one list, and a failure with
// the facts a person needs. Foreseeable outcomes are values; nothing throws.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace horde {

/// Append only: the numbers travel between nodes.
enum class errc : std::uint8_t {
  none = 0,
  already_registered,
  not_registered,
  not_owner,
  not_a_member,
  name_conflict,
  already_started,
  not_found,
  no_alive_nodes,
  quorum_not_met,
  shutting_down,
  node_down,
  hops_exhausted,
  timeout,
  max_children,
  unknown_child_type,
  unknown_type,
  bad_child_spec,
  bad_option,
  name_in_use,
  forgotten,
  refused,
  incompatible_version,
  too_large,
  start_failed,
  ignored,
  cannot_listen,
  cannot_connect,
  unknown_horde,
  store_damaged,
  store_unusable,
  superseded,
  no_place,
  not_quarantined,
  too_many_restarts,
};

/// For those who check a number that came from elsewhere.
constexpr errc last_errc = errc::too_many_restarts;

const char* to_string(errc x);

/// An error code and one sentence that names the thing.
struct failure {
  errc code = errc::none;
  std::string what;

  friend bool operator==(const failure&, const failure&) = default;
};

/// A value or a failure. Read with `std::get_if` or `std::visit`.
template <class T>
using outcome = std::variant<T, failure>;

} // namespace horde
