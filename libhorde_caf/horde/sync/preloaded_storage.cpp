// SPDX-License-Identifier: MIT

#include "horde/sync/preloaded_storage.hpp"

#include <utility>

#include "horde/sync/persistence.hpp"

namespace horde::sync {

outcome<std::shared_ptr<storage>>
preloaded_storage::load(std::shared_ptr<storage> where, const config& cfg) {
  auto read = where->load();
  if (auto problem = std::get_if<failure>(&read))
    return std::move(*problem);
  auto& found = std::get<content>(read);
  if (found) {
    auto checked = read_former_self(std::move(*found), *where, cfg);
    if (auto problem = std::get_if<failure>(&checked))
      return std::move(*problem);
    found = std::move(std::get<former_self>(checked).state);
  }
  return std::shared_ptr<storage>{
    new preloaded_storage{std::move(where), std::move(found)}};
}

outcome<std::optional<stored_state>> preloaded_storage::load() {
  if (!read_)
    return where_->load();
  return *std::exchange(read_, std::nullopt);
}

} // namespace horde::sync
