// SPDX-License-Identifier: MIT

#include "horde/actors/registry_parts.hpp"

#include <algorithm>
#include <iterator>

#include "horde/actors/type_ids.hpp"

namespace horde::actors {

namespace {

std::size_t size_of(const registration& x) {
  return sizeof(x) + x.name.size() + x.value.size();
}

/// Passes the first error on, or nothing once all have answered.
condition_waiters::callback once_all(std::size_t count,
                                     condition_waiters::callback done) {
  struct state {
    std::mutex mutex;
    std::size_t missing;
    condition_waiters::callback done;
  };
  auto shared = std::make_shared<state>();
  shared->missing = count;
  shared->done = std::move(done);
  return [shared](caf::expected<void> x) {
    std::unique_lock guard{shared->mutex};
    if (shared->missing == 0)
      return; // was answered
    shared->missing = x ? shared->missing - 1 : 0;
    if (shared->missing > 0)
      return;
    auto f = std::move(shared->done);
    guard.unlock();
    f(std::move(x));
  };
}

members list_of_partition(members list, std::size_t i) {
  for (auto& x : list)
    x.horde = partition_name(x.horde, i);
  return list;
}

} // namespace

std::vector<std::string> registry_parts::keys(const pid& who) const {
  std::vector<std::string> result;
  for (const auto& x : engines_) {
    auto more = x->view().names_of(who);
    std::move(more.begin(), more.end(), std::back_inserter(result));
  }
  return result;
}

std::uint64_t registry_parts::count() const {
  std::uint64_t result = 0;
  for (const auto& x : engines_)
    result += x->view().count();
  return result;
}

void registry_parts::for_each(
  const std::function<bool(const registration&)>& f) const {
  auto goes_on = true;
  for (const auto& x : engines_) {
    x->view().for_each(
      [&](const registration& entry) { return goes_on = f(entry); });
    if (!goes_on)
      return;
  }
}

name_list registry_parts::list(const list_names& x) const {
  name_list result{count(), {}};
  std::size_t bytes = 0;
  for_each([&](const registration& entry) {
    bytes += size_of(entry);
    if (result.names.size() >= x.limit || bytes > max_answer_bytes)
      return false;
    result.names.push_back(entry);
    return true;
  });
  return result;
}

name_list registry_parts::list(const lookup_group& x) const {
  auto all = of(x.name).view().lookup_all(x.name);
  auto total = all.size();
  std::size_t bytes = 0;
  auto end = std::ranges::find_if(all, [&](const registration& entry) {
    return (bytes += size_of(entry)) > max_answer_bytes;
  });
  all.erase(end, all.end());
  return {total, std::move(all)};
}

registry_status registry_parts::status() const {
  auto result = first().status();
  result.partitions = engines_.size();
  for (std::size_t i = 1; i < engines_.size(); ++i) {
    auto x = engines_[i]->status();
    result.names += x.names;
    result.local_names += x.local_names;
    result.sync += x.sync;
  }
  return result;
}

caf::expected<void> registry_parts::set_members(const members& list) const {
  for (std::size_t i = 0; i < engines_.size(); ++i)
    if (auto done = engines_[i]->set_members(list_of_partition(list, i)); !done)
      return done;
  return {};
}

caf::expected<void>
registry_parts::drive_members(const actors::drive_members& x) const {
  for (std::size_t i = 0; i < engines_.size(); ++i) {
    auto done = engines_[i]->drive_members(
      {list_of_partition(x.list, i), list_of_partition(x.seen, i)});
    if (!done)
      return done;
  }
  return {};
}

void registry_parts::wait_for_quorum(duration limit,
                                     condition_waiters::callback done) const {
  auto each = once_all(engines_.size(), std::move(done));
  for (const auto& x : engines_)
    x->wait_for_quorum(limit, each);
}

void registry_parts::wait_for_acks(std::uint32_t by, duration limit,
                                   condition_waiters::callback done) const {
  auto each = once_all(engines_.size(), std::move(done));
  for (const auto& x : engines_)
    x->wait_for_acks(by, limit, each);
}

void registry_parts::subscribe(const caf::strong_actor_ptr& who) const {
  auto untold = std::make_shared<std::atomic<std::size_t>>(engines_.size());
  for (const auto& x : engines_)
    x->subscribe(who, untold);
}

void registry_parts::subscribe(
  std::function<void(const name_events&)> f) const {
  if (auto reader = first().spawn_reader(std::move(f)))
    subscribe(caf::actor_cast<caf::strong_actor_ptr>(reader));
}

void registry_parts::unsubscribe(const caf::strong_actor_ptr& who) const {
  for (const auto& x : engines_)
    x->unsubscribe(who);
}

caf::error no_registry() {
  return to_error({errc::unknown_horde, "this handle has no registry"});
}

} // namespace horde::actors
