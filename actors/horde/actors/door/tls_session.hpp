// SPDX-License-Identifier: MIT
//
// TLS on one connection, from its first byte to its last: first the door's
// thread brings it up, then CAF's I/O thread reads and writes. Never blocks.
//
// The dialed side speaks first, in plain: `tls_notice`. So both sides notice at
// once when only one of them wants TLS. OpenSSL is not touched before the
// caller's first byte, so silent callers cost nothing.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "horde/actors/door/handshake.hpp"
#include "horde/actors/door/tls_setup.hpp"

struct bio_st;
struct ssl_st;

namespace horde::actors {

enum class tls_side : std::uint8_t { client, server };

/// Why a connection did not come up.
enum class tls_problem : std::uint8_t {
  closed,          ///< by the peer, or by an error of the network
  no_horde_node,   ///< what came is not this protocol
  other_transport, ///< the peer does not speak TLS
  no_proof,        ///< one side does not accept what the other one shows
  bad_certificate, ///< we do not accept the peer's certificate
};

class tls_session {
public:
  /// For `tls_setup`: takes keys from the session of each connection.
  static void use_secret(ssl_ctx_st* server, ssl_ctx_st* client);

  /// `fd` stays the caller's and lives longer. A client proves itself with the
  /// first of `keys`, a server accepts all.
  tls_session(std::shared_ptr<const tls_setup> setup,
              std::shared_ptr<const door_keys> keys, tls_side side, int fd);
  tls_session(const tls_session&) = delete;
  tls_session& operator=(const tls_session&) = delete;
  ~tls_session();

  enum class state : std::uint8_t { busy, ready, failed };

  /// Goes as far as possible without waiting.
  state shake_hands();

  /// While `busy`: for what.
  bool waits_to_write() const { return waits_to_write_; }

  /// After a failure.
  tls_problem problem() const { return problem_; }
  /// More about it, in OpenSSL's words; may be empty.
  const std::string& detail() const { return detail_; }

  bool has_certificates() const { return setup_->has_certificates(); }

  /// 32 bytes that only the two ends of this connection know.
  const std::string& binding() const { return binding_; }

  /// Whether the peer's certificate names one of these hosts or nodes. True
  /// where there are no certificates.
  bool certifies(const std::vector<std::string>& names) const;

  struct moved {
    std::size_t bytes = 0;
    bool failed = false; ///< the connection is over
  };

  /// What is there, at most `size` bytes; may be nothing.
  moved read(void* to, std::size_t size);

  /// As much as the socket takes; may be nothing.
  moved write(const void* from, std::size_t size);

  /// Bytes that were received and decrypted, but not read.
  bool has_unread() const;

  /// The peer has closed, or sent what it must not have sent yet.
  bool is_over();

  /// The peer is proven: no more limit on what it may send.
  void trust();

  /// Bytes until the keys of one direction are renewed; AES-GCM takes some
  /// 2^38. For tests.
  void renew_keys_after(std::uint64_t bytes) { renew_after_ = bytes; }

private:
  friend struct tls_callbacks;

  state greet();
  state take_notice();
  state take_first_bytes();
  state give_up(tls_problem why);
  void start();
  bio_st* make_socket();
  state negotiate();
  state establish();
  void note_failure();
  bool is_transient(int result) const;
  bool encrypt(const char* bytes, std::size_t size);
  bool flush();
  bool has_unsent() const { return !unsent_.empty(); }

  std::shared_ptr<const tls_setup> setup_;
  std::shared_ptr<const door_keys> keys_;
  tls_side side_;
  int fd_;
  enum class stage : std::uint8_t { fresh, waiting, negotiating, up, over };
  stage stage_ = stage::fresh;
  std::string notice_; // of the dialed side, as far as it came
  std::unique_ptr<ssl_st, void (*)(ssl_st*)> ssl_;
  bool waits_to_write_ = false;
  bool unknown_key_ = false; // the caller named one that we do not have
  tls_problem problem_ = tls_problem::closed;
  std::string detail_;
  std::string binding_;
  std::size_t budget_;
  std::uint64_t written_ = 0; // with the current keys
  std::uint64_t renew_after_ = std::uint64_t{1} << 36;
  std::string unsent_;   // encrypted
  std::size_t sent_ = 0; // of it
  std::size_t held_ = 0; // encrypted, not yet reported as written
};

} // namespace horde::actors
