// SPDX-License-Identifier: MIT
//
// What is measured of each link's connection: when bytes came in, how many wait
// to go out, and why it ended. Written where the connection is served, read
// from any thread.

#pragma once

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "horde/actors/door/events.hpp"
#include "horde/time.hpp"

namespace horde::actors {

/// Of one link. Thread-safe.
class link_gauge {
public:
  explicit link_gauge(instant began = {})
      : heard_(began.time_since_epoch().count()) {}

  void heard(instant now) { heard_ = now.time_since_epoch().count(); }
  instant last_heard() const { return instant{duration{heard_}}; }

  void set_unsent(std::size_t x) { unsent_ = x; }
  std::size_t unsent() const { return unsent_; }

  /// The first reason stays: what follows is a consequence.
  void ends(link_end why) {
    auto none = link_end::closed;
    end_.compare_exchange_strong(none, why);
  }
  link_end end() const { return end_; }

private:
  std::atomic<duration::rep> heard_;
  std::atomic<std::size_t> unsent_{0};
  std::atomic<link_end> end_{link_end::closed};
};

/// Those of all links. Thread-safe.
class link_gauges {
public:
  void open(link_id link, instant now) {
    std::lock_guard lock{guard_};
    gauges_[link] = std::make_shared<link_gauge>(now);
  }

  /// Null: no such link.
  std::shared_ptr<link_gauge> find(link_id link) const {
    std::lock_guard lock{guard_};
    auto i = gauges_.find(link);
    return i != gauges_.end() ? i->second : nullptr;
  }

  void close(link_id link) {
    std::lock_guard lock{guard_};
    gauges_.erase(link);
  }

private:
  mutable std::mutex guard_;
  std::map<link_id, std::shared_ptr<link_gauge>> gauges_;
};

/// How much was written and not yet taken by the system. CAF has two buffers:
/// one to append to, one to send from; when the latter is empty, it sends from
/// the former. Only the former can be looked at, from time to time.
class backlog {
public:
  /// The buffer to append to has this size.
  void see(std::size_t size) {
    unsent_ += size - seen_;
    seen_ = size;
  }

  /// It was seen, and is sent from now.
  void moved() { seen_ = 0; }

  void taken(std::size_t n) { unsent_ -= n; }

  std::size_t unsent() const { return unsent_; }

private:
  std::size_t unsent_ = 0;
  std::size_t seen_ = 0;
};

} // namespace horde::actors
