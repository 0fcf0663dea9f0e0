// SPDX-License-Identifier: MIT
//
// Beacons in their packets: encrypted and proven with a key that comes from a
// secret and the cluster's name. Bytes in and bytes out: no sockets, no clock.
//
// cluster key = HKDF-SHA256(secret, cluster); its name on the wire and the key
// of each stream are derived from it. A packet is ChaCha20-Poly1305 under the
// key of its stream, with its number as the nonce and its head as associated
// data.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "horde/formation/beacon.hpp"

namespace horde::formation {

/// For one thread at a time.
class beacon_seal {
public:
  /// The first secret is the one we prove ourselves with, all are accepted.
  /// Without one the keys are made from the cluster's name, which everybody may
  /// know: only for what never leaves this machine.
  beacon_seal(const std::vector<std::string>& secrets,
              const std::string& cluster);
  ~beacon_seal();
  beacon_seal(const beacon_seal&) = delete;
  beacon_seal& operator=(const beacon_seal&) = delete;

  const stream_id& stream() const { return stream_; }

  /// The next packet of our stream.
  std::string seal(const beacon& x);

  /// Whether it is of our cluster and of a secret that we accept, as it says.
  bool knows(const beacon_head& x) const;

  /// What is in the packet; nothing unless somebody who knows the secret wrote
  /// exactly these bytes. The view is good until the next call.
  /// Requires: `head` is the head of `packet`, and `knows(head)`.
  std::optional<std::string_view> open(const beacon_head& head,
                                       std::string_view packet);

private:
  struct cluster_key {
    std::string bytes;
    std::uint64_t name = 0;
  };
  struct cipher;

  static cluster_key derive(std::string_view secret,
                            const std::string& cluster);

  std::vector<cluster_key> keys_;
  stream_id stream_;
  std::uint64_t last_ = 0;
  std::unique_ptr<cipher> cipher_;
  char plain_[max_beacon_packet];
};

} // namespace horde::formation
