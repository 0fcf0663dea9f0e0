// SPDX-License-Identifier: MIT
//
// One entry of a registry as predicates and `dispatch` see it.

#pragma once

#include <optional>
#include <string>

#include <caf/actor_system.hpp>
#include <caf/expected.hpp>
#include <caf/message.hpp>

#include "horde/actors/caf_compat.hpp"
#include "horde/actors/registration.hpp"

namespace horde {

/// A value as a registry keeps it; no bytes are an empty message. Fails with
/// `unknown_type` if this node does not know a type in it.
caf::expected<caf::message> value_of(caf::actor_system& sys,
                                     const std::string& bytes);

/// The other way round. Fails with `unknown_type`.
outcome<std::string> to_value(caf::actor_system& sys, const caf::message& x);

/// An entry, seen whole. Valid while the predicate runs; decodes the value when
/// it is asked for, once.
class entry {
public:
  entry(caf::actor_system& sys, const registration& x) : sys_(sys), x_(x) {}

  const std::string& name() const { return x_.name; }
  const pid& who() const { return x_.who; }
  const member_id& member() const { return x_.member; }
  /// The node of the owner is suspect.
  bool suspect() const { return x_.suspect; }
  const registration& whole() const { return x_; }

  /// What it was registered with, see `value_of`.
  const caf::expected<caf::message>& value() const {
    if (!value_)
      value_ = value_of(sys_, x_.value);
    return *value_;
  }

  /// The value if it is one `T` and nothing else.
  template <class T>
  std::optional<T> value_as() const {
    const auto& all = value();
    if (!all || all->size() != 1 || !all->template match_element<T>(0))
      return std::nullopt;
    return all->template get_as<T>(0);
  }

private:
  caf::actor_system& sys_;
  const registration& x_;
  mutable std::optional<caf::expected<caf::message>> value_;
};

} // namespace horde
