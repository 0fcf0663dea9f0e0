// SPDX-License-Identifier: MIT
//
// A store that was read and checked before anybody needs what is in it: so a
// program finds out that it cannot be used before the cluster hears of it.

#pragma once

#include <memory>
#include <optional>
#include <string>

#include "horde/sync/config.hpp"
#include "horde/sync/storage.hpp"

namespace horde::sync {

class preloaded_storage final : public storage {
public:
  /// Reads and checks all. `cfg` has the key and name of the cluster. Fails as
  /// `replica::keep_in` would.
  static outcome<std::shared_ptr<storage>> load(std::shared_ptr<storage> where,
                                                const config& cfg);

  std::string name() const override { return where_->name(); }

  /// The first time, what was read before.
  outcome<std::optional<stored_state>> load() override;

  std::optional<failure>
  append(std::string_view header,
         std::span<const stored_record> changed) override {
    return where_->append(header, changed);
  }

  std::optional<failure> snapshot(const stored_state& state) override {
    return where_->snapshot(state);
  }

private:
  using content = std::optional<stored_state>;

  preloaded_storage(std::shared_ptr<storage> where, content read)
      : where_(std::move(where)), read_(std::move(read)) {}

  std::shared_ptr<storage> where_;
  std::optional<content> read_; ///< until it is asked for
};

} // namespace horde::sync
