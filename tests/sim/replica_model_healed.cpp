// SPDX-License-Identifier: MIT
//
// What the model knows of forgetting, and what must be true after healing.

#include <algorithm>

#include "sim/replica_model.hpp"

namespace horde::sim {

// -- forgetting --------------------------------------------------------------

void replica_model::has_forgotten(site_no x, replica_id who) {
  auto& here = sites_[x];
  if (!here.machine->map().seen().is_forgotten(who))
    fail("a replica is forgotten and is known");
  here.heard.horizon = std::max(here.heard.horizon, era_of(who) + 1);
  for (site_no y = 0; y < sites_.size(); ++y)
    if (sites_[y].id == who)
      here.heard.forgotten.set(y);
  here.letter.reset();
  note_horizon(here);
}

void replica_model::note_horizon(site& x) {
  const auto& seen = x.machine->map().seen();
  if (seen.horizon() == x.horizon)
    return;
  if (seen.horizon() < x.horizon)
    fail("a horizon came nearer");
  x.horizon = seen.horizon();
  if (x.horizon > x.heard.horizon)
    fail("a horizon is beyond all that anybody forgot");
  for (site_no y = 0; y < sites_.size(); ++y)
    if (seen.is_forgotten(sites_[y].id))
      x.heard.forgotten.set(y);
  x.letter.reset();
}

void replica_model::has_begun_anew(site_no x,
                                   const crdt::causal_context& before,
                                   const sync::step& told) {
  auto& here = sites_[x];
  if (here.machine->map().size() != 0 || !here.machine->neighbours().empty())
    fail("who begins anew has kept something");
  for (std::uint64_t key = 0; key < keys_.size(); ++key)
    if (!here.shown[key].empty()
        && std::ranges::find(told.changed, keys_[key]) == told.changed.end())
      fail("who begins anew does not tell what it lost");
  check_lost(here.live & here.made, told.lost);
  here.at_the_end = before;
  here.alive = false;
}

bit_set replica_model::puts_of(const site_set& xs) const {
  bit_set result{most_writes_};
  for (site_no x = 0; x < sites_.size(); ++x)
    if (xs[x])
      result |= sites_[x].made;
  return result;
}

void replica_model::look_at_rows(site& x) {
  const auto& seen = x.machine->map().seen();
  x.latest.resize(sites_.size());
  for (site_no y = 0; y < sites_.size(); ++y) {
    if (seen.is_forgotten(sites_[y].id)) {
      x.forgotten.set(y);
      continue;
    }
    if (x.forgotten[y])
      fail("a replica that was forgotten is known again");
    auto latest = seen.latest(sites_[y].id);
    if (latest < std::exchange(x.latest[y], latest))
      fail("a context no longer has what it had");
  }
  if ((x.forgotten & ~x.heard.forgotten).any())
    fail("a replica has forgotten what nobody told it to");
  for (auto who : seen.replicas()) {
    auto i = dots_.find(who);
    if (seen.latest(who) > (i == dots_.end() ? 0 : i->second.size()))
      fail("a context has more than the writes that were made");
  }
}

// -- the end -----------------------------------------------------------------

void replica_model::healing_begins() {
  for (site_no x = 0; x < sites_.size(); ++x) {
    auto& here = sites_[x];
    here.when_healing_began.reset();
    if (!here.alive)
      continue;
    look(x);
    here.when_healing_began = {here.live, here.seen, here.gone, here.forgotten};
  }
  writes_before_healing_ = writes_.size();
  count_strangers();
}

void replica_model::count_strangers() {
  for (site_no x = 0; x < sites_.size(); ++x)
    for (site_no y = 0; y < x; ++y)
      if (sites_[x].alive && sites_[y].alive && sites_[x].forgotten[y]
          && sites_[y].forgotten[x])
        ++strangers_;
}

void replica_model::healed(bool is_full) {
  for (site_no x = 0; x < sites_.size(); ++x)
    if (sites_[x].alive)
      check_healed(x);
  auto stayed = std::ranges::find_if(
    sites_, [](const site& x) { return x.alive && x.when_healing_began; });
  auto all_began_anew = stayed == sites_.end();
  if (all_began_anew)
    stayed = std::ranges::find(sites_, true, &site::alive);
  if (all_began_anew && is_full && !has_an_heir(*stayed))
    return fail("all began anew, and nobody's map lives on");
  check_contents_healed(*stayed);
  for (const auto& x : promises_)
    check_promise(x, *stayed);
}

void replica_model::check_healed(site_no x) {
  look(x);
  const auto& here = sites_[x];
  for (site_no y = 0; y < sites_.size(); ++y)
    if (sites_[y].alive && here.forgotten[y])
      fail("a replica that lives is forgotten");
  // Who is alone keeps a short one for who comes first.
  auto most = here.machine->neighbours().empty() ? 64U : 0U;
  if (here.machine->stats().log_records > most)
    fail("all is acknowledged, and the log is not empty");
}

bool replica_model::has_an_heir(const site& x) const {
  auto gone = gone_by_now();
  bit_set nothing{most_writes_};
  auto had_nothing = true;
  for (const auto& y : sites_) {
    if (!y.when_healing_began)
      continue;
    const auto& then = *y.when_healing_began;
    auto its = then.live - gone;
    if (its == nothing)
      continue; // it lives on in everybody, and proves nothing
    had_nothing = false;
    if (its.is_within(x.live) && then.seen.is_within(x.seen))
      return true;
  }
  return had_nothing;
}

bit_set replica_model::gone_by_now() const {
  bit_set result{most_writes_};
  for (const auto& y : sites_)
    if (y.when_healing_began)
      result |= y.when_healing_began->gone;
  for (write_no w = 0; w < writes_.size(); ++w) {
    const auto& by = writes_[w].replaced_by;
    if (!by.empty() && by.back() >= writes_before_healing_)
      result.insert(w);
  }
  return result;
}

void replica_model::check_contents_healed(const site& x) {
  // Almeida et al. 2016: what both have, and what one has and the other has not
  // seen. Contexts are added up. Who began anew since may have told others what
  // it had, or not.
  bit_set none{most_writes_};
  auto must_live = none;
  auto must_be_seen = none;
  auto may_be_seen = none;
  auto may_be_gone = gone_by_now();
  site_set forgotten;
  for (const auto& y : sites_) {
    if (!y.when_healing_began)
      continue;
    const auto& then = *y.when_healing_began;
    if (y.alive) {
      must_live |= then.live;
      must_be_seen |= then.seen;
    }
    may_be_seen |= then.seen;
    forgotten |= then.forgotten;
  }
  for (auto w = writes_before_healing_; w < writes_.size(); ++w)
    may_be_seen.insert(w);
  must_live -= may_be_gone | puts_of(x.forgotten & ~forgotten);
  auto excused = puts_of(x.forgotten);
  if (!must_live.is_within(x.live))
    fail("what one had who lived on is lost");
  if (!must_be_seen.is_within(x.seen))
    fail("not all know what one knew who lived on");
  if (!x.seen.is_within(may_be_seen | excused))
    fail("one knows what none of the living knew");
  if (!x.gone.is_within(may_be_gone | excused))
    fail("something is gone that none of the living had removed");
}

void replica_model::check_promise(const promise& x, const site& there) {
  std::size_t dead = 0;
  for (site_no y = 0; y < sites_.size(); ++y)
    if (!sites_[y].alive && x.holders[y])
      ++dead;
  if (dead >= x.told)
    return; // perhaps all that had acknowledged it
  auto is_kept = (!x.what.made || there.seen.contains(*x.what.made))
                 && std::ranges::all_of(x.what.removed, [&](write_no w) {
                      return there.gone.contains(w);
                    });
  if (!is_kept && !there.forgotten[x.by])
    fail("a write is lost that one acknowledged who lived on");
}

} // namespace horde::sim
