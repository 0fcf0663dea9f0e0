// SPDX-License-Identifier: MIT

#include "horde/sync/persistence.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "horde/sync/news_codec.hpp"

namespace horde::sync {

namespace {

constexpr std::uint8_t format = 2;

/// Tells whether two replicas hash keys in the same way.
std::uint64_t fingerprint(std::uint64_t hash_key) {
  return hash64("horde store", hash_key);
}

std::string header_of(const crdt::aw_lww_map& map) {
  std::string result;
  writer out{result};
  out.byte(format);
  out.fixed64(fingerprint(map.hash_key()));
  encode(out, map.seen());
  return result;
}

stored_record record_of(const crdt::aw_lww_map& map, std::uint64_t hash) {
  crdt::news all;
  map.visit(hash, hash,
            [&](std::uint64_t, std::string_view key, auto versions) {
              if (all.empty())
                all.add_hash(hash);
              all.add_key(key);
              for (const auto& v : versions)
                all.add_version(v);
              return true;
            });
  stored_record result{hash, {}};
  if (all.empty())
    return result;
  writer out{result.bytes};
  news_writer items;
  items.item(out, all[0]);
  return result;
}

stored_state state_of(const crdt::aw_lww_map& map) {
  stored_state result{header_of(map), {}};
  std::uint64_t last = 0;
  map.visit_from(0, [&](std::uint64_t hash, std::string_view, auto) {
    if (result.records.empty() || hash != last)
      result.records.push_back(record_of(map, hash));
    last = hash;
    return true;
  });
  return result;
}

std::vector<stored_record> records_of(const crdt::aw_lww_map& map,
                                      std::span<const std::string> keys) {
  std::vector<std::uint64_t> hashes;
  hashes.reserve(keys.size());
  for (const auto& key : keys)
    hashes.push_back(map.hash_of(key));
  std::ranges::sort(hashes);
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  std::vector<stored_record> result;
  result.reserve(hashes.size());
  for (auto hash : hashes)
    result.push_back(record_of(map, hash));
  return result;
}

failure damaged(const char* what) {
  return {errc::store_damaged, std::string{"the store is damaged: "} + what};
}

std::optional<failure> read_header(std::string_view bytes,
                                   std::uint64_t hash_key,
                                   crdt::causal_context& seen) {
  reader in{bytes};
  if (in.byte() != format)
    return damaged("its header has an unknown form");
  if (in.fixed64() != fingerprint(hash_key) && !in.failed())
    return failure{errc::store_unusable,
                   "the store was written in a cluster with another name"};
  decode(in, seen);
  if (in.failed() || in.remaining() != 0)
    return damaged("its header cannot be read");
  return std::nullopt;
}

bool read_record(const stored_record& x, std::uint64_t hash_key,
                 const crdt::causal_context& seen, crdt::news& all) {
  reader in{x.bytes};
  news_reader items{hash_key};
  items.item(in, items.mark(in), all);
  if (in.failed() || in.remaining() != 0)
    return false;
  auto item = all[all.size() - 1];
  return item.hash() == x.hash && item.size() > 0 && item.gone().empty()
         && !item.any_dot([&](crdt::dot d) { return !seen.contains(d); });
}

} // namespace

outcome<std::optional<former_self>> persistence::load(std::uint64_t hash_key) {
  using result = std::optional<former_self>;
  auto kept = where_->load();
  if (auto problem = std::get_if<failure>(&kept))
    return *problem;
  auto& state = std::get<std::optional<stored_state>>(kept);
  if (!state)
    return result{};
  former_self x{std::move(*state), {}, {}};
  if (auto problem = read_header(x.state.header, hash_key, x.seen))
    return *problem;
  for (const auto& record : x.state.records)
    if (!read_record(record, hash_key, x.seen, x.news))
      return damaged("a record does not fit to its key");
  return result{std::move(x)};
}

void persistence::keep(const crdt::aw_lww_map& map,
                       std::span<const std::string> changed) {
  auto seen = map.seen().digest(map.hash_key());
  auto is_new = !changed.empty() || seen != seen_;
  if (!is_new && !has_lost())
    return;
  auto problem = has_lost()
                   ? where_->snapshot(state_of(map))
                   : where_->append(header_of(map), records_of(map, changed));
  seen_ = seen;
  status_.state = problem ? store_state::fails : store_state::works;
  status_.problem = problem ? std::move(problem->what) : std::string{};
  status_.failed_steps += problem && is_new ? 1 : 0;
}

} // namespace horde::sync
