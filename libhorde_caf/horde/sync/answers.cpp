// SPDX-License-Identifier: MIT

#include "horde/sync/answers.hpp"

#include <algorithm>
#include <utility>

namespace horde::sync {

namespace {

// Upper limits of what lengths, a stamp and a dot take on the wire.
constexpr std::size_t bytes_of_dot = 20;
constexpr std::size_t bytes_of_version = 40;
constexpr std::size_t bytes_of_hash = 20;
constexpr std::size_t bytes_of_child = 2 + sizeof(short_digests);

std::size_t size_of(const hash_state& x) {
  auto result = bytes_of_hash + x.gone.size() * bytes_of_dot;
  for (const auto& k : x.keys) {
    result += bytes_of_hash + k.key.size();
    for (const auto& v : k.versions)
      result += bytes_of_version + v.value.size();
  }
  return result;
}

/// Counts what an answer takes.
class budget {
public:
  explicit budget(const config& limits) : limits_(limits) {}

  void spend(std::size_t bytes, std::size_t keys = 0) {
    bytes_ += bytes;
    keys_ += keys;
  }

  bool is_spent() const {
    return bytes_ > limits_.max_group_bytes || keys_ > limits_.max_group_keys;
  }

private:
  const config& limits_;
  std::size_t bytes_ = 0;
  std::size_t keys_ = 0;
};

digest_answer answer_one(const digest_question& x, const crdt::aw_lww_map& map,
                         budget& left) {
  digest_answer result;
  auto here = short_form(map.digests_below(x.where));
  for (unsigned i = 0; i < here.size(); ++i)
    if (here[i] != x.children[i]) {
      auto child = x.where.child(i);
      auto& out = result.different.emplace_back();
      out.place = static_cast<std::uint8_t>(i);
      if (child.level < crdt::tree_node::deepest)
        out.children = short_form(map.digests_below(child));
      left.spend(bytes_of_child);
    }
  left.spend(1);
  return result;
}

/// Compares what the asker listed with what is here, hash by hash in order.
class list_comparer {
public:
  list_comparer(const list_question& x, const crdt::aw_lww_map& map,
                budget& left)
      : listed_(x.hashes), map_(map), left_(left) {
    result_.upto = x.where.last();
  }

  list_answer compare(const crdt::tree_node& where) {
    map_.visit(where.first(), where.last(),
               [this](std::uint64_t hash, std::string_view key,
                      crdt::key_table::versions versions) {
                 return visit(hash, key, versions);
               });
    if (!is_full_) {
      close();
      close_listed_before(nullptr);
    }
    return std::move(result_);
  }

private:
  bool visit(std::uint64_t hash, std::string_view key,
             crdt::key_table::versions versions) {
    if (!open_ || here_.hash != hash) {
      close();
      close_listed_before(&hash);
      // It stops at the end of a node of the deepest level, after one
      // difference at least.
      auto end = crdt::tree_node::of(last_, crdt::tree_node::deepest).last();
      if (left_.is_spent() && has_told_ && hash > end) {
        is_full_ = true;
        result_.upto = end;
        return false;
      }
      open(hash);
    }
    crdt::key_delta news{std::string{key}, {}, {}};
    for (const auto& v : versions) {
      held_.push_back(v.id);
      if (!is_listed(v.id))
        news.versions.push_back(v);
    }
    if (!news.versions.empty())
      here_.keys.push_back(std::move(news));
    return true;
  }

  void open(std::uint64_t hash) {
    open_ = true;
    here_ = {hash, {}, {}};
    held_.clear();
    asked_ = next_ < listed_.size() && listed_[next_].hash == hash
               ? &listed_[next_++]
               : nullptr;
  }

  bool is_listed(crdt::dot d) const {
    return asked_ && std::ranges::find(asked_->dots, d) != asked_->dots.end();
  }

  /// The hash that was visited is complete.
  void close() {
    if (!open_)
      return;
    open_ = false;
    if (asked_)
      for (auto d : asked_->dots)
        if (map_.seen().contains(d)
            && std::ranges::find(held_, d) == held_.end())
          here_.gone.push_back(d);
    last_ = here_.hash;
    if (here_.keys.empty() && here_.gone.empty())
      return;
    has_told_ = true;
    left_.spend(size_of(here_), here_.keys.size());
    result_.hashes.push_back(std::move(here_));
  }

  /// Hashes that the asker has and we have not. Null: to the end.
  void close_listed_before(const std::uint64_t* hash) {
    while (next_ < listed_.size() && (!hash || listed_[next_].hash < *hash)) {
      open(listed_[next_].hash);
      close();
    }
  }

  const std::vector<listed_hash>& listed_;
  const crdt::aw_lww_map& map_;
  budget& left_;
  list_answer result_;
  std::size_t next_ = 0; ///< of `listed_`
  const listed_hash* asked_ = nullptr;
  hash_state here_;
  std::vector<crdt::dot> held_;
  std::uint64_t last_ = 0;
  bool open_ = false;
  bool has_told_ = false;
  bool is_full_ = false;
};

list_answer answer_one(const list_question& x, const crdt::aw_lww_map& map,
                       budget& left) {
  return list_comparer{x, map, left}.compare(x.where);
}

} // namespace

short_digests short_form(const crdt::child_digests& xs) {
  short_digests result{};
  std::ranges::transform(xs, result.begin(), &hash128::low);
  return result;
}

message answer_to(const compare& x, const crdt::aw_lww_map& map,
                  std::uint64_t sequence) {
  auto is_same = x.digest == map.digest();
  if (is_same && x.context == map.seen().digest(map.hash_key()))
    return equal{x.round, sequence};
  differs result{x.round, sequence, map.seen(), std::nullopt};
  if (!is_same)
    result.children = short_form(map.digests_below({}));
  return result;
}

report answer_to(const probe& x, const crdt::aw_lww_map& map,
                 const config& limits) {
  report result{x.round, x.part, {}};
  budget left{limits};
  for (const auto& question : x.questions) {
    if (left.is_spent() && !result.answers.empty())
      break;
    result.answers.push_back(std::visit(
      [&](const auto& q) { return answer{answer_one(q, map, left)}; },
      question));
  }
  return result;
}

} // namespace horde::sync
