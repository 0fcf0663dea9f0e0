// SPDX-License-Identifier: MIT

#include "horde/actors/door/scribe.hpp"

#include "horde/actors/door/poll_set.hpp"

#include <sys/socket.h>

#include <caf/io/basp_broker.hpp>
#include <caf/io/network/native_socket.hpp>

namespace horde::actors {

namespace network = caf::io::network;

door_scribe::door_scribe(link_id link, int fd, frame_guard guard,
                         scribe_hooks hooks)
    : scribe(
      caf::io::connection_handle::from_int(static_cast<std::int64_t>(link))),
      flow_(hooks.gauge), fd_(fd), guard_(guard), hooks_(std::move(hooks)),
      leash_(std::make_shared<leash>(this)) {}

// Reached without `gone` if BASP never got the scribe.
door_scribe::~door_scribe() {
  leash_->let_go();
  tell_gone();
}

bool door_scribe::consume(basp::context* ctx, const void* bytes,
                          std::size_t size) {
  if (guard_.admits(bytes, size))
    return scribe::consume(ctx, bytes, size);
  hooks_.gauge->ends(link_end::refused_frame);
  hooks_.refused_frame();
  cut();
  return false;
}

void door_scribe::configure_read(caf::io::receive_policy::config config) {
  stream().configure_read(config);
  if (std::exchange(started_, true))
    return;
  mark_as_seen();
  stream().start(this);
}

/// BASP creates the state of a dialed connection as last seen at the epoch, so
/// that the next heartbeat tick would drop it.
void door_scribe::mark_as_seen() {
  auto* broker = static_cast<caf::io::basp_broker*>(parent());
  auto i = broker->ctx.find(hdl());
  if (i != broker->ctx.end())
    i->second.last_seen = broker->clock().now();
}

/// BASP calls this after each message, and may do so for long before CAF's loop
/// gets to send anything.
void door_scribe::flush() {
  if (gave_up_)
    return stream().wr_buf().clear();
  flow_.look();
  stream().flush(this);
  flow_.look();
  if (flow_.unsent() > hooks_.max_unsent / 4) {
    flow_.keeps_failure = true;
    write_now();
    flow_.keeps_failure = false;
  }
  if (flow_.unsent() > hooks_.max_unsent)
    give_up();
}

/// The peer does not keep up. BASP is in the middle of something, so it hears
/// of the end later; until then nothing is kept for this connection.
void door_scribe::give_up() {
  gave_up_ = true;
  stream().wr_buf().clear();
  hooks_.gauge->ends(link_end::too_slow);
  if (hooks_.too_slow)
    hooks_.too_slow();
  ::shutdown(fd_, SHUT_RDWR);
  stream().backend().post([reach = leash_] { reach->cut(); });
}

void door_scribe::graceful_shutdown() {
  stream().graceful_shutdown();
  detach(&stream().backend(), false);
  tell_gone();
}

caf::message door_scribe::detach_message() {
  tell_gone();
  return scribe::detach_message();
}

void door_scribe::cut() {
  // Also ends what is still being written; and a scribe that BASP gets later
  // finds the connection closed.
  ::shutdown(fd_, SHUT_RDWR);
  if (!detached())
    io_failure(&stream().backend(), network::operation::read);
}

void door_scribe::tell_gone() {
  if (auto gone = std::exchange(hooks_.gone, nullptr))
    gone();
}

std::string door_scribe::addr() const {
  auto x = network::remote_addr_of_fd(fd_);
  return x ? *x : std::string{};
}

std::uint16_t door_scribe::port() const {
  auto x = network::remote_port_of_fd(fd_);
  return x ? *x : std::uint16_t{0};
}

// -- flow --------------------------------------------------------------------

void flow::came_in() {
  gauge_->heard(door_time());
}

void flow::look() {
  if (waiting_->empty()) // CAF sends from it now
    backlog_.moved();
  else
    backlog_.see(waiting_->size());
  gauge_->set_unsent(backlog_.unsent());
}

void flow::went_out(std::size_t n, std::size_t size, network::rw_state state) {
  look();
  auto drops_rest = state == network::rw_state::indeterminate;
  backlog_.taken(drops_rest ? size : n);
  // With nothing left to send, CAF turns to what waits.
  if (drops_rest || (n == size && state == network::rw_state::success))
    backlog_.moved();
  gauge_->set_unsent(backlog_.unsent());
}

// -- leash -------------------------------------------------------------------

void leash::cut() {
  caf::intrusive_ptr<door_scribe> attached;
  {
    std::lock_guard lock{guard_};
    if (scribe_ == nullptr)
      return;
    if (scribe_->detached()) // not with BASP: nothing to detach from
      return scribe_->cut();
    // BASP holds it and lets go in this thread only, so it lives.
    attached.reset(scribe_);
  }
  attached->cut();
}

void leash::let_go() {
  std::lock_guard lock{guard_};
  scribe_ = nullptr;
}

} // namespace horde::actors
