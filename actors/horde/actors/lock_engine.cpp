// SPDX-License-Identifier: MIT

#include "horde/actors/lock_engine.hpp"

#include "horde/actors/type_ids.hpp"
#include "horde/actors/wait_for.hpp"
#include "horde/overload.hpp"

namespace horde::actors {

lock_engine::lock_engine(node_context_ptr node, const naming::lock_config& cfg,
                         const hosted_member& self, std::uint64_t seed)
    : node_(std::move(node)), self_(self),
      core_(cfg, self.who, self.replica, seed, node_->time.now()) {
  // nop
}

/// Runs one event and what follows. Sends happen under the lock, so that peers
/// see our steps in order; callbacks happen after it, in order, too.
template <class F>
void lock_engine::step(F event) {
  {
    std::lock_guard guard{mutex_};
    auto now = node_->time.now();
    event(now);
    perform(core_.finish(now));
    if (!left_)
      alarm_.set(core_.wake_at(), now, self_.actor);
  }
  tell_callers();
}

void lock_engine::tell_callers() {
  std::unique_lock guard{mutex_};
  if (std::exchange(is_telling_, true))
    return; // another thread, or we ourselves further out
  while (!answers_.empty()) {
    auto answer = std::move(answers_.front());
    answers_.pop_front();
    guard.unlock();
    answer();
    guard.lock();
  }
  is_telling_ = false;
}

// -- what users do -----------------------------------------------------------

std::uint64_t lock_engine::ask(caller x, duration lease, duration limit) {
  std::uint64_t ticket = 0;
  step([&](moment now) {
    if (left_) {
      answers_.push_back(
        [done = std::move(x.done), why = *left_] { done(to_error(why)); });
      return;
    }
    ticket = ++last_ticket_;
    auto key = x.key;
    if (x.holder != 0)
      holders_[x.holder].insert(ticket);
    callers_.emplace(ticket, std::move(x));
    core_.ask(naming::lock_ticket{ticket}, key, lease, limit, now);
  });
  return ticket;
}

caf::expected<cluster_lock_guard> lock_engine::lock(const std::string& key,
                                                    lock_options options) {
  auto on_lost = std::move(options.on_lost);
  caller x;
  x.key = key;
  x.lost = [on_lost](const lock_lost&) {
    if (on_lost)
      on_lost();
  };
  std::uint64_t ticket = 0;
  auto granted = wait_for<lock_granted>([&](auto done) {
    x.done = std::move(done);
    ticket = ask(std::move(x), options.lease, options.limit);
  });
  if (!granted)
    return std::move(granted.error());
  cluster_lock_guard result;
  result.engine_ = shared_from_this();
  result.ticket_ = ticket;
  result.key_ = key;
  result.token_ = granted->token;
  return result;
}

void lock_engine::take(const caf::strong_actor_ptr& holder, const take_lock& x,
                       std::function<void(caf::expected<lock_granted>)> done,
                       std::function<void(lock_lost)> lost) {
  if (!holder || holder->node() != node_->sys.node())
    return done(
      to_error({errc::not_owner, "the lock '" + x.key
                                   + "' can be given only to a process of "
                                     "this node, "
                                   + node_->self.name}));
  ask({holder->id(), x.key, 0, std::move(done), std::move(lost)}, x.lease,
      x.limit);
  watch(holder);
}

void lock_engine::release(std::uint64_t holder, const release_lock& x) {
  step([&](moment now) {
    auto known = holders_.find(holder);
    if (known == holders_.end())
      return;
    for (auto ticket : known->second) {
      auto who = callers_.find(ticket);
      if (who->second.token != x.token || who->second.key != x.key)
        continue;
      core_.release(naming::lock_ticket{ticket}, now);
      forget(who);
      return;
    }
  });
}

void lock_engine::release(std::uint64_t ticket) {
  step([&](moment now) {
    core_.release(naming::lock_ticket{ticket}, now);
    if (auto who = callers_.find(ticket); who != callers_.end())
      forget(who);
  });
}

bool lock_engine::is_held(std::uint64_t ticket) const {
  std::lock_guard guard{mutex_};
  return core_.is_held(naming::lock_ticket{ticket}, node_->time.now().at);
}

// -- what is passed in -------------------------------------------------------

void lock_engine::set_members(const news& x) {
  step([&](moment now) {
    if (x.version <= version_)
      return;
    version_ = x.version;
    auto former = std::exchange(self_, x.self);
    if (former.replica != self_.replica)
      core_.begin_anew(self_.replica, now);
    peers_.clear();
    std::vector<naming::lock_peer> reachable;
    for (const auto& peer : x.linked) {
      peers_.emplace(peer.replica, peer);
      reachable.push_back({peer.who, peer.replica});
    }
    core_.set_members(x.list, reachable, now);
  });
}

void lock_engine::stopped(replica_id who) {
  step([&](moment now) {
    if (auto peer = peers_.find(who); peer != peers_.end())
      core_.stopped({peer->second.who, who}, now);
  });
}

void lock_engine::receive(const lock_bytes& x) {
  step([&](moment now) { core_.receive(x.from, x.bytes, now); });
}

void lock_engine::tick(const lock_tick& x) {
  step([&](moment now) {
    alarm_.rang(x);
    core_.tick(now);
  });
}

void lock_engine::leave(const failure& why) {
  step([&](moment now) {
    core_.leave(why, now);
    left_ = why;
  });
}

// -- what it does to the world -----------------------------------------------

void lock_engine::perform(naming::lock::effects out) {
  auto find = [&](naming::lock_ticket x) {
    return callers_.find(static_cast<std::uint64_t>(x));
  };
  for (auto& effect : out)
    std::visit(overload{
                 [&](naming::lock::send& x) {
                   if (auto peer = peers_.find(x.to); peer != peers_.end())
                     anon_tell(peer->second.actor,
                               lock_bytes{self_.replica, std::move(x.bytes)});
                 },
                 [&](naming::lock::grant& x) {
                   auto who = find(x.ticket);
                   who->second.token = x.token;
                   answers_.push_back([done = std::move(who->second.done),
                                       granted = lock_granted{x.key, x.token}] {
                     done(granted);
                   });
                 },
                 [&](naming::lock::lose& x) {
                   auto who = find(x.ticket);
                   answers_.push_back(
                     [lost = std::move(who->second.lost),
                      what = lock_lost{x.key, x.token}] { lost(what); });
                   forget(who);
                 },
                 [&](naming::lock::fail& x) {
                   auto who = find(x.ticket);
                   answers_.push_back([done = std::move(who->second.done),
                                       why = x.why] { done(to_error(why)); });
                   forget(who);
                 },
               },
               effect);
}

void lock_engine::forget(std::map<std::uint64_t, caller>::iterator who) {
  auto tickets = holders_.find(who->second.holder);
  if (tickets != holders_.end()) {
    tickets->second.erase(who->first);
    if (tickets->second.empty())
      holders_.erase(tickets);
  }
  callers_.erase(who);
}

/// When the holder ends, its locks are given back, and it waits for none. The
/// functor runs in the thread in which it ends, or here if it ended already.
void lock_engine::watch(const caf::strong_actor_ptr& holder) {
  {
    std::lock_guard guard{mutex_};
    if (!watched_.insert(holder->id()).second)
      return;
  }
  on_end(holder,
         [weak = weak_from_this(), id = holder->id()](const caf::error&) {
           if (auto self = weak.lock())
             self->ended(id);
         });
}

void lock_engine::ended(std::uint64_t holder) {
  step([&](moment now) {
    watched_.erase(holder);
    auto known = holders_.find(holder);
    if (known == holders_.end())
      return;
    for (auto ticket : std::set<std::uint64_t>{known->second}) {
      core_.release(naming::lock_ticket{ticket}, now);
      forget(callers_.find(ticket));
    }
  });
}

} // namespace horde::actors

namespace horde {

bool cluster_lock_guard::is_held() const {
  return engine_ && engine_->is_held(ticket_);
}

void cluster_lock_guard::release() {
  if (auto engine = std::exchange(engine_, nullptr))
    engine->release(ticket_);
}

} // namespace horde
