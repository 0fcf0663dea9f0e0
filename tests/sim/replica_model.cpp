// SPDX-License-Identifier: MIT

#include "sim/replica_model.hpp"

#include <algorithm>
#include <utility>

namespace horde::sim {

namespace {

bool is_same(const crdt::version_view& a, const crdt::version& b) {
  return a.id == b.id && a.when == b.when && a.value == b.value;
}

} // namespace

replica_model::replica_model(const replica_keys& keys, std::size_t writes)
    : most_writes_(writes), keys_(keys) {
  writes_.reserve(writes);
  sites_.reserve(most_sites);
}

void replica_model::fail(const std::string& what) {
  if (problem_.empty())
    problem_ = what;
}

// -- what happens ------------------------------------------------------------

void replica_model::started(const sync::replica& x) {
  site result;
  result.machine = &x;
  result.id = x.id();
  result.shown.resize(keys_.size());
  bit_set none{most_writes_};
  result.live = result.had = result.seen = result.gone = result.made = none;
  result.heard = {none, none, {}, 0};
  sites_.push_back(std::move(result));
  // Who comes late in an early era counts as forgotten.
  auto note = [&](knowledge& y) {
    if (y.horizon > era_of(x.id()))
      y.forgotten.set(sites_.size() - 1);
  };
  for (auto& y : sites_)
    note(y.heard);
  for (auto& y : letters_)
    note(y);
}

void replica_model::has_put(site_no x, std::uint64_t key,
                            std::uint64_t sequence, const crdt::version& made,
                            const std::vector<crdt::dot>& removed) {
  auto& here = sites_[x];
  check_local_write(here, key, {made.id}, removed);
  local_write what{sequence, writes_.size(), numbers_of(removed)};
  if (!make_write(here, key, made))
    return;
  writes_.back().share = change_of_digest(here, what.removed);
  here.heard.seen.insert(*what.made);
  for (auto r : what.removed) {
    here.heard.gone.insert(r);
    writes_[r].replaced_by.push_back(*what.made);
  }
  here.letter.reset();
  here.writes.push_back(std::move(what));
}

void replica_model::has_erased(site_no x, std::uint64_t key,
                               std::uint64_t sequence,
                               const std::vector<crdt::dot>& removed) {
  auto& here = sites_[x];
  check_local_write(here, key, {}, removed);
  if (!removed.empty())
    note_removal(here, sequence, removed);
}

void replica_model::has_cleared(site_no x, std::uint64_t sequence,
                                const std::vector<crdt::dot>& removed) {
  if (sites_[x].machine->map().size() != 0)
    fail("something is left after all was removed");
  note_removal(sites_[x], sequence, removed);
}

void replica_model::note_removal(site& x, std::uint64_t sequence,
                                 const std::vector<crdt::dot>& removed) {
  local_write what{sequence, std::nullopt, numbers_of(removed)};
  for (auto r : what.removed) {
    x.heard.gone.insert(r);
    writes_[r].erased = true;
  }
  if (change_of_digest(x, what.removed) != hash128{})
    fail("the digest does not show what was erased");
  x.letter.reset();
  x.writes.push_back(std::move(what));
}

bool replica_model::make_write(site& x, std::uint64_t key,
                               const crdt::version& made) {
  auto& before = dots_[made.id.who];
  if (made.id.counter != before.size() + 1) {
    fail("the dot " + to_string(made.id)
         + (made.id.counter <= before.size() ? " was made twice"
                                             : " leaves a gap"));
    return false;
  }
  before.push_back(writes_.size());
  x.made.insert(writes_.size());
  writes_.push_back({key, made, {}, false, {}});
  return true;
}

void replica_model::check_local_write(const site& x, std::uint64_t key,
                                      const std::vector<crdt::dot>& there,
                                      const std::vector<crdt::dot>& removed) {
  auto shown = x.machine->versions(keys_[key]);
  auto is_shown = [&](crdt::dot d) {
    return std::ranges::find(shown, d, &crdt::version_view::id) != shown.end();
  };
  if (!std::ranges::all_of(there, is_shown))
    fail("a local write is not visible");
  if (std::ranges::any_of(removed, is_shown))
    fail("what a local write removed is still there");
}

std::size_t replica_model::letter_of(site_no x) {
  auto& from = sites_[x];
  if (!from.letter) {
    from.letter = letters_.size();
    letters_.push_back(from.heard);
  }
  return *from.letter;
}

void replica_model::has_received(site_no x, std::size_t letter) {
  auto& to = sites_[x];
  const auto& news = letters_[letter];
  if (news.seen.is_within(to.heard.seen) && news.gone.is_within(to.heard.gone)
      && (news.forgotten & ~to.heard.forgotten).none()
      && news.horizon <= to.heard.horizon)
    return;
  to.heard.seen |= news.seen;
  to.heard.gone |= news.gone;
  to.heard.forgotten |= news.forgotten;
  to.heard.horizon = std::max(to.heard.horizon, news.horizon);
  to.letter.reset();
}

void replica_model::has_stepped(site_no x, const sync::step& told,
                                std::size_t writes) {
  auto& here = sites_[x];
  auto own = here.live & here.made;
  // Several writes of one step may end where they began.
  for (const auto& key : told.changed)
    check_changed_key(here, key, writes <= 1);
  std::vector<std::string_view> keys{told.changed.begin(), told.changed.end()};
  std::ranges::sort(keys);
  if (std::ranges::adjacent_find(keys) != keys.end())
    fail("a changed key is told twice");
  if (writes == 0) // what it removes itself is not lost
    check_lost(own - here.live, told.lost);
  if (here.machine->map().digest() != here.digest)
    fail("a changed key is not told");
  here.digest_before = here.digest;
  note_horizon(here);
  check_acknowledgements(x);
}

void replica_model::has_died(site_no x) {
  look(x);
  sites_[x].alive = false;
}

// -- the view that diffs make ------------------------------------------------

void replica_model::check_changed_key(site& x, std::string_view key,
                                      bool must_differ) {
  auto i = keys_.find(key);
  if (!i)
    return fail("a key changed that nobody wrote: " + std::string{key});
  auto now = read(*i, x.machine->versions(key));
  if (must_differ && now == x.shown[*i])
    fail("a key is told as changed and is as before");
  show(x, *i, std::move(now));
}

void replica_model::check_lost(const bit_set& expected,
                               const std::vector<sync::lost_version>& lost) {
  bit_set found{most_writes_};
  for (const auto& x : lost) {
    auto w = number_of(x.what.id);
    if (!w || found.contains(*w) || keys_[writes_[*w].key] != x.key
        || !is_same(x.what, writes_[*w].made))
      return fail("what is told as lost is not what it wrote");
    found.insert(*w);
  }
  if (found != expected)
    fail("a version of its own is lost and not told, or told and not lost");
}

std::vector<replica_model::write_no>
replica_model::read(std::uint64_t key, crdt::key_table::versions from) {
  std::vector<write_no> result;
  std::optional<crdt::version_view> before;
  for (auto v : from) {
    auto w = number_of(v.id);
    if (!w || writes_[*w].key != key || !is_same(v, writes_[*w].made)) {
      fail("a version is not what " + to_string(v.id) + " wrote");
      continue;
    }
    if (before && !later(*before, v))
      fail("versions are not shown latest first");
    before = v;
    result.push_back(*w);
  }
  return result;
}

void replica_model::show(site& x, std::uint64_t key,
                         std::vector<write_no> now) {
  for (auto w : x.shown[key]) {
    x.live.erase(w);
    crdt::subtract(x.digest, writes_[w].share);
  }
  for (auto w : now) {
    x.live.insert(w);
    x.had.insert(w);
    crdt::add(x.digest, writes_[w].share);
    if (x.gone.contains(w))
      fail(to_string(writes_[w].made.id) + " was gone and came back");
  }
  x.shown[key] = std::move(now);
}

hash128 replica_model::change_of_digest(site& x,
                                        const std::vector<write_no>& removed) {
  auto now = x.machine->map().digest();
  auto result = now;
  crdt::subtract(result, std::exchange(x.digest_before, now));
  for (auto w : removed)
    crdt::add(result, writes_[w].share);
  return result;
}

std::optional<replica_model::write_no>
replica_model::number_of(crdt::dot x) const {
  auto i = dots_.find(x.who);
  if (i == dots_.end() || x.counter == 0 || x.counter > i->second.size())
    return std::nullopt;
  return i->second[x.counter - 1];
}

std::vector<replica_model::write_no>
replica_model::numbers_of(const std::vector<crdt::dot>& xs) {
  std::vector<write_no> result;
  for (auto x : xs)
    if (auto w = number_of(x))
      result.push_back(*w);
    else
      fail("nobody made the dot " + to_string(x));
  return result;
}

// -- acknowledgements --------------------------------------------------------

void replica_model::check_acknowledgements(site_no x) {
  auto& here = sites_[x];
  for (std::size_t by = 1; by < sites_.size(); ++by) {
    if (here.reached.size() < by)
      here.reached.push_back(0);
    auto& next = here.reached[by - 1];
    while (next < here.writes.size()
           && here.machine->acknowledged_by(here.writes[next].sequence) >= by)
      check_acknowledged(x, here.writes[next++], by);
  }
}

void replica_model::check_acknowledged(site_no x, const local_write& what,
                                       std::size_t by) {
  promise result{what, by, x, {}};
  for (site_no y = 0; y < sites_.size(); ++y)
    if (y != x && has_applied(sites_[y], what))
      result.holders.set(y);
  if (result.holders.count() < by)
    fail("a write was acknowledged before it was applied");
  promises_.push_back(std::move(result));
}

bool replica_model::has_applied(const site& x, const local_write& what) const {
  const auto& seen = x.at_the_end ? *x.at_the_end : x.machine->map().seen();
  auto is_seen = [&](write_no w) {
    return x.seen.contains(w) || seen.contains(writes_[w].made.id);
  };
  // Who forgot the writer claims to have seen it, and that does not count.
  auto is_there = [&](write_no w) {
    const auto& made = writes_[w];
    return x.had.contains(w)
           || (is_seen(w)
               && (made.erased || !made.replaced_by.empty()
                   || !seen.is_forgotten(made.made.id.who)));
  };
  return (!what.made || is_there(*what.made))
         && std::ranges::all_of(what.removed, [&](write_no w) {
              return is_seen(w) && !x.live.contains(w);
            });
}

// -- now and then ------------------------------------------------------------

void replica_model::look(site_no x) {
  look_at_contents(sites_[x]);
  look_at_rows(sites_[x]);
  look_at_context(sites_[x]);
}

void replica_model::look_at_contents(const site& x) {
  std::size_t count = 0;
  for (std::uint64_t key = 0; key < keys_.size(); ++key) {
    count += x.shown[key].empty() ? 0 : 1;
    if (read(key, x.machine->versions(keys_[key])) != x.shown[key])
      fail("the map is not what its diffs say");
  }
  if (x.machine->map().size() != count)
    fail("the map counts its keys wrongly");
}

void replica_model::look_at_context(site& x) {
  const auto& seen = x.machine->map().seen();
  for (write_no w = 0; w < writes_.size(); ++w)
    if (!x.seen.contains(w) && seen.contains(writes_[w].made.id))
      x.seen.insert(w);
  auto gone = x.seen - x.live;
  auto excused = puts_of(x.forgotten);
  // Who has forgotten the writer of the one still tells that the other is gone.
  auto perhaps_replaced = x.seen | puts_of(x.heard.forgotten);
  (gone - x.gone - excused).for_each([&](write_no w) {
    auto name = to_string(writes_[w].made.id);
    if (!writes_[w].erased && writes_[w].replaced_by.empty())
      fail("a context claims " + name
           + ", which nobody removed, and does not have it");
    else if (!is_replaced(w, perhaps_replaced))
      fail(name + " left before what replaced it arrived");
  });
  if (!x.gone.is_within(gone))
    fail("what was gone came back");
  if (!x.live.is_within(x.seen))
    fail("a context does not know what is there");
  if (!x.seen.is_within(x.heard.seen | excused))
    fail("a replica knows of a write that nobody told it");
  if (!gone.is_within(x.heard.gone | excused))
    fail("a replica dropped what nobody told it is gone");
  x.gone = std::move(gone);
}

bool replica_model::is_replaced(write_no w, const bit_set& seen) const {
  // What replaced it may have been replaced in turn before it got here.
  bit_set visited{most_writes_};
  std::vector<write_no> open{w};
  while (!open.empty()) {
    const auto& x = writes_[open.back()];
    open.pop_back();
    if (x.erased)
      return true;
    for (auto by : x.replaced_by) {
      if (seen.contains(by))
        return true;
      if (!visited.contains(by))
        open.push_back(by);
      visited.insert(by);
    }
  }
  return false;
}

} // namespace horde::sim
