// SPDX-License-Identifier: MIT

#include "horde/sync/exchange.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "horde/sync/answers.hpp"

namespace horde::sync {

namespace {

using crdt::dot;
using crdt::tree_node;

/// A node with at most so many keys is listed: digests would take more bytes.
constexpr std::size_t most_listed_keys = 16;

// About what these take on the wire.
constexpr std::size_t typical_dot_bytes = 8;
constexpr std::size_t typical_hash_bytes = 8;

/// All we have in a node. Nothing if that is more than is worth listing.
std::optional<std::vector<listed_hash>> listed(const crdt::aw_lww_map& map,
                                               tree_node x) {
  std::vector<listed_hash> result;
  std::size_t keys = 0;
  map.visit(x.first(), x.last(),
            [&](std::uint64_t hash, std::string_view, auto versions) {
              if (result.empty() || result.back().hash != hash)
                result.push_back({hash, {}});
              for (const auto& v : versions)
                result.back().dots.push_back(v.id);
              return ++keys <= most_listed_keys
                     || x.level == tree_node::deepest;
            });
  if (keys > most_listed_keys && x.level < tree_node::deepest)
    return std::nullopt;
  return result;
}

} // namespace

exchange::exchange(const beginning& x, const crdt::aw_lww_map& map, retry timer)
    : round_(x.round), next_(map.next(x.self)) {
  compare question{round_, x.sequence, map.seen().digest(map.hash_key()),
                   short_form(map.digests_below({}))};
  requests_.push_back(
    {0,
     std::make_shared<const std::string>(encode_message(question)),
     {},
     timer});
}

// -- answers -----------------------------------------------------------------

std::optional<crdt::news> exchange::receive(const equal& x) {
  if (x.round != round_ || has_snapshot_)
    return std::nullopt;
  has_snapshot_ = true;
  sequence_ = x.sequence;
  requests_.clear();
  return crdt::news{};
}

std::optional<crdt::news>
exchange::receive(differs&& x, const crdt::aw_lww_map& map, bool is_known) {
  if (!awaits(x))
    return std::nullopt;
  // The whole round is judged by this one context.
  has_snapshot_ = true;
  snapshot_ = std::move(x.seen);
  forgettings_ = x.forgettings;
  sequence_ = x.sequence;
  requests_.clear();
  if (is_known)
    return crdt::news{};
  // A write of ours that came after the digests, but before the snapshot, may
  // have been dropped there already.
  if (is_stale_ || snapshot_.latest(next_.who) >= next_.counter)
    open({});
  else
    descend({}, x.root, map);
  return crdt::news{};
}

bool exchange::is_answer(const report& x, const request& to) const {
  if (x.answers.empty() || x.answers.size() > to.asked.size())
    return false;
  std::size_t next = 0; // of the news
  for (std::size_t i = 0; i < x.answers.size(); ++i) {
    auto list = std::get_if<list_answer>(&x.answers[i]);
    auto where = to.asked[i].where;
    if ((list != nullptr) != to.asked[i].is_list)
      return false;
    if (!list)
      continue;
    auto upto = list->upto.value_or(where.last());
    // It goes on at the next node, so it ends with one.
    if (upto < where.first() || upto > where.last()
        || tree_node::of(upto, tree_node::deepest).last() != upto)
      return false;
    // They are in order.
    if (list->items > 0
        && (x.news[next].hash() < where.first()
            || x.news[next + list->items - 1].hash() > upto))
      return false;
    next += list->items;
  }
  return true;
}

std::optional<crdt::news> exchange::receive(report&& x,
                                            const crdt::aw_lww_map& map) {
  auto place = std::ranges::find(requests_, x.part, &request::part);
  if (x.round != round_ || x.part == 0 || place == requests_.end()
      || !is_answer(x, *place))
    return std::nullopt;
  auto asked = std::move(place->asked);
  requests_.erase(place);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (i >= x.answers.size()) {
      close(asked[i].where);
      open(asked[i].where);
    } else if (auto list = std::get_if<list_answer>(&x.answers[i])) {
      take(asked[i].where, *list);
    } else {
      take(asked[i].where, std::get<digest_answer>(x.answers[i]), map);
    }
  }
  for (std::size_t i = 0; i < x.forgotten.size(); ++i)
    for (auto d : x.forgotten[i].gone())
      if (snapshot_.is_forgotten(d.who))
        forget(x.forgotten[i].hash(), d);
  found_difference_ |= !x.news.empty() || !forgotten_.empty();
  return std::move(x.news);
}

void exchange::forget(std::uint64_t hash, dot x) {
  forgotten_.add_hash(hash);
  forgotten_.add_gone(x);
}

void exchange::take(tree_node where, const digest_answer& x,
                    const crdt::aw_lww_map& map) {
  if (close(where))
    open(where);
  else
    descend(where, x, map);
}

