// SPDX-License-Identifier: MIT

#include "horde/actors/name_watch.hpp"

#include <algorithm>

#include <caf/actor_cast.hpp>

namespace horde::actors {

namespace {

// Of one message.
constexpr std::size_t most_events = 1000;
constexpr std::size_t most_bytes = 1024 * 1024;

// Of one `go_on`.
constexpr std::size_t most_looked_at = 10'000;

/// So many ended processes are remembered, until their names went.
constexpr std::size_t most_ended = 200'000;

std::size_t size_of(const registration& x) {
  return sizeof(name_event) + x.name.size() + x.value.size();
}

caf::strong_actor_ptr lock(const caf::actor_addr& x) {
  return caf::actor_cast<caf::strong_actor_ptr>(x);
}

} // namespace

// -- listeners ---------------------------------------------------------------

bool name_watch::add(const caf::strong_actor_ptr& who, countdown untold) {
  auto address = caf::actor_cast<caf::actor_addr>(who);
  auto is_there = std::ranges::any_of(
    listeners_, [&](const listener& x) { return x.who == address; });
  if (who && !is_there)
    listeners_.push_back({address, 0, std::move(untold)});
  return who && !is_there;
}

void name_watch::remove(const caf::strong_actor_ptr& who) {
  auto address = caf::actor_cast<caf::actor_addr>(who);
  std::erase_if(listeners_,
                [&](const listener& x) { return x.who == address; });
}

bool name_watch::go_on(const read_view& view) {
  auto has_more = tell_names(view);
  return tell_turns(view) || has_more;
}

bool name_watch::tell_names(const read_view& view) {
  auto is_all = true;
  std::erase_if(listeners_, [&](listener& x) {
    auto who = lock(x.who);
    if (!who)
      return true;
    if (x.told == read_view::parts)
      return false;
    name_events part{registry_, {}, true, false};
    std::size_t bytes = 0;
    while (x.told < read_view::parts && part.events.size() < most_events
           && bytes < most_bytes) {
      auto is_wanted = [&](replica_id owner, bool is_visible) {
        return is_believed(owner, is_visible, x.told);
      };
      view.for_each_in(x.told, is_wanted, [&](registration entry) {
        bytes += size_of(entry);
        part.events.push_back(
          {name_change::registered, name_cause::claim, std::move(entry)});
      });
      ++x.told;
    }
    auto is_told = x.told == read_view::parts;
    part.is_last = is_told && --*x.untold == 0;
    is_all = is_all && is_told;
    send(who, std::move(part));
    return false;
  });
  return !is_all;
}

bool name_watch::tell_turns(const read_view& view) {
  std::size_t looked_at = 0;
  while (!turns_.empty() && changes_.size() < most_events
         && looked_at < most_looked_at) {
    auto who = turns_.begin()->first;
    auto& turned = turns_.begin()->second;
    auto part = turned.untold._Find_first();
    auto what = view.is_visible(who) ? name_change::registered
                                     : name_change::unregistered;
    auto is_its = [who](replica_id owner, bool) { return owner == who; };
    looked_at += view.for_each_in(part, is_its, [&](registration entry) {
      note(part, what, turned.cause, std::move(entry));
    });
    turned.untold.reset(part);
    if (turned.untold.none())
      turns_.erase(turns_.begin());
  }
  tell();
  return !turns_.empty();
}

void name_watch::tell() {
  evicted_.clear();
  if (changes_.empty())
    return;
  std::erase_if(listeners_, [&](const listener& x) {
    auto who = lock(x.who);
    if (!who)
      return true;
    name_events out{registry_, {}, false, false};
    for (const auto& [part, event] : changes_)
      if (part < x.told)
        out.events.push_back(event);
    send(who, std::move(out));
    return false;
  });
  changes_.clear();
}

void name_watch::send(const caf::strong_actor_ptr& to, name_events x) {
  // In messages of limited size: they may go to another node.
  while (!x.events.empty()) {
    std::size_t bytes = 0;
    auto end = std::find_if(x.events.begin(), x.events.end(), [&](auto& event) {
      bytes += size_of(event.entry);
      return bytes > most_bytes;
    });
    if (end == x.events.begin())
      ++end;
    auto count = std::min<std::ptrdiff_t>(end - x.events.begin(), most_events);
    end = x.events.begin() + count;
    if (end == x.events.end())
      break;
    name_events part{x.registry, {}, x.is_snapshot, false};
    part.events.assign(std::make_move_iterator(x.events.begin()),
                       std::make_move_iterator(end));
    x.events.erase(x.events.begin(), end);
    deliver(nullptr, to, caf::make_message(std::move(part)));
  }
  if (!x.events.empty() || x.is_last)
    deliver(nullptr, to, caf::make_message(std::move(x)));
}

// -- why names go ------------------------------------------------------------

void name_watch::ended(const horde::pid& who) {
  if (!ended_.insert(who).second)
    return;
  ended_since_.push_back(who);
  if (ended_since_.size() <= most_ended)
    return;
  ended_.erase(ended_since_.front());
  ended_since_.pop_front();
}

name_cause name_watch::cause_of(const written& gone, bool is_replaced,
                                std::size_t part) const {
  auto turned = turns_.find(gone.owner);
  if (turned != turns_.end() && turned->second.untold[part])
    return turned->second.cause;
  const auto& entry = gone.entry;
  if (evicted_.contains(entry.name))
    return name_cause::conflict;
  if (ended_.contains(entry.who))
    return name_cause::exit;
  if (is_replaced)
    return name_cause::conflict;
  return is_member(entry.member) ? name_cause::unregister
                                 : name_cause::member_removed;
}

bool name_watch::is_member(const member_id& who) const {
  return std::ranges::any_of(roster_.members(),
                             [&](const auto& x) { return x.who == who; });
}

// -- changes of what readers see ---------------------------------------------

void name_watch::apply(read_view& view, const naming::show_owner& x) {
  auto was_visible = view.is_visible(x.owner);
  view.apply(x);
  if (listeners_.empty())
    turns_.clear();
  if (listeners_.empty() || was_visible == x.visible)
    return;
  auto& turned = turns_[x.owner];
  turned.untold.flip();
  turned.cause = x.visible          ? name_cause::member_up
                 : is_member(x.who) ? name_cause::member_down
                                    : name_cause::member_removed;
  if (turned.untold.none())
    turns_.erase(x.owner);
  wants_to_go_on_ = true;
}

bool name_watch::is_believed(replica_id owner, bool is_visible,
                             std::size_t part) const {
  auto turned = turns_.find(owner);
  return is_visible != (turned != turns_.end() && turned->second.untold[part]);
}

std::optional<name_watch::written>
name_watch::believed(std::optional<written> x, std::size_t part) const {
  if (x && !is_believed(x->owner, x->is_visible, part))
    x.reset();
  return x;
}

void name_watch::note(std::size_t part, std::optional<written> before,
                      std::optional<written> now) {
  if (before && now && before->entry.who == now->entry.who) {
    if (before->entry.value != now->entry.value)
      note(part, name_change::registered, name_cause::update,
           std::move(now->entry));
    return;
  }
  if (before) {
    auto cause = cause_of(*before, now.has_value(), part);
    note(part, name_change::unregistered, cause, std::move(before->entry));
  }
  if (now)
    note(part, name_change::registered, name_cause::claim,
         std::move(now->entry));
}

void name_watch::note(std::size_t part, name_change what, name_cause cause,
                      registration x) {
  changes_.emplace_back(part, name_event{what, cause, std::move(x)});
}

} // namespace horde::actors
