// SPDX-License-Identifier: MIT

#include "horde/actors/door/porter.hpp"

#include "horde/actors/door/callers.hpp"
#include "horde/actors/door/dialer.hpp"
#include "horde/actors/door/poll_set.hpp"
#include "horde/assert.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

namespace horde::actors {

namespace {

// A port that is free for TCP may be taken for UDP.
constexpr int tries_for_both = 16;

} // namespace

/// What lives in the thread.
struct porter::work {
  lobby shared;
  callers in;
  dialer out;
  bool stopping = false;

  work(introduction self, sink tell, porter& of)
      : shared(std::move(self), of.config_, of.counts_, std::move(tell)),
        in(shared, std::move(of.listener_)), out(shared, of.inbox_) {
    shared.post = of.post_;
    shared.gauges = of.gauges_;
  }
};

porter::porter(door_config config) : config_(std::move(config)) {}

porter::~porter() {
  stop();
}

outcome<endpoint> porter::listen() {
  HORDE_ASSERT(config_.listen);
  const auto& at = *config_.listen;
  for (int i = 0; i < tries_for_both; ++i) {
    auto bound = listen_on(at);
    if (auto* why = std::get_if<failure>(&bound))
      return std::move(*why);
    listener_ = std::move(std::get<unique_fd>(bound));
    datagrams_ = bind_datagrams(local_address(listener_.get()));
    if (datagrams_)
      return endpoint{at.host, local_port(listener_.get())};
    if (at.port != 0 || errno != EADDRINUSE)
      break; // another try gives the same
  }
  failure why{errc::cannot_listen, "cannot listen on " + to_string(at)
                                     + " for UDP: " + std::strerror(errno)};
  listener_.reset();
  return why;
}

void porter::open(introduction self, sink out) {
  HORDE_ASSERT(!work_);
  post_->start(std::move(datagrams_));
  work_ = std::make_unique<work>(std::move(self), std::move(out), *this);
  thread_ = std::thread{[this] { run(); }};
}

void porter::run() {
  poll_set polls;
  courier::sink arrived = [this](door_events::datagram x) {
    work_->shared.tell(std::move(x));
  };
  while (!work_->stopping) {
    polls.add(inbox_->fd(), POLLIN, [this] {
      for (auto& task : inbox_->take())
        task();
    });
    post_->watch(polls, arrived);
    work_->in.watch(polls);
    work_->out.watch(polls);
    polls.run();
    auto now = door_time();
    work_->in.expire(now);
    work_->out.expire(now);
    counts_->set(&door_counters::pending, work_->in.size());
  }
}

void porter::dial(endpoint to) {
  inbox_->post([this, to = std::move(to)] { work_->out.dial(to); });
}

void porter::refuse_callers() {
  inbox_->post([this] { work_->shared.closing = true; });
}

void porter::set_secrets(std::vector<std::string> x) {
  inbox_->post([this, x = std::move(x)] { work_->shared.use_secrets(x); });
}

std::function<void()> porter::on_gone(link_id link) {
  return [this, link, tasks = inbox_] {
    tasks->post([this, link] { forget(link); });
  };
}

void porter::forget(link_id link) {
  auto& shared = work_->shared;
  auto peer = shared.ties.lost(link);
  if (!peer)
    return; // taken over by another link, and told
  auto why = shared.close(link);
  shared.counts->set(&door_counters::links, shared.ties.links());
  shared.tell(door_events::link_lost{link, std::move(*peer), why});
}

void porter::stop() {
  inbox_->post([this] { work_->stopping = true; });
  if (thread_.joinable())
    thread_.join();
  inbox_->close();
  post_->stop();
  work_.reset();
}

} // namespace horde::actors
