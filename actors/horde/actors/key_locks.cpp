// SPDX-License-Identifier: MIT

#include "horde/actors/key_locks.hpp"

namespace horde::actors {

key_locks::guard key_locks::take(const std::string& key) {
  std::unique_lock lock{mutex_};
  auto& entry = queues_[key];
  if (!entry)
    entry = std::make_unique<queue>();
  auto& x = *entry; // stays while somebody has a ticket
  auto self = std::this_thread::get_id();
  if (x.holder == self)
    return {};
  auto ticket = x.tickets++;
  x.next.wait(lock, [&] { return x.turn == ticket; });
  x.holder = self;
  return {this, key};
}

void key_locks::release(const std::string& key) {
  std::lock_guard lock{mutex_};
  auto i = queues_.find(key);
  auto& x = *i->second;
  x.holder = {};
  ++x.turn;
  if (x.turn == x.tickets)
    queues_.erase(i);
  else
    x.next.notify_all();
}

} // namespace horde::actors