void exchange::take(tree_node where, const list_answer& x) {
  if (close(where))
    open(where);
  else if (x.upto && *x.upto < where.last())
    open_rest(*x.upto + 1, where.last());
}

bool exchange::close(tree_node x) {
  auto is_stale = open_.at(x.first()).is_stale;
  open_.erase(x.first());
  return is_stale;
}

void exchange::descend(tree_node parent, const digest_answer& theirs,
                       const crdt::aw_lww_map& map) {
  for (const auto& child : theirs.different)
    descend(parent.child(child.place), child.children, map);
}

void exchange::descend(tree_node parent, const short_digests& theirs,
                       const crdt::aw_lww_map& map) {
  if (parent.level == tree_node::deepest)
    return open(parent);
  auto ours = short_form(map.digests_below(parent));
  for (unsigned i = 0; i < ours.size(); ++i)
    if (ours[i] != theirs[i])
      open(parent.child(i));
}

// -- what is not settled -----------------------------------------------------

void exchange::open(tree_node x) {
  open_.emplace(x.first(), open_node{x});
  queue_.push_back(x);
}

void exchange::open_rest(std::uint64_t from, std::uint64_t last) {
  for (;;) {
    auto level = 0U;
    auto x = tree_node::of(from, level);
    while (x.first() != from || x.last() > last)
      x = tree_node::of(from, ++level);
    open(x);
    if (x.last() == last)
      return;
    from = x.last() + 1;
  }
}

const exchange::open_node* exchange::find(std::uint64_t hash) const {
  auto i = open_.upper_bound(hash);
  if (i == open_.begin())
    return nullptr;
  --i;
  return hash <= i->second.where.last() ? &i->second : nullptr;
}

bool exchange::knows_dropped(std::uint64_t hash, dot x) const {
  return has_snapshot_ && snapshot_.contains(x) && !find(hash)
         && !snapshot_.is_forgotten(x.who);
}

void exchange::took_in(std::uint64_t hash, dot x) {
  if (!has_snapshot_)
    is_stale_ = true;
  else if (auto node = find(hash); node && node->is_asked)
    open_.at(node->where.first()).is_stale |= snapshot_.contains(x);
  else if (!node && snapshot_.is_forgotten(x.who))
    forget(hash, x);
}

// -- requests ----------------------------------------------------------------

void exchange::advance(const crdt::aw_lww_map& map, const config& limits,
                       retry timer) {
  while (requests_.size() < std::max(limits.max_probes, std::size_t{1})
         && !queue_.empty())
    ask(map, limits, timer);
}

void exchange::ask(const crdt::aw_lww_map& map, const config& limits,
                   retry timer) {
  probe x{round_, ++last_part_, {}};
  request out{x.part, nullptr, {}, timer};
  std::size_t bytes = 0;
  // Spread over what may be on its way, as answers may be long.
  auto room =
    std::max(limits.max_probes, requests_.size() + 1) - requests_.size();
  auto most = std::min(
    limits.max_asked_nodes,
    std::max(limits.worth_asking_nodes, (queue_.size() + room - 1) / room));
  do {
    auto where = queue_.front();
    queue_.pop_front();
    open_.at(where.first()).is_asked = true;
    if (auto all = listed(map, where)) {
      for (const auto& here : *all)
        bytes += typical_hash_bytes + here.dots.size() * typical_dot_bytes;
      x.questions.push_back(list_question{where, std::move(*all)});
      out.asked.push_back({where, true});
    } else {
      x.questions.push_back(
        digest_question{where, short_form(map.digests_below(where))});
      out.asked.push_back({where, false});
    }
    bytes += sizeof(short_digests);
  } while (!queue_.empty() && x.questions.size() < most
           && bytes < limits.max_group_bytes / 2);
  out.bytes = std::make_shared<const std::string>(encode_message(x));
  requests_.push_back(std::move(out));
}

std::vector<exchange::bytes_ptr> exchange::take_requests() {
  std::vector<bytes_ptr> result;
  for (auto& x : requests_)
    if (!std::exchange(x.is_sent, true))
      result.push_back(x.bytes);
  return result;
}

instant exchange::wake_at() const {
  auto result = never;
  for (const auto& x : requests_)
    result = std::min(result, x.timer.at());
  return result;
}

std::optional<std::vector<exchange::bytes_ptr>>
exchange::overdue(instant now, unsigned most) {
  std::vector<bytes_ptr> result;
  for (auto& x : requests_) {
    if (x.timer.at() > now)
      continue;
    if (x.timer.count() >= most)
      return std::nullopt;
    x.timer.again(now);
    result.push_back(x.bytes);
  }
  return result;
}

} // namespace horde::sync
