// SPDX-License-Identifier: MIT

#include "horde/naming/cluster_locks.hpp"

#include <algorithm>
#include <iterator>

#include "horde/overload.hpp"

namespace horde::naming {

namespace {

/// A shorter lease would end before it is renewed.
constexpr duration shortest_lease = std::chrono::milliseconds{100};

std::optional<failure> check(const lock_config& cfg, const std::string& key,
                             duration lease) {
  if (key.empty() || key.size() > cfg.max_key_bytes)
    return failure{errc::too_large, "the key of a lock takes 1 to "
                                      + std::to_string(cfg.max_key_bytes)
                                      + " bytes, not "
                                      + std::to_string(key.size())};
  if (lease < shortest_lease || lease > cfg.max_lease) {
    using milliseconds = std::chrono::milliseconds;
    auto longest = std::chrono::duration_cast<milliseconds>(cfg.max_lease);
    return failure{errc::bad_option, "lease takes 100 ms to max_lease = "
                                       + std::to_string(longest.count())
                                       + " ms"};
  }
  return std::nullopt;
}

failure not_a_member() {
  return {errc::not_a_member,
          "this node is no member of the horde; it gets no locks"};
}

} // namespace

cluster_locks::cluster_locks(const lock_config& cfg, member_id self,
                             replica_id id, std::uint64_t seed, moment now)
    : cfg_(cfg), rng_(seed), electorate_(cfg_, std::move(self), id, now.at),
      voter_(cfg_, first_token(now.wall)),
      requests_(cfg_, electorate_, voter_, rng_) {
  // nop
}

// -- events ------------------------------------------------------------------

void cluster_locks::ask(lock_ticket ticket, const std::string& key,
                        duration lease, duration limit, moment now) {
  auto problem = check(cfg_, key, lease);
  if (!problem && !electorate_.lists_us())
    problem = not_a_member();
  if (!problem && requests_.size() >= cfg_.max_locks)
    problem =
      failure{errc::refused, "a member holds and waits for at most "
                               + std::to_string(cfg_.max_locks) + " locks"};
  if (problem) {
    effects_.push_back(lock::fail{ticket, *std::move(problem)});
    return;
  }
  constexpr duration longest = std::chrono::hours{24};
  requests_.ask(ticket, key, lease, now.at + std::min(limit, longest), now.at);
}

void cluster_locks::release(lock_ticket ticket, moment now) {
  requests_.release(ticket, now.at);
}

void cluster_locks::receive(replica_id from, std::string_view bytes,
                            moment now) {
  std::optional<lock_message> x;
  if (bytes.size() <= cfg_.max_message_bytes && electorate_.is_known(from))
    x = decode_lock_message(bytes);
  if (x)
    hear(from, *x, now);
  else
    ++ignored_;
}

void cluster_locks::set_members(const members& list,
                                const std::vector<lock_peer>& reachable,
                                moment now) {
  auto before = electorate_.voters();
  auto is_other = electorate_.set_members(list, reachable, now.at);
  for (auto who : before)
    if (!electorate_.voters().contains(who))
      voter_.gone(who, now.at, answers_);
  if (is_other) {
    voter_.close(now.at);
    is_open_ = false;
  }
  if (!electorate_.lists_us())
    requests_.give_up(not_a_member(), now.at);
  else if (is_other || before != electorate_.voters())
    requests_.voters_changed(is_other, now.at);
}

void cluster_locks::stopped(const lock_peer& who, moment now) {
  electorate_.stopped(who);
  electorate_.tick(now.at);
}

void cluster_locks::begin_anew(replica_id id, moment now) {
  leave({errc::forgotten, "this member began anew"}, now);
  electorate_.begin_anew(id, now.at);
  voter_.close(now.at);
  is_open_ = false;
}

void cluster_locks::leave(const failure& why, moment now) {
  requests_.give_up(why, now.at);
}

void cluster_locks::tick(moment now) {
  electorate_.tick(now.at);
  voter_.tick(now.at, answers_);
  requests_.tick(now.at);
}

instant cluster_locks::wake_at() const {
  return std::min(
    {electorate_.wake_at(), voter_.wake_at(), requests_.wake_at()});
}

lock::effects cluster_locks::finish(moment now) {
  // What we say to ourselves is heard at once, and answered.
  for (;;) {
    review(now);
    for (const auto& [to, what] : electorate_.take_inquiries(rng_, now.at))
      effects_.push_back(lock::send{to, encode_lock_message(what)});
    auto says = std::exchange(answers_, {});
    std::ranges::move(std::exchange(requests_.says, {}),
                      std::back_inserter(says));
    if (says.empty())
      break;
    for (auto& x : says) {
      if (auto vote = std::get_if<lock::accepted>(&x.what))
        vote->told = electorate_.told_of_late(now.at);
      if (x.to == electorate_.id())
        hear(x.to, x.what, now);
      else
        effects_.push_back(lock::send{x.to, encode_lock_message(x.what)});
    }
  }
  std::ranges::move(std::exchange(requests_.outcomes, {}),
                    std::back_inserter(effects_));
  return std::exchange(effects_, {});
}

/// Opens the vote once we are informed.
void cluster_locks::review(moment now) {
  auto may_open =
    electorate_.standing() == lock_standing::informed && electorate_.lists_us();
  if (may_open && !is_open_)
    voter_.open(now.at, answers_);
  is_open_ = may_open;
}

// -- what members say --------------------------------------------------------

bool cluster_locks::is_ours(replica_id from, std::uint64_t list) const {
  return list == electorate_.list() && electorate_.lists_us()
         && electorate_.voters().contains(from);
}

bool cluster_locks::is_sane(duration lease, std::uint64_t token,
                            moment now) const {
  return lease > duration::zero() && lease <= cfg_.max_lease
         && token <= largest_token(now.wall);
}

void cluster_locks::hear(replica_id from, const lock_message& x, moment now) {
  auto is_voter = electorate_.voters().contains(from);
  std::visit(
    overload{
      [&](const lock::promise& m) {
        if (is_voter)
          requests_.receive(from, m, now);
      },
      [&](const lock::wanted& m) { requests_.receive(from, m); },
      [&](const lock::accepted& m) {
        if (is_voter)
          requests_.receive(from, m, now.at);
      },
      [&](const lock::refused& m) { requests_.receive(from, m, now.at); },
      [&](const lock::yield& m) { voter_.receive(from, m, now.at, answers_); },
      [&](const lock::drop& m) { voter_.receive(from, m, now.at, answers_); },
      [&](const auto& m) { hear(from, m, now); },
    },
    x);
}

void cluster_locks::hear(replica_id from, const lock::ask& x, moment now) {
  if (!is_ours(from, x.list) || x.key.size() > cfg_.max_key_bytes
      || x.turn > largest_token(now.wall))
    return;
  electorate_.needed(now.at);
  review(now);
  voter_.receive(from, x, now.at, answers_);
}

void cluster_locks::hear(replica_id from, const lock::take& x, moment now) {
  if (is_ours(from, x.list) && is_sane(x.lease, x.token, now))
    voter_.receive(from, x, now.at, answers_);
}

void cluster_locks::hear(replica_id from, const lock::renew& x, moment now) {
  if (!is_ours(from, x.list) || !is_sane(x.lease, x.token, now)
      || x.key.size() > cfg_.max_key_bytes)
    return;
  electorate_.needed(now.at);
  if (electorate_.standing() != lock_standing::none)
    voter_.receive(from, x, now.at, answers_);
}

void cluster_locks::hear(replica_id from, const lock::inquiry& x, moment now) {
  if (x.list != electorate_.list())
    return; // it asks again
  auto result = electorate_.answer(from, x, now.at);
  auto room = cfg_.max_told_bytes;
  requests_.tell(result, room, now.at);
  voter_.tell(result, room, now.at);
  answers_.push_back({from, std::move(result)});
}

bool cluster_locks::is_absurd(const lock::report& x, moment now) const {
  // What is told is told on a little longer each time.
  auto longest = 2 * cfg_.max_lease;
  return x.highest > largest_token(now.wall) || x.rest > longest
         || x.rest < duration::zero()
         || std::ranges::any_of(x.leases, [&](const auto& y) {
              return y.token > largest_token(now.wall) || y.left > longest
                     || y.left < duration::zero()
                     || y.key.size() > cfg_.max_key_bytes;
            });
}

void cluster_locks::hear(replica_id from, const lock::report& x, moment now) {
  if (is_absurd(x, now)) {
    ++ignored_;
    return;
  }
  if (!electorate_.is_awaited(from, x))
    return;
  voter_.learn_highest(x.highest);
  for (const auto& lease : x.leases)
    if (lease.left > duration::zero())
      voter_.learn(lease, now.at);
  voter_.wait_until(now.at + at_least(cfg_, x.rest));
  electorate_.receive(from, x, now.at);
}

} // namespace horde::naming
