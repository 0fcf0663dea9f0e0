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
    polls.add(x.line.fd(), x.line.awaited(),
              [this, id = id] { listen_to(id); });
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
  caller c{lobby_.make_line(std::move(x.fd), tls_side::server),
           std::move(x.from),
           door_time() + lobby_.timeout,
           lobby_.keys,
           0,
           std::nullopt};
  auto id = next_++;
  callers_.emplace(id, std::move(c));
  listen_to(id);
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
  switch (x.talk ? tls_session::state::ready : x.line.prepare()) {
  case tls_session::state::busy: return;
  case tls_session::state::failed: turn_away(x); break;
  case tls_session::state::ready:
    if (converse(x) == progress::more)
      return;
  }
  callers_.erase(i);
}

/// Greets once and listens. `over`: there is nothing more to say.
progress callers::converse(caller& x) {
  if (!x.talk) {
    x.greeted_at = lobby_.ties.now();
    x.talk.emplace(lobby_.self, *x.keys, make_nonce(), x.line.binding());
    if (!x.line.write(x.talk->greeting()))
      return progress::over;
  }
  auto step = progress::more;
  while (step == progress::more) {
    auto input = x.line.read(x.talk->wanted());
    if (input.closed)
      return progress::over;
    if (input.bytes.empty())
      return progress::more;
    step = x.talk->feed(input.bytes);
  }
  if (step == progress::decide)
    decide(x);
  else
    refuse(x, x.talk->result());
  return progress::over;
}

/// The caller knows the secret. Who of the possible two connections lives?
void callers::decide(caller& x) {
  // It has hung up in the meantime, so whatever it wanted to decide with this
  // connection is over.
  if (x.line.is_over())
    return;
  const auto& peer = *x.talk->peer();
  auto link = next_link_id();
  auto what = judge(x, link);
  // If this fails, the link ends at once, as any link can.
  (void)x.line.write(x.talk->answer(what.what));
  if (what.what == verdict::ok) {
    lobby_.counts->add(&door_counters::admitted);
    auto version = common_version(lobby_.self, peer);
    return lobby_.admit({link, peer.node, peer.role, version, x.from, false,
                         what.link, std::move(x.line), x.talk->link_secret(),
                         std::nullopt});
  }
  if (what.what == verdict::redundant)
    return lobby_.counts->add(&door_counters::redundant);
  report(x, what.what);
}

tie_break::decision callers::judge(const caller& x, link_id link) {
  const auto& peer = *x.talk->peer();
  if (lobby_.closing)
    return {verdict::shutting_down, std::nullopt};
  // A tool has no name of its own: to be signed by an authority is enough.
  if (peer.role == peer_role::member
      && !x.line.certifies(names_of(peer.node, x.from.host)))
    return {verdict::not_certified, std::nullopt};
  return lobby_.ties.arrived(peer.node, peer.role, x.greeted_at, link);
}

/// It did not get through TLS.
void callers::turn_away(const caller& x) {
  const auto& tls = *x.line.tls();
  if (tls.problem() == tls_problem::closed)
    return;
  lobby_.counts->add(&door_counters::refused);
  auto what = explain_tls_caller(x.from.host, tls);
  if (is_news(x.from.host, verdict_of(tls.problem())))
    lobby_.tell(
      door_events::turned_away{x.from.host, what.code, std::move(what.what)});
}

void callers::refuse(caller& x, verdict reason) {
  (void)x.line.write(x.talk->answer(reason));
  report(x, reason);
}

void callers::report(const caller& x, verdict reason) {
  lobby_.counts->add(&door_counters::refused);
  if (!is_news(x.from.host, reason))
    return;
  auto what = explain_caller(x.from.host, reason, lobby_.self, x.talk->peer());
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
