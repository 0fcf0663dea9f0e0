// SPDX-License-Identifier: MIT
//
// Our connection in CAF's I/O loop. Differs from CAF's own scribe in four
// points: frames pass a guard before BASP sees them; handles are unique (CAF
// takes the descriptor number, which another thread may reuse too early); a
// dialed connection is not dead to heartbeats before it said a word; and
// someone is told when the connection is gone.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "horde/actors/door/basp.hpp"
#include "horde/actors/door/events.hpp"
#include "horde/actors/door/frame_guard.hpp"
#include "horde/actors/door/socket.hpp"

#include <caf/io/network/default_multiplexer.hpp>
#include <caf/io/network/stream_impl.hpp>
#include <caf/io/scribe.hpp>
#include <caf/policy/tcp.hpp>

namespace horde::actors {

class leash;

/// Whom a scribe tells what, from the I/O thread or wherever it is destroyed.
struct scribe_hooks {
  std::function<void()> gone; ///< exactly once
  std::function<void()> refused_frame;
};

/// All but the transport.
class door_scribe : public caf::io::scribe {
public:
  door_scribe(link_id link, int fd, frame_guard guard, scribe_hooks hooks);
  ~door_scribe() override;

  bool consume(basp::context* ctx, const void* bytes,
               std::size_t size) override;
  void configure_read(caf::io::receive_policy::config config) final;
  void graceful_shutdown() final;
  std::string addr() const override;
  std::uint16_t port() const override;

  /// Ends the connection at once. Requires: called in the I/O thread.
  void cut();

  /// For `kick` from other threads; does not keep the scribe alive.
  const std::shared_ptr<leash>& handle() const { return leash_; }

protected:
  caf::message detach_message() override;

private:
  virtual caf::io::network::stream& stream() = 0;

  void tell_gone();
  void mark_as_seen();

  int fd_; // for shutdown(2) only; the stream owns it
  frame_guard guard_;
  scribe_hooks hooks_;
  bool started_ = false;
  std::shared_ptr<leash> leash_;
};

/// Reaches a scribe as long as it lives.
class leash {
public:
  explicit leash(door_scribe* scribe) : scribe_(scribe) {}

  /// Ends the connection. Requires: called in the I/O thread.
  void cut();

  void let_go();

private:
  std::mutex guard_;
  door_scribe* scribe_;
};

/// Adds the transport. `Policy` is CAF's: read_some, write_some,
/// must_read_more.
template <class Policy>
class door_scribe_over final : public door_scribe {
public:
  template <class... Args>
  door_scribe_over(caf::io::network::default_multiplexer& backend, link_id link,
                   unique_fd fd, frame_guard guard, scribe_hooks hooks,
                   Args&&... args)
      : door_scribe(link, fd.get(), guard, std::move(hooks)),
        stream_(backend, fd.release(), std::forward<Args>(args)...) {}

  void ack_writes(bool enable) override { stream_.ack_writes(enable); }
  basp::buffer& wr_buf() override { return stream_.wr_buf(); }
  basp::buffer& rd_buf() override { return stream_.rd_buf(); }
  void flush() override { stream_.flush(this); }
  void add_to_loop() override { stream_.activate(this); }
  void remove_from_loop() override { stream_.passivate(); }

private:
  caf::io::network::stream& stream() override { return stream_; }

  caf::io::network::stream_impl<Policy> stream_;
};

using plain_scribe = door_scribe_over<caf::policy::tcp>;

} // namespace horde::actors
