// SPDX-License-Identifier: MIT
//
// What lookups read: names and who has them. Written by the registry's machine
// alone, one change at a time; read by any thread without a message or a lock
// (docs/decisions/0009-reads.md). An owner that disappears hides all its
// entries with one store, and so does a process that ended. With duplicate keys
// an entry is written under its id, the name and what tells it from others with
// that name, and found by the name.

#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "horde/actors/flat_index.hpp"
#include "horde/actors/record_lists.hpp"
#include "horde/actors/registration.hpp"
#include "horde/hash.hpp"
#include "horde/naming/registry.hpp"

namespace horde::actors {

class read_view {
public:
  explicit read_view(key_mode keys = key_mode::unique) : keys_(keys) {}
  ~read_view();

  // -- the writer: one at a time ---------------------------------------------

  /// Begins to load what is needed for it.
  void prefetch(const naming::show& x);
  void apply(const naming::show& x);
  void apply(const naming::hide& x);
  void apply(const naming::show_owner& x);
  void apply(naming::show_meta x);
  /// Readers see nothing from now on.
  void close();

  /// Readers find this process no more, by any of its names. Any thread.
  void mark_ended(const horde::pid& who);

  // -- readers: any thread ---------------------------------------------------

  /// Nothing for names of hidden owners. Waits for nobody. Of a group: any.
  std::optional<registration> lookup(std::string_view name) const;

  /// All with that name.
  std::vector<registration> lookup_all(std::string_view name) const;
  std::vector<horde::pid> processes_named(std::string_view name) const;

  /// Whoever has the name and was marked as ended.
  std::optional<horde::pid> ended_owner_of(std::string_view name) const;

  /// The name in the id of an entry.
  std::string_view name_of(std::string_view id) const;

  /// Pid and owner only: no copy of the value. Of a group: any.
  std::optional<std::pair<horde::pid, replica_id>>
  owner_of(std::string_view name) const;

  /// Visible entries; exact while nothing is written.
  std::uint64_t count() const;

  /// Visible names of one process, in no order; one for each entry.
  std::vector<std::string> names_of(const horde::pid& who) const;

  /// Visits visible entries until `f` returns false. Each is seen whole, none
  /// twice, and none is missed that was there throughout. `f` may do what it
  /// likes: a part of the entries is copied, then visited.
  void for_each(const std::function<bool(const registration&)>& f) const;

  // Entries are kept in parts, by id.
  static constexpr std::size_t parts = 256;
  static std::size_t part_of(std::string_view id);

  // For the writer: entries as they were written, whether or not they are seen.

  struct written {
    registration entry;
    replica_id owner{};
    bool is_visible = false; ///< the owner is
  };
  /// By the id that it was written under.
  std::optional<written> find_written(std::string_view id) const;
  /// Those in one part for which `is_wanted(owner, is_visible)`, by
  /// `f(registration)`. Returns how many it looked at.
  template <class P, class F>
  std::size_t for_each_in(std::size_t part, P is_wanted, F f) const {
    rcu::reader guard;
    std::size_t result = 0;
    names_.for_each_in(part, [&](const record& x) {
      ++result;
      if (is_wanted(x.owner->id, x.owner->visible.load()))
        f(x.describe());
    });
    return result;
  }
  bool is_visible(replica_id owner) const;

  /// Meta data, as bytes.
  std::optional<std::string> meta(const std::string& key) const;

  /// By key, from `from` on, until `f` returns false. Under a lock: `f` does
  /// nothing but look.
  void for_each_meta(
    const std::string& from,
    const std::function<bool(const std::string& key, const std::string& value)>&
      f) const;

private:
  struct owner_state {
    replica_id id{};
    std::atomic<bool> visible = false;
    std::atomic<bool> suspect = false;
    std::atomic<std::uint64_t> names = 0;
    // Written once, before `visible` is true.
    member_id who;
    incarnation life; ///< of its node
  };

  /// A process of the owner's node.
  struct process {
    const owner_state* owner = nullptr;
    std::uint64_t actor = 0;

    horde::pid pid() const { return {owner->life, actor}; }
    std::uint64_t hash() const {
      return hash64({reinterpret_cast<const char*>(&actor), sizeof(actor)},
                    static_cast<std::uint64_t>(owner->id));
    }
    friend bool operator==(const process&, const process&) = default;
  };

  /// An entry; id and value follow it. What readers see of it does not change.
  struct record {
    owner_state* owner = nullptr;
    std::uint64_t actor = 0;
    std::uint32_t id_size = 0;
    std::uint32_t value_size : 31 = 0;
    std::uint32_t is_grouped : 1 = 0;
    list_links<record> of_process;

    static record* make(const naming::show& x, owner_state& owner,
                        key_mode keys);
    static void destroy(record* x);
    std::size_t size() const; ///< in bytes
    process who() const { return {owner, actor}; }
    const char* bytes() const;
    std::string_view id() const { return {bytes(), id_size}; }
    std::string_view name() const;
    std::string_view value() const { return {bytes() + id_size, value_size}; }
    registration describe() const;
  };

  /// What records are with duplicate keys.
  struct grouped_record : record {
    list_links<record> of_group;
  };

  struct by_id {
    static std::uint64_t hash_of(const record& x) { return hash64(x.id()); }
  };

  struct of_process {
    using key = process;
    static key key_of(const record& x) { return x.who(); }
    static std::uint64_t hash_of(const key& x) { return x.hash(); }
    static auto& links_of(record& x) { return x.of_process; }
  };

  struct of_group {
    using key = std::string_view;
    static key key_of(const record& x) { return x.name(); }
    static std::uint64_t hash_of(key x) { return hash64(x); }
    static auto& links_of(record& x) {
      return static_cast<grouped_record&>(x).of_group;
    }
  };

  /// A process that ended and has names yet.
  struct ended : rcu::node {
    process who;
    static void destroy(ended* x) { delete x; }
  };

  struct by_process {
    static std::uint64_t hash_of(const ended& x) { return x.who.hash(); }
  };

  // For readers with an `rcu::reader` in hand, and the writer.
  record* find(std::string_view id) const;
  record* find(std::string_view id, std::uint64_t hash) const;
  template <class F>
  void for_each_named(std::string_view name, F f) const;
  bool is_seen(const record& x) const {
    return x.owner->visible && !has_ended(x.who());
  }
  bool has_ended(process who) const {
    return ended_count_ > 0 && find_ended(who) != nullptr;
  }
  ended* find_ended(process who) const;

  // The writer.
  owner_state& owner(replica_id id);
  void unlink_from_process(record& x);

  /// The owners on that node: more than one if it began anew.
  std::vector<const owner_state*> owners_on(const incarnation& life) const;

  key_mode keys_;
  flat_index<record, by_id> names_;
  static_assert(parts == decltype(names_)::shard_count);
  record_lists<record, of_process> processes_;
  record_lists<record, of_group> groups_; ///< with duplicate keys
  rcu::retired<record> retired_;
  std::mutex ended_mutex_; ///< of who writes the next
  flat_index<ended, by_process> ended_;
  std::atomic<std::size_t> ended_count_ = 0;
  std::atomic<std::uint64_t> hides_ = 0; ///< how many there were
  bool is_closed_ = false;
  mutable std::shared_mutex owners_mutex_;
  std::unordered_map<replica_id, std::unique_ptr<owner_state>> owners_;
  owner_state* latest_owner_ = nullptr; ///< that the writer asked for
  mutable std::shared_mutex meta_mutex_;
  std::map<std::string, std::string> meta_;
};

} // namespace horde::actors
