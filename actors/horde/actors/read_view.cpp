// SPDX-License-Identifier: MIT

#include "horde/actors/read_view.hpp"

#include <mutex>
#include <new>
#include <unordered_set>

namespace horde::actors {

namespace {

/// What was taken out and put in again meanwhile may stand at two places.
void remove_duplicates(std::vector<registration>& xs) {
  std::unordered_set<std::string> seen;
  std::erase_if(
    xs, [&](const registration& x) { return !seen.insert(x.name).second; });
}

} // namespace

// -- records -----------------------------------------------------------------

read_view::record* read_view::record::make(const naming::show& x,
                                           owner_state& owner) {
  const auto& value = x.entry.value;
  auto memory = ::operator new(sizeof(record) + x.name.size() + value.size());
  auto result = new (memory) record;
  result->hash = hash64(x.name);
  result->owner = &owner;
  result->who = x.entry.pid;
  result->name_size = static_cast<std::uint32_t>(x.name.size());
  result->value_size = static_cast<std::uint32_t>(value.size());
  auto bytes = static_cast<char*>(memory) + sizeof(record);
  x.name.copy(bytes, x.name.size());
  value.copy(bytes + x.name.size(), value.size());
  return result;
}

void read_view::record::destroy(record* x) {
  x->~record();
  ::operator delete(x);
}

registration read_view::record::describe() const {
  return {std::string{name()}, who, owner->who, owner->suspect,
          std::string{value()}};
}

read_view::~read_view() {
  for (std::size_t i = 0; i < names_.shard_count; ++i)
    names_.for_each_in(i, [](record& x) { record::destroy(&x); });
  for (std::size_t i = 0; i < processes_.shard_count; ++i)
    processes_.for_each_in(i, [](process& x) { delete &x; });
}

// -- the writer --------------------------------------------------------------

void read_view::apply(const naming::show& x) {
  auto& to = owner(x.owner);
  auto old = find(x.name);
  auto fresh = record::make(x, to);
  ++to.names;
  if (!old) {
    names_.insert(fresh);
    link(fresh);
    return;
  }
  names_.replace(old, fresh);
  if (old->who == fresh->who) {
    relink(old, fresh);
  } else {
    link(fresh);
    unlink(old);
  }
  --old->owner->names;
  rcu::retire(old);
}

void read_view::apply(const naming::hide& x) {
  auto old = find(x.name);
  if (!old)
    return;
  ++hides_;
  names_.remove(old);
  unlink(old);
  --old->owner->names;
  rcu::retire(old);
}

void read_view::apply(const naming::show_owner& x) {
  auto& state = owner(x.owner);
  if (state.who.horde.empty()) // readers may be looking at it later
    state.who = x.who;
  state.suspect = x.suspect;
  state.visible = x.visible;
}

void read_view::apply(naming::show_meta x) {
  std::unique_lock guard{meta_mutex_};
  if (x.value)
    meta_[std::move(x.key)] = *std::move(x.value);
  else
    meta_.erase(x.key);
}

read_view::process* read_view::find(const horde::pid& who) const {
  process* result = nullptr;
  processes_.find(by_pid::hash_of(who), [&](process& x) {
    if (x.who != who)
      return false;
    result = &x;
    return true;
  });
  return result;
}

void read_view::link(record* x) {
  auto p = find(x->who);
  if (!p) {
    p = new process;
    p->who = x->who;
    processes_.insert(p);
  }
  auto behind = p->first.load(std::memory_order_relaxed);
  x->next.store(behind, std::memory_order_relaxed);
  if (behind)
    behind->previous = x;
  p->first.store(x, std::memory_order_release);
}

void read_view::relink(const record* old, record* x) {
  auto behind = old->next.load(std::memory_order_relaxed);
  x->next.store(behind, std::memory_order_relaxed);
  x->previous = old->previous;
  if (behind)
    behind->previous = x;
  auto& before = old->previous ? old->previous->next : find(x->who)->first;
  before.store(x, std::memory_order_release);
}

void read_view::unlink(const record* x) {
  auto behind = x->next.load(std::memory_order_relaxed);
  if (behind)
    behind->previous = x->previous;
  if (x->previous)
    return x->previous->next.store(behind, std::memory_order_release);
  auto p = find(x->who);
  p->first.store(behind, std::memory_order_release);
  if (behind)
    return;
  processes_.remove(p);
  rcu::retire(p);
}

read_view::owner_state& read_view::owner(replica_id id) {
  std::unique_lock guard{owners_mutex_};
  auto& x = owners_[id];
  if (!x) {
    x = std::make_unique<owner_state>();
    x->id = id;
  }
  return *x;
}

// -- readers -----------------------------------------------------------------

read_view::record* read_view::find(std::string_view name) const {
  record* result = nullptr;
  auto hash = hash64(name);
  names_.find(hash, [&](record& x) {
    if (x.hash != hash || x.name() != name)
      return false;
    result = &x;
    return true;
  });
  return result;
}

std::optional<registration> read_view::lookup(std::string_view name) const {
  rcu::reader guard;
  auto x = find(name);
  if (!x || !x->owner->visible)
    return std::nullopt;
  return x->describe();
}

std::optional<std::pair<horde::pid, replica_id>>
read_view::owner_of(std::string_view name) const {
  rcu::reader guard;
  auto x = find(name);
  if (!x || !x->owner->visible)
    return std::nullopt;
  return std::pair{x->who, x->owner->id};
}

std::size_t read_view::part_of(std::string_view name) {
  return decltype(names_)::shard_of_hash(hash64(name));
}

bool read_view::is_visible(replica_id owner) const {
  std::shared_lock guard{owners_mutex_};
  auto i = owners_.find(owner);
  return i != owners_.end() && i->second->visible;
}

std::uint64_t read_view::count() const {
  std::shared_lock guard{owners_mutex_};
  std::uint64_t result = 0;
  for (const auto& [id, x] : owners_)
    if (x->visible)
      result += x->names;
  return result;
}

std::vector<std::string> read_view::names_of(const horde::pid& who) const {
  std::vector<std::string> result;
  rcu::reader guard;
  if (auto p = find(who))
    for (auto x = p->first.load(std::memory_order_acquire); x;
         x = x->next.load(std::memory_order_acquire))
      if (x->owner->visible)
        result.emplace_back(x->name());
  return result;
}

void read_view::for_each(
  const std::function<bool(const registration&)>& f) const {
  std::vector<registration> part;
  for (std::size_t i = 0; i < names_.shard_count; ++i) {
    part.clear();
    auto hides = hides_.load();
    {
      rcu::reader guard;
      names_.for_each_in(i, [&](const record& x) {
        if (x.owner->visible)
          part.push_back(x.describe());
      });
    }
    if (hides_ != hides)
      remove_duplicates(part);
    for (const auto& x : part)
      if (!f(x))
        return;
  }
}

std::optional<std::string> read_view::meta(const std::string& key) const {
  std::shared_lock guard{meta_mutex_};
  auto i = meta_.find(key);
  if (i == meta_.end())
    return std::nullopt;
  return i->second;
}

} // namespace horde::actors
