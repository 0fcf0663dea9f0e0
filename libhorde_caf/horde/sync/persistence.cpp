// SPDX-License-Identifier: MIT

#include "horde/sync/persistence.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "horde/sync/news_codec.hpp"

namespace horde::sync {

namespace {

/// Of a header. Format 2 did not tell the name of the cluster.
constexpr std::uint8_t format = 3;
constexpr std::uint8_t format_without_name = 2;

/// Tells whether two replicas hash keys in the same way.
std::uint64_t fingerprint(std::uint64_t hash_key) {
  return hash64("horde store", hash_key);
}

std::string header_of(const crdt::aw_lww_map& map, const config& cfg) {
  std::string result;
  writer out{result};
  out.byte(format);
  out.bytes(cfg.cluster);
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

stored_state state_of(const crdt::aw_lww_map& map, const config& cfg) {
  stored_state result{header_of(map, cfg), {}};
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
                                      std::span<const std::uint64_t> hashes) {
  std::vector<stored_record> result;
  result.reserve(hashes.size());
  for (auto hash : hashes)
    result.push_back(record_of(map, hash));
  return result;
}

failure damaged(const storage& where, const char* what) {
  return {errc::store_damaged, where.name() + ": is damaged: " + what};
}

/// Says of which clusters, and what may be done. `theirs`: none if it does not
/// tell.
failure foreign(const storage& where, const std::optional<std::string>& theirs,
                const std::string& ours) {
  if (theirs == ours)
    return {errc::store_unusable,
            where.name() + ": was written in cluster '" + ours
              + "' with another digest key: use the version that wrote it, or "
                "remove it (other members give back what they have)"};
  auto whose = theirs ? "cluster '" + *theirs + "'"
                      : std::string{"a cluster with another name"};
  return {errc::store_unusable, where.name() + ": was written in " + whose
                                  + ", and this is cluster '" + ours
                                  + "': use that name, or another store"};
}

std::optional<failure> read_header(std::string_view bytes, const storage& from,
                                   const config& cfg,
                                   crdt::causal_context& seen) {
  reader in{bytes};
  auto form = in.byte();
  if (form != format && form != format_without_name)
    return damaged(from, "its header has an unknown form");
  std::optional<std::string> cluster;
  if (form == format)
    cluster = in.bytes();
  if (in.fixed64() != fingerprint(cfg.digest_key) && !in.failed())
    return foreign(from, cluster, cfg.cluster);
  decode(in, seen);
  if (in.failed() || in.remaining() != 0)
    return damaged(from, "its header cannot be read");
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

outcome<former_self> read_former_self(stored_state state, const storage& from,
                                      const config& cfg) {
  former_self result{std::move(state), {}, {}};
  if (auto problem = read_header(result.state.header, from, cfg, result.seen))
    return std::move(*problem);
  for (const auto& record : result.state.records)
    if (!read_record(record, cfg.digest_key, result.seen, result.news))
      return damaged(from, "a record does not fit to its key");
  return result;
}

outcome<std::optional<former_self>> persistence::load(const config& cfg) {
  using result = std::optional<former_self>;
  auto kept = where_->load();
  if (auto problem = std::get_if<failure>(&kept))
    return std::move(*problem);
  auto& state = std::get<std::optional<stored_state>>(kept);
  if (!state)
    return result{};
  auto read = read_former_self(std::move(*state), *where_, cfg);
  if (auto problem = std::get_if<failure>(&read))
    return std::move(*problem);
  return result{std::get<former_self>(std::move(read))};
}

void persistence::keep(const crdt::aw_lww_map& map,
                       std::span<const std::string> changed, const config& cfg,
                       moment now) {
  auto before = std::exchange(seen_, map.seen().digest(map.hash_key()));
  auto is_new = !changed.empty() || seen_ != before;
  if (!is_new && !again_)
    return;
  owe(map, changed, cfg);
  if (wake_at() <= now.at || !again_)
    attempt(map, cfg, now);
  status_.failed_steps += is_new && again_ ? 1 : 0;
}

void persistence::keep_owed(const crdt::aw_lww_map& map, const config& cfg,
                            moment now) {
  if (again_)
    attempt(map, cfg, now);
}

void persistence::owe(const crdt::aw_lww_map& map,
                      std::span<const std::string> keys, const config& cfg) {
  if (owes_all_)
    return;
  auto old = static_cast<std::ptrdiff_t>(owed_.size());
  for (const auto& key : keys)
    owed_.push_back(map.hash_of(key));
  std::sort(owed_.begin() + old, owed_.end());
  std::inplace_merge(owed_.begin(), owed_.begin() + old, owed_.end());
  owed_.erase(std::unique(owed_.begin(), owed_.end()), owed_.end());
  owes_all_ = again_ && owed_.size() > cfg.max_unkept_keys;
  if (owes_all_)
    owed_ = {};
}

void persistence::attempt(const crdt::aw_lww_map& map, const config& cfg,
                          moment now) {
  auto problem =
    owes_all_ ? where_->snapshot(state_of(map, cfg))
              : where_->append(header_of(map, cfg), records_of(map, owed_));
  auto state = problem ? store_state::fails : store_state::works;
  if (std::exchange(status_.state, state) != state)
    status_.since = now.wall;
  if (!problem) {
    status_.problem.clear();
    owed_.clear();
    owes_all_ = false;
    again_.reset();
    return;
  }
  if (problem->code == errc::store_damaged) {
    owes_all_ = true;
    owed_ = {};
  }
  status_.problem = std::move(problem->what);
  if (again_)
    again_->again(now.at);
  else
    again_.emplace(cfg.store_retry_after, cfg.store_retry_at_most, now.at);
}

} // namespace horde::sync
