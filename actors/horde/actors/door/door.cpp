// SPDX-License-Identifier: MIT

#include "horde/actors/door/door.hpp"

#include "horde/actors/caf_compat.hpp"
#include "horde/actors/door/porter.hpp"
#include "horde/actors/door/scribe.hpp"
#include "horde/actors/door/tls_policy.hpp"
#include "horde/assert.hpp"

#include <map>
#include <utility>

#include <caf/io/middleman.hpp>
#include <caf/make_counted.hpp>

namespace horde::actors {

/// Everything but `porter_` is used in the porter's thread only.
class door::impl {
public:
  impl(caf::actor_system& sys, door_config config, caf::actor broker)
      : max_frame_(config.max_frame), max_unsent_(config.max_unsent),
        backend_(dynamic_cast<caf::io::network::default_multiplexer*>(
          &sys.middleman().backend())),
        broker_(std::move(broker)), porter_(std::move(config)) {
    HORDE_ASSERT(backend_ != nullptr); // not CAF's backend for tests
  }

  porter& front() { return porter_; }
  const porter& front() const { return porter_; }

  outcome<endpoint> listen() {
    auto result = porter_.listen();
    if (auto* bound = std::get_if<endpoint>(&result))
      port_ = bound->port;
    return result;
  }

  void open(door_identity self, caf::strong_actor_ptr whom, sink out) {
    whom_ = std::move(whom);
    out_ = std::move(out);
    introduction me;
    me.caf_line = basp::caf_line;
    me.role = self.role;
    me.cluster = std::move(self.cluster);
    me.node = std::move(self.self);
    porter_.open(std::move(me), [this](porter_event x) {
      std::visit([this](auto&& y) { handle(std::move(y)); }, std::move(x));
    });
  }

  void kick(link_id link) {
    porter_.tasks()->post([this, link] {
      auto i = links_.find(link);
      if (i == links_.end())
        return;
      if (auto gauge = porter_.gauges()->find(link))
        gauge->ends(link_end::kicked);
      cut(i->second.reach, [] {});
    });
  }

private:
  /// Cuts in the I/O thread, then runs `then` there.
  template <class F>
  void cut(std::shared_ptr<leash> which, F then) {
    backend_->post([which = std::move(which), then = std::move(then)] {
      which->cut();
      then();
    });
  }

  template <class Event>
  void handle(Event x) {
    out_(std::move(x));
  }

  void handle(door_events::link_lost x) {
    auto entry = links_.extract(x.link);
    if (!entry.empty() && entry.mapped().told)
      out_(std::move(x));
  }

  void handle(door_events::datagram x) {
    auto entry = links_.find(x.link);
    if (entry != links_.end() && entry->second.told)
      out_(std::move(x));
  }

  void handle(door_events::admitted x) {
    auto scribe = make_scribe(x);
    links_[x.link] = {scribe->handle(), false};
    auto stale = x.stale ? links_.find(*x.stale) : links_.end();
    if (stale == links_.end())
      return introduce(std::move(x), std::move(scribe));
    // BASP must have lost the old connection before it gets the new one.
    auto reach = stale->second.reach;
    handle(door_events::link_lost{*x.stale, x.peer, link_end::replaced});
    auto shared = std::make_shared<door_events::admitted>(std::move(x));
    cut(std::move(reach), [this, shared, scribe, back = porter_.tasks()] {
      back->post(
        [this, shared, scribe] { introduce(std::move(*shared), scribe); });
    });
  }

  caf::intrusive_ptr<door_scribe> make_scribe(door_events::admitted& x) {
    frame_guard guard{!x.dialed, max_frame_};
    scribe_hooks hooks;
    hooks.gone = porter_.on_gone(x.link);
    hooks.refused_frame = [counts = porter_.counts()] {
      counts->add(&door_counters::refused_frames);
    };
    hooks.too_slow = [counts = porter_.counts()] {
      counts->add(&door_counters::too_slow);
    };
    if (auto gauge = porter_.gauges()->find(x.link))
      hooks.gauge = std::move(gauge);
    hooks.max_unsent = max_unsent_;
    if (auto tls = x.line.release_tls())
      return caf::make_counted<tls_scribe>(*backend_, x.link, x.line.release(),
                                           guard, std::move(hooks),
                                           std::move(tls));
    return caf::make_counted<plain_scribe>(*backend_, x.link, x.line.release(),
                                           guard, std::move(hooks));
  }

  void introduce(door_events::admitted x,
                 caf::intrusive_ptr<door_scribe> scribe) {
    auto entry = links_.find(x.link);
    if (entry == links_.end())
      return; // taken over before anybody heard of it
    entry->second.told = true;
    caf::io::scribe_ptr connection{std::move(scribe)};
    if (x.dialed)
      return out_(door_events::dialed{x.link, std::move(x.peer),
                                      std::move(x.where), std::move(connection),
                                      x.version});
    out_(door_events::accepted{x.link, std::move(x.peer), x.role,
                               std::move(x.where), x.version});
    basp::publish(broker_, std::move(connection), port_, whom_);
  }

  std::uint32_t max_frame_;
  std::uint64_t max_unsent_;
  caf::io::network::default_multiplexer* backend_;
  caf::actor broker_;
  std::uint16_t port_ = 0;
  caf::strong_actor_ptr whom_;
  sink out_;
  struct entry {
    std::shared_ptr<leash> reach;
    bool told = false; // its event is out
  };
  std::map<link_id, entry> links_;
  porter porter_; // last: its thread ends before the rest
};

door::door(caf::actor_system& sys, door_config config)
    : broker_(basp::broker(sys)), timeout_(config.handshake_timeout),
      impl_(std::make_unique<impl>(sys, std::move(config), broker_)) {}

door::~door() {
  stop();
}

outcome<endpoint> door::listen() {
  return impl_->listen();
}

void door::open(door_identity self, caf::strong_actor_ptr whom, sink out) {
  impl_->open(std::move(self), std::move(whom), std::move(out));
}

void door::dial(endpoint to) {
  impl_->front().dial(std::move(to));
}

void door::hand_over(caf::event_based_actor* self, door_events::dialed link,
                     handed_over then) {
  request_hand_over(self, std::move(link.scribe))
    .then(
      [then](const caf::node_id&, const caf::strong_actor_ptr& peer,
             const std::set<std::string>&) {
        if (peer)
          then(caf::actor_cast<caf::actor>(peer));
        else
          then(to_error({errc::cannot_connect, "the peer told no actor"}));
      },
      [then](const caf::error& why) { then(why); });
}

void door::kick(link_id link) {
  impl_->kick(link);
}

void door::send_datagram(link_id link, std::string_view payload) {
  impl_->front().post()->send(link, payload);
}

std::optional<instant> door::last_heard(link_id link) const {
  auto gauge = impl_->front().gauges()->find(link);
  return gauge ? std::optional{gauge->last_heard()} : std::nullopt;
}

std::size_t door::unsent(link_id link) const {
  auto gauge = impl_->front().gauges()->find(link);
  return gauge ? gauge->unsent() : 0;
}

void door::refuse_callers() {
  impl_->front().refuse_callers();
}

void door::set_secrets(std::vector<std::string> x) {
  impl_->front().set_secrets(std::move(x));
}

door_counters door::counters() const {
  return impl_->front().counts()->read();
}

void door::stop() {
  impl_->front().stop();
}

} // namespace horde::actors
