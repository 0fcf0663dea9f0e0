// SPDX-License-Identifier: MIT
//
// How a replica reconciles: its questions, and its answers to those of others.

#include <algorithm>
#include <utility>

#include "horde/sync/answers.hpp"
#include "horde/sync/replica.hpp"

namespace horde::sync {

namespace {

constexpr unsigned jitter_percent = 20;

/// After that many unanswered repetitions of one request a round is given up,
/// and a new one starts later.
constexpr unsigned most_repetitions = 8;

/// Insurance that comes too late is none.
constexpr unsigned most_put_off = 5;

} // namespace

// -- the asked side ----------------------------------------------------------

void replica::on(replica_id from, compare&& x, moment now) {
  post(from, answer_to(x, map_, sequence()));
  auto l = find(from);
  if (!l)
    return;
  // It wrote more than we heard of. Most likely that is on its way.
  l->heard.announced(x.sequence);
  expect_log(*l, now.at);
}

void replica::on(replica_id from, probe&& x, moment) {
  post(from, answer_to(x, map_, cfg_));
}

// -- the asking side ---------------------------------------------------------

void replica::on(replica_id from, equal&& x, moment now) {
  if (auto l = find(from); l && l->round)
    go_on(from, *l, l->round->receive(x), now);
}

void replica::on(replica_id from, differs&& x, moment now) {
  auto l = find(from);
  if (!l || !l->round)
    return;
  if (forgets_the_living(x.seen, from, now.at))
    return begin_meeting(from, *l, now);
  // Were its map compared with ours, all of ours would be asked about.
  auto is_new = l->round->awaits(x) && is_newcomer(from, *l, x);
  auto have = l->heard.have();
  auto is_known = is_new && have >= x.sequence;
  // It tells its log from the start, and the rest is on its way.
  if (is_new && !is_known && have > 0 && --l->patience > 0) {
    l->round.reset();
    return catch_up(from, *l, now);
  }
  if (l->round->awaits(x) && can_wait(*l, x)) {
    ++l->put_off;
    l->round.reset();
    return insure(*l, now.at);
  }
  go_on(from, *l, l->round->receive(std::move(x), map_, is_known), now);
}

void replica::insure(link& x, instant now) {
  x.compare_at = now + jitter(rng_, cfg_.reconcile_every, jitter_percent);
  x.had = x.heard.have();
}

bool replica::can_wait(const link& x, const differs& answer) const {
  return x.is_insurance && !x.again && x.put_off < most_put_off
         && !x.heard.has_gap() && x.heard.have() > x.had
         && answer.sequence > x.heard.have() + cfg_.max_group_keys;
}

void replica::expect_log(link& x, instant now) {
  if (!x.heard.is_behind() || x.check_at != never)
    return;
  x.check_at = now + cfg_.retransmit_after;
  x.checked = x.heard.have();
}

bool replica::is_overdue(link& x, instant now) {
  if (x.check_at > now)
    return false;
  x.check_at = never;
  if (x.heard.have() == x.checked)
    return x.heard.is_behind();
  expect_log(x, now); // it is coming
  return false;
}

bool replica::is_newcomer(replica_id from, const link& x,
                          const differs& answer) {
  return x.patience > 0 && answer.seen.is_only_of(from);
}

void replica::on(replica_id from, report&& x, moment now) {
  auto l = find(from);
  if (!l || !l->round)
    return;
  if (l->round->is_void_by(x)) {
    l->round.reset();
    return catch_up(from, *l, now);
  }
  go_on(from, *l, l->round->receive(std::move(x), map_), now);
}

void replica::catch_up(replica_id from, link& x, moment now) {
  if (x.round)
    return; // when it ends, a gap that is left starts the next
  x.again = false;
  x.is_insurance = false;
  x.check_at = never;
  x.compare_at = never;
  x.round.emplace(exchange::beginning{++rounds_, self_, sequence()}, map_,
                  retry{cfg_, now.at});
  post(from, x.round->take_requests());
}

void replica::catch_up_anew(replica_id from, link& x, moment now) {
  // A round that runs may have begun before the news arrived there.
  if (x.round)
    x.again = true;
  else
    catch_up(from, x, now);
}

void replica::go_on(replica_id from, link& x,
                    const std::optional<crdt::news>& news, moment now) {
  if (!news)
    return; // late, twice, or no answer to what we asked
  if (from == defeat_.by && !has_caught_up_)
    defeat_.heard = now.at;
  apply(*news, &*x.round, mesh_.holes(from), now);
  x.round->advance(map_, cfg_, retry{cfg_, now.at});
  if (!x.round->is_done())
    return post(from, x.round->take_requests());
  if (forgets_the_living(x.round->snapshot(), from, now.at))
    return begin_meeting(from, x, now); // somebody came up meanwhile
  end_round(from, x, now);
  meet_the_forgotten(now);
}

void replica::end_round(replica_id from, link& x, moment now) {
  take_back(x.round->forgotten(), now);
  apply(x.round->forgotten(), &*x.round, {}, now);
  map_.adopt(x.round->snapshot());
  if (!std::exchange(has_caught_up_, true))
    caught_up_at_ = now.at;
  take_side(x, now.at);
  if (from == defeat_.by)
    meet_the_others(now.at);
  stats_.reconciliations += x.round->found_difference() ? 1 : 0;
  x.patience = 0;
  x.put_off = 0;
  auto before = x.heard.have();
  x.heard.caught_up(x.round->sequence());
  x.round.reset();
  insure(x, now.at);
  if (x.heard.have() > before)
    post(from, ack{0, 0, x.heard.have()});
  if (x.again || x.heard.has_gap())
    return catch_up(from, x, now);
  // What it announced during the round may have fallen out of its window.
  expect_log(x, now.at);
}

void replica::ask_again(replica_id from, link& x, moment now) {
  auto requests = x.round->overdue(now.at, most_repetitions);
  if (!requests) {
    x.round.reset();
    x.compare_at =
      now.at + jitter(rng_, cfg_.retransmit_at_most, jitter_percent);
    return;
  }
  stats_.retransmissions += requests->size();
  post(from, *requests);
}

} // namespace horde::sync
