// SPDX-License-Identifier: MIT

#include "horde/actors/door/scribe.hpp"

#include <sys/socket.h>

#include <caf/io/basp_broker.hpp>
#include <caf/io/network/native_socket.hpp>

namespace horde::actors {

namespace network = caf::io::network;

door_scribe::door_scribe(link_id link, int fd, frame_guard guard,
                         scribe_hooks hooks)
    : scribe(
      caf::io::connection_handle::from_int(static_cast<std::int64_t>(link))),
      fd_(fd), guard_(guard), hooks_(std::move(hooks)),
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
