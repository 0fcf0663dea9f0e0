// SPDX-License-Identifier: MIT
//
// Meta data: what a registry's engine reads of them, and the functions of the
// handle. They are in the first partition.

#include "horde/actors/entry.hpp"
#include "horde/actors/registry.hpp"
#include "horde/actors/registry_parts.hpp"
#include "horde/actors/type_ids.hpp"

namespace horde::actors {

caf::expected<caf::message>
registry_engine::meta(const std::string& key) const {
  if (auto bytes = view_.meta(key))
    return value_of(node_->sys, *bytes);
  return to_error(
    {errc::not_found, "'" + name_ + "' has no meta data under '" + key + "'"});
}

meta_list registry_engine::list_meta(const std::string& from,
                                     std::uint64_t limit) const {
  meta_list result;
  std::size_t bytes = 0;
  view_.for_each_meta(from, [&](const auto& key, const auto& value) {
    bytes += sizeof(meta_entry) + key.size() + value.size();
    result.is_all = result.entries.size() < limit && bytes <= max_answer_bytes;
    if (result.is_all)
      result.entries.push_back({key, value});
    return result.is_all;
  });
  return result;
}

} // namespace horde::actors

namespace horde {

using actors::no_registry;

caf::expected<void> registry::put_meta(const std::string& key,
                                       const caf::message& value) {
  if (!parts_)
    return no_registry();
  return parts_->first().put_meta(key, value);
}

caf::expected<void> registry::delete_meta(const std::string& key) {
  if (!parts_)
    return no_registry();
  return parts_->first().delete_meta(key);
}

caf::expected<caf::message> registry::meta(const std::string& key) const {
  if (!parts_)
    return no_registry();
  return parts_->first().meta(key);
}

meta_list registry::list_meta(std::uint64_t limit,
                              const std::string& from) const {
  return parts_ ? parts_->first().list_meta(from, limit) : meta_list{};
}

caf::expected<caf::message> registry::value_of(const meta_entry& x) const {
  if (!parts_)
    return no_registry();
  return horde::value_of(parts_->first().node().sys, x.value);
}

} // namespace horde
