// SPDX-License-Identifier: MIT
//
// The first bytes on a connection, as two pure state machines: bytes in, bytes
// and a verdict out. No sockets, no clock; nonces are handed in.
//
//   server -> client   S  head
//   client -> server   C  head, HMAC(K, "c" S C-head)
//   server -> client   A  code [HMAC(K, "s" S C code)]     K from the secret
//   the key of the link's datagrams: HMAC(K, "d" S C)
//
// The caller proves itself first, so a scanner gets nothing to guess with. Each
// side's nonce stops replays, labels and kinds stop reflection. A code that
// says why no proof was possible is not authenticated: it is for humans.
// Inside TLS the same bytes travel; the proofs then also cover what only the
// two ends of this TLS connection know (`binding`), so that nobody can pass
// them on from one connection to another.
//
// A machine never wants a byte beyond the handshake: the next one is BASP's.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "horde/actors/door/config.hpp"
#include "horde/node_id.hpp"

namespace horde::actors {

/// Why a connection becomes a link, or not. The numbers are on the wire.
enum class verdict : std::uint8_t {
  ok = 0,
  redundant,     ///< both dialed, or there is a link: this one gives way
  self,          ///< the node dialed itself
  name_in_use,   ///< a living node has this node's name
  shutting_down, ///< no new links
  not_certified, ///< the certificate is good, but of another node
  superseded,    ///< a newer incarnation of this node's name is linked
  bad_proof,     ///< the secrets differ
  other_cluster,
  other_version,
  other_caf_line,
  no_horde_node, ///< never sent: what came is not this protocol
  speaks_tls,    ///< never sent: the peer wants TLS, this connection has none
};

std::string_view to_string(verdict x);

/// The versions of what two nodes say to each other on a link, this handshake
/// included, that this code speaks. Two nodes use the highest that both speak.
/// A release speaks its own version and the one before, so that a cluster can
/// be upgraded node by node.
inline constexpr std::uint8_t oldest_version = 1;
inline constexpr std::uint8_t newest_version = 1;

/// What one side says about itself.
struct introduction {
  std::uint8_t min_version = oldest_version;
  std::uint8_t max_version = newest_version;
  std::uint8_t caf_line = 0;
  peer_role role = peer_role::member;
  std::string cluster;
  node_id node;

  friend bool operator==(const introduction&, const introduction&) = default;
};

/// The version for a link between two whose ranges overlap.
std::uint8_t common_version(const introduction& a, const introduction& b);

using nonce = std::array<char, 32>;

/// What a secret is in one cluster. The secret itself is not kept.
class door_key {
public:
  door_key(std::string_view secret, std::string_view cluster);

  /// 32 bytes over the concatenation of the parts.
  std::string sign(std::string_view label, std::string_view first,
                   std::string_view second, std::string_view third = {}) const;

  /// The key for TLS, 32 bytes.
  std::string tls_key() const;

  /// Tells this key from others. Says no more about the secret than a handshake
  /// does: whoever sees it can test guesses, so secrets must be random.
  std::string tls_key_name() const;

private:
  std::string key_;
};

/// Never empty; the first is the one that we use.
using door_keys = std::vector<door_key>;

/// Without secrets: one key that everybody knows.
door_keys make_door_keys(const std::vector<std::string>& secrets,
                         std::string_view cluster);

/// The first bytes of a door that speaks TLS, before TLS begins. They make a
/// caller without TLS notice at once, instead of waiting for a greeting.
std::string_view tls_notice();

/// What a caller without TLS leaves at such a door.
std::string_view plain_notice();

/// Collects one head or answer of known length, never more.
class intake {
public:
  explicit intake(std::size_t size) : size_(size) {}

  std::size_t missing() const { return size_ - bytes_.size(); }
  void add(std::string_view bytes) { bytes_.append(bytes); }
  void expect(std::size_t size) { size_ = size; }
  const std::string& bytes() const { return bytes_; }

private:
  std::string bytes_;
  std::size_t size_;
};

enum class progress : std::uint8_t {
  more,   ///< read on
  decide, ///< peer is known: the caller decides and calls `answer` or `prove`
  over,   ///< `outcome` says how it ended
};

/// The side that was dialed.
class server_handshake {
public:
  /// Accepts a proof with any of `keys`, which must outlive this.
  server_handshake(introduction self, std::span<const door_key> keys,
                   const nonce& fresh, const std::string& binding = {});
  server_handshake(introduction self, const door_key& key, const nonce& fresh)
      : server_handshake(std::move(self), {&key, 1}, fresh) {}

  /// The bytes to send first.
  const std::string& greeting() const { return greeting_; }

  /// How many bytes to read at most; 0 after the end.
  std::size_t wanted() const;

  /// Takes at most `wanted` bytes. After `over` the outcome is a refusal.
  progress feed(std::string_view bytes);

  /// The caller, proven after `decide`, claimed after `over`, if it said.
  const std::optional<introduction>& peer() const { return peer_; }
  verdict result() const { return verdict_; }

  /// The last bytes to send, for a decision or for the refusal of `result`.
  std::string answer(verdict decision);

  /// 32 bytes that only the two ends of this connection know, for its
  /// datagrams. Requires: `decide` was returned.
  std::string link_secret() const;

private:
  progress take_head();
  progress take_proof();
  progress end(verdict x);

  bool is_proven() const { return key_ != nullptr; }

  introduction self_;
  std::span<const door_key> keys_;
  const door_key* key_ = nullptr; // of the caller's proof
  std::string binding_;
  std::string greeting_;
  intake in_;
  bool has_head_ = false;
  bool over_ = false;
  std::optional<introduction> peer_;
  std::size_t head_size_ = 0;
  verdict verdict_ = verdict::ok;
};

/// The side that dials.
class client_handshake {
public:
  client_handshake(introduction self, const door_key& key, const nonce& fresh,
                   std::string binding = {});

  std::size_t wanted() const;

  /// Takes at most `wanted` bytes. `decide` after the greeting, then `over`.
  progress feed(std::string_view bytes);

  /// The dialed node as it presents itself; proven if `result` is a decision.
  const std::optional<introduction>& peer() const { return peer_; }
  verdict result() const { return verdict_; }

  /// The bytes to send when the dial goes on. Requires: `decide` was returned.
  std::string prove();

  /// Bytes that tell a node we cannot link to who we are, without a proof, so
  /// that its side can report the mismatch too. Empty if it speaks no horde.
  /// To a door that speaks TLS we only say that we do not.
  std::string farewell() const;

  /// See `server_handshake::link_secret`. Requires: the result is `ok`.
  std::string link_secret() const;

private:
  progress take_greeting();
  progress take_answer();
  progress end(verdict x);

  introduction self_;
  const door_key* key_;
  std::string binding_;
  std::string head_;
  std::string greeting_;
  std::string claim_; // our head and proof, as sent
  intake in_;
  enum class state : std::uint8_t { greeting, deciding, answer, over };
  state state_ = state::greeting;
  std::optional<introduction> peer_;
  verdict verdict_ = verdict::ok;
};

/// Both directions together stay below 2 KiB, each below this.
inline constexpr std::size_t max_handshake_size = 1024;

} // namespace horde::actors
