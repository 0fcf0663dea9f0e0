// SPDX-License-Identifier: MIT

#include "horde/actors/read_view.hpp"

#include <mutex>
#include <new>
#include <set>

namespace horde::actors {

namespace {

using hashed = std::pair<std::uint64_t, registration>; ///< by the id

/// What was taken out and put in again meanwhile may stand at two places.
void remove_duplicates(std::vector<hashed>& xs) {
  std::set<std::pair<std::uint64_t, std::string>> seen;
  std::erase_if(xs, [&](const hashed& x) {
    return !seen.emplace(x.first, x.second.name).second;
  });
}

} // namespace

// -- records -----------------------------------------------------------------

read_view::record* read_view::record::make(const naming::show& x,
                                           owner_state& owner, key_mode keys) {
  const auto& value = x.entry.value;
  auto is_grouped = keys == key_mode::duplicate;
  auto head = is_grouped ? sizeof(grouped_record) : sizeof(record);
  auto memory = ::operator new(head + x.name.size() + value.size());
  auto result = is_grouped ? new (memory) grouped_record : new (memory) record;
  result->owner = &owner;
  result->actor = x.entry.actor;
  result->id_size = static_cast<std::uint32_t>(x.name.size());
  result->value_size = value.size() & 0x7fff'ffffU;
  result->is_grouped = is_grouped ? 1 : 0;
  auto bytes = static_cast<char*>(memory) + head;
  x.name.copy(bytes, x.name.size());
  value.copy(bytes + x.name.size(), value.size());
  return result;
}

void read_view::record::destroy(record* x) {
  if (x->is_grouped)
    static_cast<grouped_record*>(x)->~grouped_record();
  else
    x->~record();
  ::operator delete(x);
}

std::size_t read_view::record::size() const {
  return static_cast<std::size_t>(bytes() - reinterpret_cast<const char*>(this))
         + id_size + value_size;
}

const char* read_view::record::bytes() const {
  auto begin = reinterpret_cast<const char*>(this);
  return begin + (is_grouped ? sizeof(grouped_record) : sizeof(record));
}

std::string_view read_view::record::name() const {
  return {bytes(), id_size - (is_grouped ? naming::duplicate_bytes : 0)};
}

registration read_view::record::describe() const {
  return {std::string{name()}, who().pid(), owner->who, owner->suspect,
          std::string{value()}};
}

read_view::~read_view() {
  for (std::size_t i = 0; i < names_.shard_count; ++i)
    names_.for_each_in(i, [](record& x) { record::destroy(&x); });
  for (std::size_t i = 0; i < ended_.shard_count; ++i)
    ended_.for_each_in(i, [](ended& x) { ended::destroy(&x); });
}

// -- the writer --------------------------------------------------------------

void read_view::prefetch(const naming::show& x) {
  names_.prefetch(hash64(x.name));
  if (latest_owner_ && latest_owner_->id == x.owner)
    processes_.prefetch({latest_owner_, x.entry.actor});
}

void read_view::apply(const naming::show& x) {
  auto& to = owner(x.owner);
  auto hash = hash64(x.name);
  auto old = find(x.name, hash);
  auto fresh = record::make(x, to, keys_);
  ++to.names;
  auto stays = old && old->who() == fresh->who();
  if (stays)
    processes_.relink(*old, *fresh);
  else
    processes_.link(*fresh);
  if (!old) {
    names_.insert(fresh, hash);
    if (keys_ == key_mode::duplicate)
      groups_.link(*fresh);
    return;
  }
  names_.replace(old, fresh, hash);
  if (keys_ == key_mode::duplicate)
    groups_.relink(*old, *fresh);
  if (!stays)
    unlink_from_process(*old);
  --old->owner->names;
  retired_.add(old, old->size());
}

void read_view::apply(const naming::hide& x) {
  auto hash = hash64(x.name);
  auto old = find(x.name, hash);
  if (!old)
    return;
  ++hides_;
  names_.remove(old, hash);
  unlink_from_process(*old);
  if (keys_ == key_mode::duplicate)
    groups_.unlink(*old);
  --old->owner->names;
  retired_.add(old, old->size());
}

void read_view::unlink_from_process(record& x) {
  if (!processes_.unlink(x))
    return;
  std::lock_guard guard{ended_mutex_};
  if (auto mark = find_ended(x.who())) {
    ended_.remove(mark, mark->who.hash());
    --ended_count_;
    rcu::retire(mark);
  }
}

void read_view::apply(const naming::show_owner& x) {
  auto& state = owner(x.owner);
  if (state.who.horde.empty()) { // readers may be looking at it later
    std::unique_lock guard{owners_mutex_};
    state.who = x.who;
    state.life = x.life;
  }
  state.suspect = x.suspect;
  state.visible = x.visible && !is_closed_;
}

void read_view::apply(naming::show_meta x) {
  std::unique_lock guard{meta_mutex_};
  if (x.value && !is_closed_)
    meta_[std::move(x.key)] = *std::move(x.value);
  else
    meta_.erase(x.key);
}

void read_view::close() {
  is_closed_ = true;
  std::unique_lock meta{meta_mutex_};
  meta_.clear();
  meta.unlock();
  std::shared_lock owners{owners_mutex_};
  for (auto& [id, x] : owners_)
    x->visible = false;
}

void read_view::mark_ended(const horde::pid& who) {
  for (auto owner : owners_on(who.node)) {
    process ending{owner, who.actor};
    std::lock_guard guard{ended_mutex_};
    rcu::reader reader;
    if (!processes_.contains(ending) || find_ended(ending))
      continue;
    auto mark = new ended;
    mark->who = ending;
    ended_.insert(mark, ending.hash());
    ++ended_count_;
  }
}

read_view::owner_state& read_view::owner(replica_id id) {
  if (latest_owner_ && latest_owner_->id == id)
    return *latest_owner_;
  std::unique_lock guard{owners_mutex_};
  auto& x = owners_[id];
  if (!x) {
    x = std::make_unique<owner_state>();
    x->id = id;
  }
  latest_owner_ = x.get();
  return *x;
}

// -- readers -----------------------------------------------------------------

read_view::record* read_view::find(std::string_view id) const {
  return find(id, hash64(id));
}

read_view::record* read_view::find(std::string_view id,
                                   std::uint64_t hash) const {
  return names_.find(hash, [&](const record& x) { return x.id() == id; });
}

read_view::ended* read_view::find_ended(process who) const {
  return ended_.find(who.hash(), [&](const ended& x) { return x.who == who; });
}

std::vector<const read_view::owner_state*>
read_view::owners_on(const incarnation& life) const {
  std::vector<const owner_state*> result;
  std::shared_lock guard{owners_mutex_};
  for (const auto& [id, x] : owners_)
    if (x->life == life)
      result.push_back(x.get());
  return result;
}

/// Visits the visible entries until `f` returns false.
template <class F>
void read_view::for_each_named(std::string_view name, F f) const {
  auto visit = [&](const record& x) { return !is_seen(x) || f(x); };
  if (keys_ == key_mode::duplicate)
    groups_.for_each(name, visit);
  else if (auto x = find(name))
    visit(*x);
}

std::optional<registration> read_view::lookup(std::string_view name) const {
  rcu::reader guard;
  std::optional<registration> result;
  for_each_named(name, [&](const record& x) {
    result = x.describe();
    return false;
  });
  return result;
}

std::vector<registration> read_view::lookup_all(std::string_view name) const {
  rcu::reader guard;
  std::vector<registration> result;
  for_each_named(name, [&](const record& x) {
    result.push_back(x.describe());
    return true;
  });
  return result;
}

std::vector<horde::pid>
read_view::processes_named(std::string_view name) const {
  rcu::reader guard;
  std::vector<horde::pid> result;
  for_each_named(name, [&](const record& x) {
    result.push_back(x.who().pid());
    return true;
  });
  return result;
}

std::optional<horde::pid>
read_view::ended_owner_of(std::string_view name) const {
  rcu::reader guard;
  auto x = find(name);
  if (!x || !has_ended(x->who()))
    return std::nullopt;
  return x->who().pid();
}

std::optional<read_view::written>
read_view::find_written(std::string_view id) const {
  rcu::reader guard;
  auto x = find(id);
  if (!x)
    return std::nullopt;
  return written{x->describe(), x->owner->id, x->owner->visible};
}

std::string_view read_view::name_of(std::string_view id) const {
  if (keys_ == key_mode::duplicate)
    id.remove_suffix(naming::duplicate_bytes);
  return id;
}

std::optional<std::pair<horde::pid, replica_id>>
read_view::owner_of(std::string_view name) const {
  rcu::reader guard;
  std::optional<std::pair<horde::pid, replica_id>> result;
  for_each_named(name, [&](const record& x) {
    result.emplace(x.who().pid(), x.owner->id);
    return false;
  });
  return result;
}

std::size_t read_view::part_of(std::string_view id) {
  return decltype(names_)::shard_of_hash(hash64(id));
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
  for (auto owner : owners_on(who.node)) {
    rcu::reader guard;
    processes_.for_each({owner, who.actor}, [&](const record& x) {
      if (is_seen(x))
        result.emplace_back(x.name());
      return true;
    });
  }
  return result;
}

void read_view::for_each(
  const std::function<bool(const registration&)>& f) const {
  std::vector<hashed> part;
  for (std::size_t i = 0; i < names_.shard_count; ++i) {
    part.clear();
    auto hides = hides_.load();
    {
      rcu::reader guard;
      names_.for_each_in(i, [&](const record& x) {
        if (is_seen(x))
          part.emplace_back(hash64(x.id()), x.describe());
      });
    }
    if (hides_ != hides)
      remove_duplicates(part);
    for (const auto& x : part)
      if (!f(x.second))
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

void read_view::for_each_meta(
  const std::string& from,
  const std::function<bool(const std::string&, const std::string&)>& f) const {
  std::shared_lock guard{meta_mutex_};
  for (auto i = meta_.lower_bound(from); i != meta_.end(); ++i)
    if (!f(i->first, i->second))
      return;
}

} // namespace horde::actors
