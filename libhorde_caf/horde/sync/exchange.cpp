// SPDX-License-Identifier: MIT

#include "horde/sync/exchange.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace horde::sync {

namespace {

using crdt::dot;
using crdt::key_delta;
using crdt::version;

/// For lists that are ascending by hash.
template <class T>
const T* find(const std::vector<T>& xs, std::uint64_t hash) {
  auto i = std::ranges::lower_bound(xs, hash, {}, &T::hash);
  return i != xs.end() && i->hash == hash ? &*i : nullptr;
}

bool contains(const std::vector<dot>& xs, dot x) {
  return std::ranges::find(xs, x) != xs.end();
}

/// Visits the keys with one hash.
template <class F>
void visit_hash(const crdt::aw_lww_map& map, std::uint64_t hash, F f) {
  map.visit(hash, hash,
            [&](std::uint64_t, const std::string& key,
                std::span<const version> versions) {
              f(key, versions);
              return true;
            });
}

} // namespace

exchange::exchange(std::uint64_t round, std::uint64_t own_sequence,
                   const crdt::aw_lww_map& map, retry timer)
    : round_(round), timer_(timer) {
  ask(compare{round_, own_sequence, map.digest(),
              map.seen().digest(map.hash_key())},
      answer_kind::first_part);
}

void exchange::ask(const message& x, answer_kind awaited) {
  awaited_ = awaited;
  request_ = std::make_shared<const std::string>(encode_message(x));
}

exchange::news exchange::receive(const equal& x) {
  if (x.round != round_ || awaited_ != answer_kind::first_part)
    return std::nullopt;
  sequence_ = x.sequence;
  heard_all_ = true;
  return news::value_type{};
}

exchange::news exchange::receive(listing&& x, const crdt::aw_lww_map& map) {
  auto is_first = awaited_ == answer_kind::first_part;
  if (x.round != round_ || x.from != from_
      || (!is_first && awaited_ != answer_kind::part))
    return std::nullopt;
  if (is_first) {
    // The whole round is judged by this one context. A later part's context
    // claims more, but the parts before were not told about that.
    snapshot_ = std::move(x.seen);
    sequence_ = x.sequence;
  }
  heard_all_ = x.last == std::numeric_limits<std::uint64_t>::max();
  from_ = x.last + 1;
  lacking_.clear();
  for (const auto& here : x.hashes)
    if (!std::ranges::all_of(here.dots,
                             [&](dot d) { return map.seen().contains(d); }))
      lacking_.push_back(here);
  auto result = dropped(x, map);
  found_difference_ |= !lacking_.empty() || !result.empty();
  return result;
}

std::vector<key_delta> exchange::dropped(const listing& x,
                                         const crdt::aw_lww_map& map) const {
  std::vector<key_delta> result;
  auto visit = [&](std::uint64_t hash, const std::string& key,
                   std::span<const version> versions) {
    if (find(lacking_, hash))
      return true;
    auto listed = find(x.hashes, hash);
    key_delta news{key, {}, {}};
    for (const auto& v : versions)
      if (snapshot_.contains(v.id) && !(listed && contains(listed->dots, v.id)))
        news.gone.push_back(v.id);
    if (!news.gone.empty())
      result.push_back(std::move(news));
    return true;
  };
  map.visit(x.from, x.last, visit);
  return result;
}

exchange::news exchange::receive(state&& x, const crdt::aw_lww_map& map) {
  if (x.round != round_ || awaited_ != answer_kind::state)
    return std::nullopt;
  news::value_type result;
  auto count = lacking_.size();
  for (auto& here : x.hashes)
    if (find(lacking_, here.hash))
      settle(std::move(here), map, result);
  std::erase_if(lacking_, [&](const listed_hash& l) {
    return find(x.hashes, l.hash) != nullptr;
  });
  // An answer that settles nothing would be asked for for ever.
  if (lacking_.size() == count)
    return std::nullopt;
  return result;
}

void exchange::settle(hash_state&& x, const crdt::aw_lww_map& map,
                      std::vector<key_delta>& out) const {
  auto is_there = [&](dot d) {
    return std::ranges::any_of(x.keys, [&](const key_delta& k) {
      return std::ranges::find(k.versions, d, &version::id) != k.versions.end();
    });
  };
  // Each dot that is gone is put to the key under which we hold it, so that it
  // leaves in the same step in which its successor arrives. Beside what the
  // answer says: what the neighbour had seen at the start and has not now. That
  // may have come to us from others after we asked.
  std::vector<key_delta> held;
  visit_hash(map, x.hash, [&](const std::string& key, auto versions) {
    auto& k = held.emplace_back(key_delta{key, {}, {}});
    for (const auto& v : versions)
      if (std::erase(x.gone, v.id) > 0
          || (snapshot_.contains(v.id) && !is_there(v.id)))
        k.gone.push_back(v.id);
  });
  for (auto& k : held)
    if (auto i = std::ranges::find(x.keys, k.key, &key_delta::key);
        i != x.keys.end())
      i->gone = std::move(k.gone);
    else if (!k.gone.empty())
      out.push_back(std::move(k));
  // Dots that we never held: under which key they are noted does not matter.
  if (!x.gone.empty())
    out.push_back({{}, {}, std::move(x.gone)});
  std::ranges::move(x.keys, std::back_inserter(out));
}

bool exchange::knows_dropped(std::uint64_t hash, dot x) const {
  // The first part not heard yet starts at from_: 0 also after the last part.
  auto is_heard = heard_all_ || hash < from_;
  return is_heard && snapshot_.contains(x) && !find(lacking_, hash);
}

want exchange::next_want(const crdt::aw_lww_map& map, std::size_t most) const {
  auto n = std::min(lacking_.size(), std::max(most, std::size_t{1}));
  want result{
    round_,
    {lacking_.begin(), lacking_.begin() + static_cast<std::ptrdiff_t>(n)}};
  // Beside what is listed: what we hold, for it may be gone there.
  for (auto& here : result.hashes)
    visit_hash(map, here.hash, [&](const std::string&, auto versions) {
      for (const auto& v : versions)
        if (!contains(here.dots, v.id))
          here.dots.push_back(v.id);
    });
  return result;
}

void exchange::advance(const crdt::aw_lww_map& map, const config& limits,
                       retry timer) {
  timer_ = timer;
  if (!lacking_.empty())
    ask(next_want(map, limits.max_listed_keys), answer_kind::state);
  else if (!heard_all_)
    ask(list{round_, from_}, answer_kind::part);
  else
    awaited_ = answer_kind::none;
}

} // namespace horde::sync
