// SPDX-License-Identifier: MIT

#include "horde/sync/answers.hpp"

#include <algorithm>
#include <utility>

#include "horde/overload.hpp"

namespace horde::sync {

namespace {

// Upper limits of what lengths, a stamp and a dot take on the wire.
constexpr std::size_t most_dot_bytes = 20;
constexpr std::size_t most_version_bytes = 40;
constexpr std::size_t most_hash_bytes = 20;
constexpr std::size_t child_bytes = 2 + sizeof(short_digests);

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

digest_answer differing_children(const digest_question& x,
                                 const crdt::aw_lww_map& map) {
  digest_answer result;
  auto here = short_form(map.digests_below(x.where));
  for (unsigned i = 0; i < here.size(); ++i)
    if (here[i] != x.children[i]) {
      auto child = x.where.child(i);
      auto& out = result.different.emplace_back();
      out.place = static_cast<std::uint8_t>(i);
      if (child.level < crdt::tree_node::deepest)
        out.children = short_form(map.digests_below(child));
    }
  return result;
}

/// Compares what the asker listed with what is here, hash by hash in order.
class list_comparer {
public:
  list_comparer(const list_question& x, const crdt::aw_lww_map& map,
                budget& left, report& out)
      : listed_(x.hashes), map_(map), left_(left), out_(out.news),
        forgotten_(out.forgotten) {}

  list_answer compare(const crdt::tree_node& where) {
    auto items_before = out_.size();
    map_.visit(where.first(), where.last(),
               [this](std::uint64_t hash, std::string_view key,
                      crdt::key_table::versions versions) {
                 return visit(hash, key, versions);
               });
    if (!upto_) {
      close();
      close_listed_before(nullptr);
    }
    return {upto_, out_.size() - items_before};
  }

private:
  bool visit(std::uint64_t hash, std::string_view key,
             crdt::key_table::versions versions) {
    if (!is_open_ || hash_ != hash) {
      close();
      close_listed_before(&hash);
      // It stops at the end of a node of the deepest level, after one
      // difference at least.
      auto end = crdt::tree_node::of(hash_, crdt::tree_node::deepest).last();
      if (left_.is_spent() && has_told_ && hash > end) {
        upto_ = end;
        return false;
      }
      open(hash);
    }
    auto is_told = false;
    for (const auto& v : versions) {
      held_.push_back(v.id);
      if (is_listed(v.id))
        continue;
      begin_item();
      if (!std::exchange(is_told, true)) {
        out_.add_key(key);
        left_.spend(most_hash_bytes + key.size(), 1);
      }
      out_.add_version(v);
      left_.spend(most_version_bytes + v.value.size());
    }
    return true;
  }

  void open(std::uint64_t hash) {
    is_open_ = true;
    has_item_ = false;
    hash_ = hash;
    held_.clear();
    asked_ = next_ < listed_.size() && listed_[next_].hash == hash
               ? &listed_[next_++]
               : nullptr;
  }

  void begin_item() {
    if (std::exchange(has_item_, true))
      return;
    has_told_ = true;
    out_.add_hash(hash_);
  }

  bool is_listed(crdt::dot d) const {
    return asked_ && std::ranges::find(asked_->dots, d) != asked_->dots.end();
  }

  /// The hash that was visited is complete.
  void close() {
    if (!std::exchange(is_open_, false) || !asked_)
      return;
    auto has_forgotten = false;
    for (auto d : asked_->dots) {
      if (!map_.seen().contains(d)
          || std::ranges::find(held_, d) != held_.end())
        continue;
      left_.spend(most_dot_bytes);
      if (!map_.seen().is_forgotten(d.who)) {
        begin_item();
        out_.add_gone(d);
        continue;
      }
      if (!std::exchange(has_forgotten, true))
        forgotten_.add_hash(hash_);
      forgotten_.add_gone(d);
    }
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
  crdt::news& out_;
  crdt::news& forgotten_;
  std::optional<std::uint64_t> upto_;
  std::size_t next_ = 0;               ///< of `listed_`
  std::uint64_t hash_ = 0;             ///< visited now, or last
  bool is_open_ = false;               ///< it is not complete
  bool has_item_ = false;              ///< it has one already
  bool has_told_ = false;              ///< there was a difference
  const listed_hash* asked_ = nullptr; ///< what was listed of it
  std::vector<crdt::dot> held_;        ///< what is here of it
};

} // namespace

short_digests short_form(const crdt::child_digests& xs) {
  short_digests result{};
  std::ranges::transform(xs, result.begin(), &hash128::low);
  return result;
}

message answer_to(const compare& x, const crdt::aw_lww_map& map,
                  std::uint64_t sequence) {
  auto root = differing_children({{}, x.children}, map);
  if (root.different.empty() && x.context == map.seen().digest(map.hash_key()))
    return equal{x.round, sequence};
  return differs{x.round, sequence, map.forgettings(), map.seen(),
                 std::move(root)};
}

report answer_to(const probe& x, const crdt::aw_lww_map& map,
                 const config& limits) {
  report result{x.round, x.part, map.forgettings(), {}, {}, {}};
  budget left{limits};
  auto compare = overload{
    [&](const digest_question& q) -> answer {
      auto different = differing_children(q, map);
      left.spend(1 + different.different.size() * child_bytes);
      return different;
    },
    [&](const list_question& q) -> answer {
      return list_comparer{q, map, left, result}.compare(q.where);
    },
  };
  for (const auto& question : x.questions) {
    if (left.is_spent() && !result.answers.empty())
      break;
    result.answers.push_back(std::visit(compare, question));
  }
  return result;
}

} // namespace horde::sync
