// SPDX-License-Identifier: MIT

#include "horde/sync/answers.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace horde::sync {

namespace {

// Upper limits of what lengths, a stamp and a dot take on the wire.
constexpr std::size_t bytes_of_dot = 20;
constexpr std::size_t bytes_of_version = 40;
constexpr std::size_t bytes_of_hash = 20;

std::size_t size_of(const hash_state& x) {
  auto result = bytes_of_hash + x.gone.size() * bytes_of_dot;
  for (const auto& k : x.keys) {
    result += bytes_of_hash + k.key.size();
    for (const auto& v : k.versions)
      result += bytes_of_version + v.value.size();
  }
  return result;
}

hash_state state_of(const listed_hash& asked, const crdt::aw_lww_map& map) {
  hash_state result{asked.hash, {}, {}};
  std::vector<crdt::dot> held;
  auto visit = [&](std::uint64_t, const std::string& key,
                   std::span<const crdt::version> versions) {
    result.keys.push_back({key, {versions.begin(), versions.end()}, {}});
    for (const auto& v : versions)
      held.push_back(v.id);
    return true;
  };
  map.visit(asked.hash, asked.hash, visit);
  for (auto d : asked.dots)
    if (map.seen().contains(d) && std::ranges::find(held, d) == held.end())
      result.gone.push_back(d);
  return result;
}

} // namespace

message answer(const compare& question, const crdt::aw_lww_map& map,
               std::uint64_t sequence, const config& limits) {
  if (question.digest == map.digest()
      && question.context == map.seen().digest(map.hash_key()))
    return equal{question.round, sequence};
  return answer(list{question.round, 0}, map, sequence, limits);
}

listing answer(const list& question, const crdt::aw_lww_map& map,
               std::uint64_t sequence, const config& limits) {
  constexpr auto end = std::numeric_limits<std::uint64_t>::max();
  listing result{question.round, question.from, end, sequence, {}, {}};
  if (question.from == 0)
    result.seen = map.seen();
  std::size_t keys = 0;
  std::size_t bytes = 0;
  auto visit = [&](std::uint64_t hash, const std::string&,
                   std::span<const crdt::version> versions) {
    auto is_new = result.hashes.empty() || result.hashes.back().hash != hash;
    auto is_full =
      keys >= limits.max_listed_keys || bytes >= limits.max_group_bytes;
    if (is_new && is_full && !result.hashes.empty()) {
      result.last = result.hashes.back().hash;
      return false;
    }
    if (is_new)
      result.hashes.push_back({hash, {}});
    for (const auto& v : versions)
      result.hashes.back().dots.push_back(v.id);
    ++keys;
    bytes += bytes_of_hash + versions.size() * bytes_of_dot;
    return true;
  };
  map.visit(question.from, end, visit);
  return result;
}

state answer(const want& question, const crdt::aw_lww_map& map,
             const config& limits) {
  state result{question.round, {}};
  std::size_t keys = 0;
  std::size_t bytes = 0;
  for (const auto& asked : question.hashes) {
    auto here = state_of(asked, map);
    keys += here.keys.size();
    bytes += size_of(here);
    auto is_full =
      keys > limits.max_group_keys || bytes > limits.max_group_bytes;
    if (is_full && !result.hashes.empty())
      break;
    result.hashes.push_back(std::move(here));
  }
  return result;
}

} // namespace horde::sync
