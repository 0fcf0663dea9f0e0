// SPDX-License-Identifier: MIT
//
// A `caf::actor_system_config` with the middleman loaded, our messages
// registered, CAF set up for low latency and little idle work, and the node's
// options read from CAF's configuration file and command line.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <caf/actor_system_config.hpp>
#include <caf/expected.hpp>
#include <caf/settings.hpp>

#include "horde/actors/node.hpp"
#include "horde/actors/typed_child.hpp"

namespace horde {

class config : public caf::actor_system_config {
public:
  config();

  /// The node's settings: those of the program, then what file and command line
  /// say (`horde.listen`, `horde.seeds`, ...). Fails with `bad_option`.
  caf::expected<node_settings> node() const;

  /// Reads a file in CAF's own format. As CAF's `parse` does it, but what the
  /// section `horde` says must be known options of the right type. Fails with
  /// `bad_option`, naming the file and the option.
  caf::error read_file(const std::string& path);

  using caf::actor_system_config::add_actor_type;

  /// Adds a child type: a function-based actor, `f(self, args...)` or
  /// `f(args...)`. Every node that should be able to run it adds it under the
  /// same name. For more control set `defaults.child_types[name]` to a factory.
  template <class F>
  config& add_actor_type(std::string name, F f) {
    defaults.child_types[std::move(name)] =
      actors::make_child_factory(std::move(f));
    return *this;
  }

  /// What the program sets before file and command line are read.
  node_settings defaults;

private:
  std::optional<std::string> take_section(const caf::settings& section) const;
  caf::error take_trust(node_settings& to) const;
  caf::error take_formation(node_settings& to) const;

  std::string cluster_;
  std::string name_;
  std::string listen_;
  std::string advertise_;
  std::string secret_;
  std::uint64_t max_unsent_ = 0; ///< 0: not given
  /// Negative: not given.
  caf::timespan heartbeat_interval_{-1};
  caf::timespan suspect_after_{-1};
  caf::timespan down_after_{-1};
  std::string secret_file_;
  std::string transport_;
  certificate_files certificates_;
  std::vector<std::string> seeds_;
  std::vector<std::string> labels_;
  std::uint32_t weight_ = 0; ///< zero: not given
};

} // namespace horde
