// SPDX-License-Identifier: MIT

#include "horde/scheduling/lease_keeper.hpp"

#include "horde/overload.hpp"

namespace horde::scheduling {

lease_keeper::lease_keeper(const lease_config& cfg,
                           lease_electorate::rule has_quorum, facts known)
    : cfg_(cfg), known_(std::move(known)), voters_(cfg_, std::move(has_quorum)),
      holder_(cfg_, voters_), granter_(cfg_), fences_(cfg_, voters_) {}

void lease_keeper::begin(replica_id self, instant now) {
  voters_.begin(self, now);
  holder_.begin(now);
  granter_.begin();
  fences_.begin();
}

void lease_keeper::set_members(const std::vector<member_info>& list,
                               instant now) {
  auto is_fresh = [&](replica_id x) { return holder_.is_fresh(x, now); };
  if (!voters_.set_members(list, is_fresh, now))
    return;
  holder_.list_changed(now);
  fences_.list_changed(now);
}

// -- messages ----------------------------------------------------------------

std::optional<operation> lease_keeper::receive(replica_id from,
                                               const operation& x,
                                               bool& is_malformed,
                                               instant now) {
  return std::visit(
    overload{
      [&](const lease_request& y) { return on_request(from, y, now); },
      [&](const fence_request& y) { return on_fence(from, y, now); },
      [&](const lease_grant& y) -> std::optional<operation> {
        is_malformed = !holder_.receive(from, y, now);
        return std::nullopt;
      },
      [&](const fence_reply& y) -> std::optional<operation> {
        fences_.receive(from, y, now);
        return std::nullopt;
      },
      [](const auto&) -> std::optional<operation> { return std::nullopt; },
    },
    x);
}

std::optional<operation>
lease_keeper::on_request(replica_id from, const lease_request& x, instant now) {
  if (x.list != voters_.list())
    return std::nullopt;
  return granter_.answer(from, x, known_.recorded, now);
}

/// A member that we do not take for gone keeps what it has.
std::optional<operation>
lease_keeper::on_fence(replica_id from, const fence_request& x, instant now) {
  if (x.drop) {
    granter_.fence(x, from, now);
    return std::nullopt;
  }
  if (x.list != voters_.list() || x.who == voters_.self() || x.who == from
      || !known_.is_gone(x.who))
    return std::nullopt;
  return fence(x, from, now);
}

fence_reply lease_keeper::fence(const fence_request& x, replica_id by,
                                instant now) {
  granter_.fence(x, by, now);
  auto until = granter_.promised_until(x.who, voters_.since());
  return {x.number, x.list, x.who, std::max(until - now, duration::zero())};
}

lease_keeper::news lease_keeper::step(instant now) {
  news result;
  for (auto who : fences_.wanted())
    if (!known_.is_gone(who))
      for (const auto& x : fences_.drop(who)) {
        granter_.fence(x, voters_.self(), now);
        result.posts.push_back({std::nullopt, x});
      }
  for (const auto& x : fences_.take_requests(now)) {
    fences_.receive(voters_.self(), fence(x, voters_.self(), now), now);
    result.posts.push_back({std::nullopt, x});
  }
  for (auto& x : holder_.take_requests(now)) {
    if (auto mine = granter_.answer(voters_.self(), x, known_.recorded, now))
      holder_.receive(voters_.self(), *mine, now);
    result.posts.push_back({std::nullopt, std::move(x)});
  }
  auto own = holder_.review(now);
  result.granted = std::move(own.granted);
  result.lost = std::move(own.lost);
  result.may_take_over = fences_.review(now);
  return result;
}

instant lease_keeper::wake_at() const {
  return std::min(holder_.wake_at(), fences_.wake_at());
}

} // namespace horde::scheduling
