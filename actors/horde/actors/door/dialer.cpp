// SPDX-License-Identifier: MIT

#include "horde/actors/door/dialer.hpp"

#include "horde/actors/door/explain.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace horde::actors {

void dialer::dial(const endpoint& to) {
  lobby_.counts->add(&door_counters::dials);
  auto id = next_++;
  attempt x;
  x.to = to;
  x.deadline = x.give_up_at = door_time() + lobby_.timeout;
  attempts_.emplace(id, std::move(x));
  resolver_.resolve(
    to, [this, id](addresses result) { resolved(id, std::move(result)); });
}

void dialer::watch(poll_set& polls) {
  for (const auto& [id, x] : attempts_) {
    polls.wake_at(x.give_up_at);
    if (x.line.fd() >= 0)
      polls.add(x.line.fd(), x.connected ? x.line.awaited() : POLLOUT,
                [this, id = id] { on_ready(id); });
  }
}

void dialer::expire(instant now) {
  std::vector<dial_id> late;
  for (const auto& [id, x] : attempts_)
    if (x.give_up_at <= now)
      late.push_back(id);
  for (auto id : late) {
    auto& x = attempts_.at(id);
    x.unclear = true;
    x.last = {errc::timeout, to_string(x.to) + " did not answer within "
                               + describe(lobby_.timeout)};
    try_next(id);
  }
}

void dialer::resolved(dial_id id, addresses result) {
  auto i = attempts_.find(id);
  if (i == attempts_.end())
    return; // too late
  if (auto* why = std::get_if<failure>(&result))
    return fail(id, {why->code, to_string(i->second.to) + ": " + why->what});
  i->second.left = std::move(std::get<std::vector<address>>(result));
  std::reverse(i->second.left.begin(), i->second.left.end());
  try_next(id);
}

/// Connects to the next address that does not fail at once.
void dialer::try_next(dial_id id) {
  auto& x = attempts_.at(id);
  lobby_.ties.gave_up(id);
  x.talk.reset();
  x.line = {};
  x.connected = false;
  auto now = door_time();
  while (!x.left.empty() && now < x.deadline) {
    // An address that does not answer leaves time for the others.
    x.give_up_at = now + (x.deadline - now) / static_cast<int>(x.left.size());
    auto next = x.left.back();
    x.left.pop_back();
    if (auto fd = start_connect(next)) {
      x.line = wire{std::move(fd)};
      return;
    }
    note_error(x, errno);
  }
  fail(id, x.last);
}

void dialer::on_ready(dial_id id) {
  auto i = attempts_.find(id);
  if (i == attempts_.end())
    return;
  auto& x = i->second;
  if (x.connected || finish_connect(x))
    return converse(id, x);
  try_next(id);
}

bool dialer::finish_connect(attempt& x) {
  if (auto error = connect_result(x.line.fd()); error != 0) {
    note_error(x, error);
    return false;
  }
  x.connected = true;
  x.keys = lobby_.keys;
  x.line = lobby_.make_line(x.line.release(), tls_side::client);
  return true;
}

/// That this machine has no route (say, no IPv6) tells nothing about the peer.
void dialer::note_error(attempt& x, int error) {
  auto where = to_string(x.to);
  if (error == ECONNREFUSED) {
    x.refused = true;
    x.last = {errc::cannot_connect,
              where + " refused the connection: nothing listens there"};
    return;
  }
  x.unclear = x.unclear
              || (error != ENETUNREACH && error != EAFNOSUPPORT
                  && error != EADDRNOTAVAIL);
  if (!x.refused)
    x.last = {errc::cannot_connect,
              "cannot connect to " + where + ": " + std::strerror(error)};
}

/// Whether the connection is ready for our handshake. If not, it takes time, or
/// the attempt is over.
bool dialer::may_talk(dial_id id, attempt& x) {
  if (x.talk)
    return true;
  switch (x.line.prepare()) {
  case tls_session::state::busy: return false;
  case tls_session::state::failed: lose(id, x); return false;
  case tls_session::state::ready: break;
  }
  x.talk.emplace(lobby_.self, x.keys->front(), make_nonce(), x.line.binding());
  return true;
}

