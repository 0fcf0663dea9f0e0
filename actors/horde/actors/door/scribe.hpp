// SPDX-License-Identifier: MIT
//
// Our connection in CAF's I/O loop. Differs from CAF's own scribe in six
// points: frames pass a guard before BASP sees them; handles are unique (CAF
// takes the descriptor number, which another thread may reuse too early); a
// dialed connection is not dead to heartbeats before it said a word; someone is
// told when the connection is gone; it is measured when bytes come in; and what
// the peer does not take is bounded.

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
#include "horde/actors/door/gauge.hpp"
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
  std::function<void()> too_slow; ///< at most once
  std::shared_ptr<link_gauge> gauge = std::make_shared<link_gauge>();
  std::uint64_t max_unsent = door_config{}.max_unsent;
};

/// What goes through one connection, as its transport sees it. Used in the I/O
/// thread only.
class flow {
public:
  explicit flow(std::shared_ptr<link_gauge> gauge) : gauge_(std::move(gauge)) {}

  /// Where BASP appends what is to be sent.
  void watch(const basp::buffer& waiting) { waiting_ = &waiting; }

  void came_in();

  /// Of `size` bytes that CAF wanted to send `n` were taken.
  void went_out(std::size_t n, std::size_t size,
                caf::io::network::rw_state state);

  /// BASP has appended, or CAF was told to send.
  void look();

  std::size_t unsent() const { return backlog_.unsent(); }

  /// While set, a transport that fails takes nothing and fails later, when
  /// CAF's loop asks for it: nobody must detach a scribe while BASP writes.
  bool keeps_failure = false;

private:
  std::shared_ptr<link_gauge> gauge_;
  const basp::buffer* waiting_ = nullptr;
  backlog backlog_;
};

/// A transport that tells a `flow`.
template <class Policy>
class measured {
public:
  template <class... Args>
  explicit measured(flow& to, Args&&... args)
      : flow_(&to), policy_(std::forward<Args>(args)...) {}

  auto read_some(std::size_t& n, caf::io::network::native_socket fd,
                 void* bytes, std::size_t size) {
    n = 0;
    auto state = policy_.read_some(n, fd, bytes, size);
    if (n > 0)
      flow_->came_in();
    return state;
  }

  auto write_some(std::size_t& n, caf::io::network::native_socket fd,
                  const void* bytes, std::size_t size) {
    n = 0;
    auto state = policy_.write_some(n, fd, bytes, size);
    if (state == caf::io::network::rw_state::failure && flow_->keeps_failure)
      state = caf::io::network::rw_state::success;
    flow_->went_out(n, size, state);
    return state;
  }

  bool must_read_more(caf::io::network::native_socket fd, std::size_t size) {
    return policy_.must_read_more(fd, size);
  }

private:
  flow* flow_;
  Policy policy_;
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
  void flush() final;

  /// Ends the connection at once. Requires: called in the I/O thread.
  void cut();

  /// For `kick` from other threads; does not keep the scribe alive.
  const std::shared_ptr<leash>& handle() const { return leash_; }

protected:
  caf::message detach_message() override;

  flow flow_;

private:
  virtual caf::io::network::stream& stream() = 0;

  /// Sends at once what the system takes now.
  virtual void write_now() = 0;

  void give_up();

  void tell_gone();
  void mark_as_seen();

  int fd_; // for shutdown(2) only; the stream owns it
  frame_guard guard_;
  scribe_hooks hooks_;
  bool started_ = false;
  bool gave_up_ = false;
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
        stream_(backend, fd.release(), flow_, std::forward<Args>(args)...) {
    flow_.watch(stream_.wr_buf());
  }

  void ack_writes(bool enable) override { stream_.ack_writes(enable); }
  basp::buffer& wr_buf() override { return stream_.wr_buf(); }
  basp::buffer& rd_buf() override { return stream_.rd_buf(); }
  void add_to_loop() override { stream_.activate(this); }
  void remove_from_loop() override { stream_.passivate(); }

private:
  caf::io::network::stream& stream() override { return stream_; }
  void write_now() override {
    stream_.handle_event(caf::io::network::operation::write);
  }

  caf::io::network::stream_impl<measured<Policy>> stream_;
};

using plain_scribe = door_scribe_over<caf::policy::tcp>;

} // namespace horde::actors
