// SPDX-License-Identifier: MIT
//
// What lookups read: names and who has them. Written by the registry's machine
// alone, one change at a time; read by any thread without a message or a lock
// (docs/decisions/0009-reads.md). An owner that disappears hides all its
// entries with one store.

#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "horde/actors/flat_index.hpp"
#include "horde/actors/registration.hpp"
#include "horde/hash.hpp"
#include "horde/naming/registry.hpp"

namespace horde::actors {

class read_view {
public:
  read_view() = default;
  ~read_view();

  // -- the writer: one at a time ---------------------------------------------

  void apply(const naming::show& x);
  void apply(const naming::hide& x);
  void apply(const naming::show_owner& x);
  void apply(naming::show_meta x);

  // -- readers: any thread ---------------------------------------------------

  /// Nothing for names of hidden owners. Waits for nobody.
  std::optional<registration> lookup(std::string_view name) const;

  /// Pid and owner only: no copy of the value.
  std::optional<std::pair<horde::pid, replica_id>>
  owner_of(std::string_view name) const;

  /// Visible names; exact while nothing is written.
  std::uint64_t count() const;

  /// Visible names of one process, in no order.
  std::vector<std::string> names_of(const horde::pid& who) const;

  /// Visits visible entries until `f` returns false. Each is seen whole, none
  /// twice, and none is missed that was there throughout. `f` may do what it
  /// likes: a part of the entries is copied, then visited.
  void for_each(const std::function<bool(const registration&)>& f) const;

  // Entries are kept in parts, by name.
  static constexpr std::size_t parts = 256;
  static std::size_t part_of(std::string_view name);
  /// Visits the visible ones of one part, by `f(const registration&)`. Only
  /// while nothing is written.
  template <class F>
  void for_each_in(std::size_t part, F f) const {
    rcu::reader guard;
    names_.for_each_in(part, [&](const record& x) {
      if (x.owner->visible)
        f(x.describe());
    });
  }
  /// Those of one owner, also if it is not visible.
  template <class F>
  void for_each_of(replica_id owner, F f) const {
    rcu::reader guard;
    for (std::size_t i = 0; i < parts; ++i)
      names_.for_each_in(i, [&](const record& x) {
        if (x.owner->id == owner)
          f(x.describe());
      });
  }
  bool is_visible(replica_id owner) const;

  /// Meta data, as bytes.
  std::optional<std::string> meta(const std::string& key) const;

private:
  struct owner_state {
    replica_id id{};
    std::atomic<bool> visible = false;
    std::atomic<bool> suspect = false;
    std::atomic<std::uint64_t> names = 0;
    member_id who; ///< written once, before `visible` is true
  };

  /// An entry; name and value follow it. What readers see of it does not
  /// change.
  struct record : rcu::node {
    std::uint64_t hash = 0; ///< of the name
    owner_state* owner = nullptr;
    horde::pid who;
    std::uint32_t name_size = 0;
    std::uint32_t value_size = 0;
    // Among those of its process. A reader of one that was taken out gets on to
    // those behind it.
    std::atomic<record*> next = nullptr;
    record* previous = nullptr; ///< for the writer

    static record* make(const naming::show& x, owner_state& owner);
    static void destroy(record* x);
    const char* bytes() const {
      return reinterpret_cast<const char*>(this + 1);
    }
    std::string_view name() const { return {bytes(), name_size}; }
    std::string_view value() const { return {bytes() + name_size, value_size}; }
    registration describe() const;
  };

  struct by_name {
    static std::uint64_t hash_of(const record& x) { return x.hash; }
  };
  /// One that has names.
  struct process : rcu::node {
    static void destroy(process* x) { delete x; }
    horde::pid who;
    std::atomic<record*> first = nullptr;
  };

  struct by_pid {
    static std::uint64_t hash_of(const horde::pid& x) {
      return std::hash<horde::pid>{}(x);
    }
    static std::uint64_t hash_of(const process& x) { return hash_of(x.who); }
  };

  /// For readers with an `rcu::reader` in hand, and the writer.
  record* find(std::string_view name) const;
  process* find(const horde::pid& who) const;
  void link(record* x);
  /// `x` takes the place of `old`, so that no reader sees both or neither.
  void relink(const record* old, record* x);
  void unlink(const record* x);
  owner_state& owner(replica_id id);

  flat_index<record, by_name> names_;
  static_assert(parts == decltype(names_)::shard_count);
  flat_index<process, by_pid> processes_;
  std::atomic<std::uint64_t> hides_ = 0; ///< how many there were
  mutable std::shared_mutex owners_mutex_;
  std::unordered_map<replica_id, std::unique_ptr<owner_state>> owners_;
  mutable std::shared_mutex meta_mutex_;
  std::unordered_map<std::string, std::string> meta_;
};

} // namespace horde::actors