/// The connection is gone; only TLS may know why.
void dialer::lose(dial_id id, attempt& x) {
  auto* tls = x.line.tls();
  if (tls != nullptr && tls->problem() != tls_problem::closed)
    return fail(id, explain_tls_dial(x.to, *tls));
  x.unclear = true;
  x.last = {errc::cannot_connect, to_string(x.to)
                                    + " closed the connection during the "
                                      "handshake: no horde node, or too busy"};
  try_next(id);
}

void dialer::converse(dial_id id, attempt& x) {
  if (!may_talk(id, x))
    return;
  while (true) {
    auto input = x.line.read(x.talk->wanted());
    if (input.closed)
      return lose(id, x);
    if (input.bytes.empty())
      return;
    auto step = x.talk->feed(input.bytes);
    if (step == progress::over)
      return conclude(id, x);
    if (step == progress::decide) {
      decide(id, x);
      if (!attempts_.contains(id))
        return;
    }
  }
}

/// The dialed node has told who it is.
void dialer::decide(dial_id id, attempt& x) {
  const auto& peer = *x.talk->peer();
  if (!x.line.certifies(names_of(peer.node, x.to.host)))
    return fail(id, explain_caller(to_string(x.to), verdict::not_certified,
                                   lobby_.self, peer));
  auto what = lobby_.ties.greeted(id, peer.node, peer.role);
  if (what.what == verdict::redundant)
    return yield_to(id, what.link);
  if (what.what == verdict::self)
    return fail(id, explain_dial(x.to, what.what, lobby_.self, peer));
  if (what.what != verdict::ok)
    return fail(id,
                explain_caller(to_string(x.to), what.what, lobby_.self, peer));
  // If this fails, so does the next read.
  (void)x.line.write(x.talk->prove());
}

/// The handshake is over, one way or another.
void dialer::conclude(dial_id id, attempt& x) {
  auto result = x.talk->result();
  if (result == verdict::ok)
    return settle(id, x);
  if (result == verdict::redundant)
    return yield_to(id, lobby_.ties.link_to(x.talk->peer()->node));
  auto bye = x.talk->farewell();
  if (!bye.empty())
    (void)x.line.write(bye);
  fail(id, explain_dial(x.to, result, lobby_.self, x.talk->peer()));
}

void dialer::settle(dial_id id, attempt& x) {
  const auto& peer = *x.talk->peer();
  auto link = next_link_id();
  auto what = lobby_.ties.answered(id, peer.node, peer.role, link);
  if (what.what != verdict::ok)
    return fail(id,
                explain_caller(to_string(x.to), what.what, lobby_.self, peer));
  auto version = common_version(lobby_.self, peer);
  auto way = peer_address(x.line.fd());
  door_events::admitted event{link,
                              peer.node,
                              peer.role,
                              version,
                              x.to,
                              true,
                              what.link,
                              std::move(x.line),
                              x.talk->link_secret(),
                              way};
  attempts_.erase(id);
  lobby_.admit(std::move(event));
}

void dialer::yield_to(dial_id id, std::optional<link_id> link) {
  auto& x = attempts_.at(id);
  door_events::already_linked event{x.to, x.talk->peer()->node, link};
  lobby_.ties.gave_up(id);
  attempts_.erase(id);
  lobby_.counts->add(&door_counters::redundant);
  lobby_.tell(std::move(event));
}

void dialer::fail(dial_id id, failure why) {
  auto node = attempts_.extract(id);
  auto& x = node.mapped();
  lobby_.ties.gave_up(id);
  lobby_.counts->add(&door_counters::dial_failures);
  door_events::dial_failed event{std::move(x.to), why.code, std::move(why.what),
                                 x.refused && !x.unclear, std::nullopt};
  if (x.talk && x.talk->peer())
    event.peer = x.talk->peer()->node;
  lobby_.tell(std::move(event));
}

} // namespace horde::actors
