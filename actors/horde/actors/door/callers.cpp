// SPDX-License-Identifier: MIT

#include "horde/actors/door/callers.hpp"

#include "horde/actors/door/explain.hpp"

#include <cerrno>
#include <chrono>

namespace horde::actors {

using namespace std::chrono_literals;

namespace {

// Enough for a burst, and the others get their turn in between.
constexpr int accepts_a_turn = 256;

// When there are no descriptors left, and none of them is ours to close.
constexpr duration accept_pause = 100ms;

// Distinct refusals remembered in order not to repeat them.
constexpr std::size_t max_reported = 1024;

bool is_exhausted(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS
         || error == ENOMEM;
}

} // namespace

void callers::watch(poll_set& polls) {
  if (!listener_)
    return;
  if (door_time() >= paused_until_)
    polls.add(listener_.get(), POLLIN, [this] { accept_all(); });
  else
    polls.wake_at(paused_until_);
  for (const auto& [id, x] : callers_)
    polls.add(x.line.fd(), POLLIN, [this, id = id] { listen_to(id); });
  if (!callers_.empty()) // all have the same time, so the oldest is first
    polls.wake_at(callers_.begin()->second.deadline);
}

void callers::accept_all() {
  for (int i = 0; i < accepts_a_turn; ++i) {
    if (auto x = accept_on(listener_.get())) {
      greet(std::move(*x));
      continue;
    }
    if (errno == ECONNABORTED || errno == EINTR)
      continue;
    if (!is_exhausted(errno))
      return;
    if (callers_.empty()) {
      paused_until_ = door_time() + accept_pause;
      return;
    }
    evict_oldest();
  }
}

void callers::greet(accepted_socket x) {
  lobby_.counts->add(&door_counters::accepted);
  if (callers_.size() >= lobby_.max_pending)
    evict_oldest();
  caller c{wire{std::move(x.fd)}, std::move(x.from),
           door_time() + lobby_.timeout, lobby_.ties.now(),
           server_handshake{lobby_.self, lobby_.key, make_nonce()}};
  if (c.line.write(c.talk.greeting()))
    callers_.emplace(next_++, std::move(c));
}

void callers::evict_oldest() {
  callers_.erase(callers_.begin());
  lobby_.counts->add(&door_counters::evicted);
}

void callers::listen_to(caller_id id) {
  auto i = callers_.find(id);
  if (i == callers_.end())
    return;
  auto& x = i->second;
  auto step = progress::more;
  while (step == progress::more) {
    auto input = x.line.read(x.talk.wanted());
    if (input.bytes.empty() && !input.closed)
      return;
    if (input.closed)
      break;
    step = x.talk.feed(input.bytes);
  }
  if (step == progress::decide)
    decide(x);
  else if (step == progress::over)
    refuse(x, x.talk.result());
  callers_.erase(i);
}

/// The caller knows the secret. Who of the possible two connections lives?
void callers::decide(caller& x) {
  // It has hung up in the meantime, so whatever it wanted to decide with this
  // connection is over.
  if (x.line.is_over())
    return;
  const auto& peer = *x.talk.peer();
  auto link = next_link_id();
  tie_break::decision what{verdict::shutting_down, std::nullopt};
  if (!lobby_.closing)
    what = lobby_.ties.arrived(peer.node, peer.role, x.greeted_at, link);
  // If this fails, the link ends at once, as any link can.
  (void)x.line.write(x.talk.answer(what.what));
  if (what.what == verdict::ok) {
    lobby_.counts->add(&door_counters::admitted);
    return lobby_.admit({link, peer.node, peer.role, x.from, false, what.link,
                         std::move(x.line), x.talk.link_secret(),
                         std::nullopt});
  }
  if (what.what == verdict::redundant)
    return lobby_.counts->add(&door_counters::redundant);
  report(x, what.what);
}

void callers::refuse(caller& x, verdict reason) {
  (void)x.line.write(x.talk.answer(reason));
  report(x, reason);
}

void callers::report(const caller& x, verdict reason) {
  lobby_.counts->add(&door_counters::refused);
  if (!is_news(x.from.host, reason))
    return;
  auto what = explain_caller(x.from.host, reason, lobby_.self, x.talk.peer());
  lobby_.tell(
    door_events::turned_away{x.from.host, what.code, std::move(what.what)});
}

/// Keyed by what the caller cannot choose at will, and bounded.
bool callers::is_news(const std::string& host, verdict reason) {
  if (reported_.size() >= max_reported)
    reported_.clear();
  return reported_.emplace(host, reason).second;
}

void callers::expire(instant now) {
  while (!callers_.empty() && callers_.begin()->second.deadline <= now) {
    auto node = callers_.extract(callers_.begin());
    lobby_.counts->add(&door_counters::late);
    auto& x = node.mapped();
    if (!is_news(x.from.host, verdict::ok)) // no refusal, just late
      continue;
    lobby_.tell(door_events::turned_away{
      x.from.host, errc::timeout,
      x.from.host + " did not finish the handshake within "
        + describe(lobby_.timeout)});
  }
}

} // namespace horde::actors
