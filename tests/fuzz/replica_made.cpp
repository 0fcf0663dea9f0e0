// SPDX-License-Identifier: MIT
//
// What liars say: well-formed messages with any numbers, and answers that fit
// to what the subject asked.

#include <algorithm>
#include <array>
#include <utility>

#include "fuzz/replica_world.hpp"
#include "horde/overload.hpp"

namespace horde::fuzz {

using namespace std::chrono_literals;

namespace {

/// All keys there may be, by hash.
const auto& all_keys() {
  static const auto result = [] {
    std::array<std::pair<std::uint64_t, std::string>, replica_world::keys> xs;
    for (std::size_t i = 0; i < xs.size(); ++i) {
      auto key = replica_world::key_of(i);
      xs[i] = {hash64(key, replica_world::limits().digest_key), key};
    }
    std::ranges::sort(xs);
    return xs;
  }();
  return result;
}

} // namespace

sync::message replica_world::made(replica_id from) {
  hash128 digest{in_.number(), in_.number()};
  switch (static_cast<kind>(in_.below(kinds))) {
  case made_ack: return sync::ack{in_.number(), in_.number(), in_.number()};
  case made_compare:
    return sync::compare{in_.number(), in_.number(), digest, {}};
  case made_compare_of_equals: {
    const auto& map = all_[subject].map();
    return sync::compare{
      in_.number(), in_.number(), map.seen().digest(map.hash_key()), {}};
  }
  case made_equal: return sync::equal{in_.number(), in_.number()};
  case made_noted: return sync::noted{in_.number(), in_.flag()};
  case made_notice: return notice_made();
  case made_clear: {
    sync::push result{0, in_.number(), crdt::causal_context{}, {}, {}, 0};
    result.cleared->add({id_of(in_.below(3)), in_.below(4) + 1});
    return result;
  }
  case made_hail: return sync::hail{};
  case made_stance: return stance_made();
  case made_judgement: return judgement_made();
  case made_answer: return answer_made(from);
  case made_report: return report_made(from);
  case made_differs:
  case kinds: break;
  }
  return differs_made();
}

sync::side replica_world::any_side() {
  return {in_.below(5), id_now(in_.below(4))};
}

sync::message replica_world::stance_made() {
  sync::stance result{in_.number(),
                      {id_now(in_.below(4)), 0, {}, {}, any_side(), false},
                      in_.below(2) * 1s};
  result.where.horizon = static_cast<era>(in_.below(4));
  for (auto* ids : {&result.where.known, &result.where.alive})
    for (const auto& [id, place] : places_)
      if (in_.flag())
        ids->push_back(id);
  return result;
}

sync::message replica_world::judgement_made() {
  sync::judgement result{in_.below(64),
                         static_cast<era>(in_.below(4)),
                         {},
                         any_side(),
                         in_.below(8) == 0,
                         {}};
  for (const auto& [id, place] : places_)
    if (in_.below(4) == 0)
      result.whom.push_back(id);
  return result;
}

sync::message replica_world::notice_made() {
  sync::notice result{in_.number(), {}, in_.flag(), in_.flag()};
  for (std::size_t i = 0; i < 5; ++i)
    if (in_.flag())
      result.reached.push_back(id_of(i));
  return result;
}

sync::message replica_world::differs_made() {
  sync::differs result;
  result.round = in_.number();
  result.sequence = in_.number();
  for (auto n = in_.below(8); n > 0; --n) {
    auto who = id_of(in_.below(5));
    result.seen.add({who, in_.number()});
  }
  if (in_.flag()) {
    auto& child = result.root.different.emplace_back();
    for (auto& x : child.children)
      x = in_.number();
  }
  return result;
}

/// It has seen what the subject has, and may have forgotten somebody.
sync::message replica_world::answer_made(replica_id from) {
  const auto& asked = asked_[from].begin;
  sync::differs result;
  result.round = asked.round;
  result.sequence = asked.sequence;
  result.forgettings = in_.below(4);
  result.seen = all_[subject].map().seen();
  if (auto who = id_now(in_.below(4)); who != all_[subject].id())
    result.seen.forget(who);
  auto different = in_.byte();
  auto digest = in_.number();
  for (std::uint8_t i = 0; i < 8; ++i)
    if ((different >> i & 1) != 0) {
      auto& child = result.root.different.emplace_back();
      child.place = i;
      child.children.fill(digest);
    }
  return result;
}

sync::message replica_world::report_made(replica_id from) {
  auto& asked = asked_[from];
  auto place = in_.byte();
  auto forgettings = in_.number();
  auto told = in_.byte();
  auto says = [&](replica_world::told x) { return (told & x) != 0; };
  sync::report result;
  if (asked.probes.empty())
    return result;
  const auto& to = asked.probes[place % asked.probes.size()];
  result.round = to.round;
  result.part = to.part;
  result.forgettings = asked.forgettings + forgettings; // 0: not meanwhile
  auto answer_digests = [&](const sync::digest_question&) {
    sync::digest_answer x;
    if (says(told_different))
      x.different.push_back({static_cast<std::uint8_t>(place % 8), {}});
    return sync::answer{x};
  };
  auto answer_list = [&](const sync::list_question& q) {
    auto before = result.news.size();
    for (const auto& here : q.hashes) {
      if (says(told_forgotten))
        result.forgotten.add_hash(here.hash);
      if (says(told_gone))
        result.news.add_hash(here.hash);
      for (auto d : here.dots) {
        if (says(told_forgotten))
          result.forgotten.add_gone(d);
        if (says(told_gone))
          result.news.add_gone(d);
      }
    }
    for (const auto& [hash, key] : all_keys()) {
      if (!says(told_versions) || says(told_gone) || hash < q.where.first()
          || hash > q.where.last())
        continue;
      result.news.add_hash(hash);
      result.news.add_key(key);
      result.news.add_version({{id_of(place % 5), place + 1U}, {}, key});
    }
    return sync::answer{
      sync::list_answer{std::nullopt, result.news.size() - before}};
  };
  auto most =
    says(told_half) ? (to.questions.size() + 1) / 2 : to.questions.size();
  for (std::size_t i = 0; i < most; ++i)
    result.answers.push_back(
      std::visit(overload{answer_digests, answer_list}, to.questions[i]));
  if (says(told_unlisted)) {
    result.forgotten.add_hash(all_keys()[place % keys].first);
    result.forgotten.add_gone({id_of(place % 5), place + 1U});
  }
  return result;
}

} // namespace horde::fuzz
