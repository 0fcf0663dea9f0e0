// SPDX-License-Identifier: MIT
//
// What users and tools send to a registry about its meta data, and the answers.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <caf/message.hpp>

#include "horde/actors/caf_compat.hpp"

namespace horde {

/// Meta data of a horde: kept by all members, also when the writer is gone; the
/// latest write wins (R41). Answered with nothing.
struct put_meta {
  std::string key;
  caf::message value;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::put_meta", field("key", x.key),
                       field("value", x.value));
  }
};

/// Answered with nothing, also if there was nothing.
struct delete_meta {
  std::string key;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::delete_meta", field("key", x.key));
  }
};

/// Answered with `meta_value`, or `not_found`.
struct get_meta {
  std::string key;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::get_meta", field("key", x.key));
  }
};

struct meta_value {
  caf::message value;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::meta_value", field("value", x.value));
  }
};

/// Answered with `meta_list`: what there is, in the order of the keys, from the
/// first that is not before `from`.
struct list_meta {
  std::uint64_t limit = 1000;
  std::string from;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::list_meta", field("limit", x.limit),
                       field("from", x.from));
  }
};

/// `value`: as bytes, see `registry::value_of`.
struct meta_entry {
  std::string key;
  std::string value;
  friend bool operator==(const meta_entry&, const meta_entry&) = default;
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::meta_entry", field("key", x.key),
                       field("value", x.value));
  }
};

struct meta_list {
  std::vector<meta_entry> entries; ///< at most 4 MiB
  bool is_all = true;              ///< none follow
  template <class Self>
  static auto fields(Self& x) {
    return make_record("horde::meta_list", field("entries", x.entries),
                       field("is_all", x.is_all));
  }
};

} // namespace horde
