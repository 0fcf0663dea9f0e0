// SPDX-License-Identifier: MIT

#include "horde/actors/door/lobby.hpp"

#include "horde/actors/door/poll_set.hpp"
#include "horde/assert.hpp"

#include <atomic>

#include <openssl/rand.h>

namespace horde::actors {

void lobby::admit(door_events::admitted x) {
  if (x.stale) {
    counts->add(&door_counters::replaced);
    close(*x.stale);
  }
  gauges->open(x.link, door_time());
  post->add(x.link, self.node.life, x.peer, x.secret, x.way);
  counts->set(&door_counters::links, ties.links());
  tell(std::move(x));
}

link_end lobby::close(link_id link) {
  post->remove(link);
  auto gauge = gauges->find(link);
  gauges->close(link);
  return gauge ? gauge->end() : link_end::closed;
}

void lobby::use_secrets(const std::vector<std::string>& x) {
  keys = std::make_shared<const door_keys>(make_door_keys(x, self.cluster));
}

wire lobby::make_line(unique_fd fd, tls_side side) const {
  auto session =
    tls ? std::make_unique<tls_session>(tls, keys, side, fd.get()) : nullptr;
  return wire{std::move(fd), std::move(session)};
}

/// Without a secret there is nothing to protect anything with; this is
/// accepted on loopback only.
std::shared_ptr<const tls_setup> lobby::choose_tls(const door_config& x) {
  if (x.certificates)
    return x.certificates;
  if (x.transport == transport::tls && !x.secret.empty())
    return tls_setup::with_secret();
  return nullptr;
}

link_id next_link_id() {
  static std::atomic<link_id> next{link_id{1} << 32};
  return next++;
}

nonce make_nonce() {
  nonce result{};
  auto* bytes = reinterpret_cast<unsigned char*>(result.data());
  auto done = RAND_bytes(bytes, static_cast<int>(result.size()));
  HORDE_ASSERT(done == 1);
  return result;
}

} // namespace horde::actors
