// SPDX-License-Identifier: MIT

#include "horde/actors/read_view.hpp"

#include <mutex>

namespace horde::actors {

// -- the writer --------------------------------------------------------------

void read_view::apply(naming::show x) {
  auto& to = owner(x.owner);
  auto who = x.entry.pid;
  {
    auto& s = shard_of(x.name);
    std::unique_lock guard{s.mutex};
    auto [i, fresh] = s.entries.try_emplace(x.name);
    if (!fresh)
      forget(i->second, x.name);
    i->second = {&to, std::move(x.entry)};
    ++to.names;
  }
  std::unique_lock guard{pids_mutex_};
  pids_[who].insert(std::move(x.name));
}

void read_view::apply(const naming::hide& x) {
  auto& s = shard_of(x.name);
  std::unique_lock guard{s.mutex};
  auto i = s.entries.find(x.name);
  if (i == s.entries.end())
    return;
  forget(i->second, x.name);
  s.entries.erase(i);
}

void read_view::apply(const naming::show_owner& x) {
  auto& state = owner(x.owner);
  if (state.who.horde.empty()) // readers may be looking at it later
    state.who = x.who;
  state.suspect = x.suspect;
  state.visible = x.visible;
}

void read_view::forget(const entry& old, const std::string& name) {
  --old.owner->names;
  std::unique_lock guard{pids_mutex_};
  auto i = pids_.find(old.data.pid);
  if (i == pids_.end())
    return;
  i->second.erase(name);
  if (i->second.empty())
    pids_.erase(i);
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

std::optional<registration> read_view::lookup(const std::string& name) const {
  std::optional<registration> result;
  {
    const auto& s = shard_of(name);
    std::shared_lock guard{s.mutex};
    auto i = s.entries.find(name);
    if (i == s.entries.end() || !i->second.owner->visible)
      return std::nullopt;
    result = describe(name, i->second);
  }
  return result;
}

std::optional<std::pair<horde::pid, replica_id>>
read_view::owner_of(const std::string& name) const {
  const auto& s = shard_of(name);
  std::shared_lock guard{s.mutex};
  auto i = s.entries.find(name);
  if (i == s.entries.end() || !i->second.owner->visible)
    return std::nullopt;
  return std::pair{i->second.data.pid, i->second.owner->id};
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
  std::vector<std::string> held;
  {
    std::shared_lock guard{pids_mutex_};
    auto i = pids_.find(who);
    if (i == pids_.end())
      return {};
    held.assign(i->second.begin(), i->second.end());
  }
  std::erase_if(held, [&](const auto& name) {
    auto found = owner_of(name);
    return !found || found->first != who;
  });
  return held;
}

void read_view::for_each(
  const std::function<bool(const registration&)>& f) const {
  for (const auto& s : shards_) {
    std::shared_lock guard{s.mutex};
    for (const auto& [name, x] : s.entries)
      if (x.owner->visible && !f(describe(name, x)))
        return;
  }
}

registration read_view::describe(const std::string& name, const entry& x) {
  return {name, x.data.pid, x.owner->who, x.owner->suspect, x.data.value};
}

read_view::shard& read_view::shard_of(const std::string& name) {
  return shards_[text_hash{}(name) >> 58];
}

const read_view::shard& read_view::shard_of(const std::string& name) const {
  return shards_[text_hash{}(name) >> 58];
}

} // namespace horde::actors
