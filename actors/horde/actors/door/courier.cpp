// SPDX-License-Identifier: MIT

#include "horde/actors/door/courier.hpp"

#include "horde/actors/door/lobby.hpp"
#include "horde/assert.hpp"

#include <cerrno>
#include <utility>

namespace horde::actors {

namespace {

// Enough for a burst, and the others get their turn in between.
constexpr int reads_a_turn = 64;

sockaddr* raw(address& x) {
  return reinterpret_cast<sockaddr*>(&x.raw);
}

} // namespace

courier::courier(std::shared_ptr<tally> counts) : counts_(std::move(counts)) {}

void courier::start(unique_fd beside_listener) {
  std::lock_guard lock{guard_};
  home_ = std::move(beside_listener);
  if (!home_)
    home_ = open_datagrams();
}

void courier::stop() {
  std::lock_guard lock{guard_};
  links_.clear();
  tags_.clear();
  home_.reset();
  spare_.reset();
}

void courier::add(link_id link, const incarnation& self, const node_id& peer,
                  std::string_view secret, std::optional<address> way) {
  std::lock_guard lock{guard_};
  entry x{peer, {secret, self, peer.life}, way.has_value(), std::nullopt};
  if (way)
    x.way = route_to(*way);
  tags_[x.seal.tag()] = link;
  links_.insert_or_assign(link, std::move(x));
}

void courier::remove(link_id link) {
  std::lock_guard lock{guard_};
  auto entry = links_.extract(link);
  if (!entry.empty())
    tags_.erase(entry.mapped().seal.tag());
}

/// A listener on IPv4 or on loopback does not keep us from dialing others, so
/// it must not keep our datagrams from them.
std::optional<courier::route> courier::route_to(const address& to) {
  if (auto fit = reachable_from(home_.get(), to))
    return route{home_.get(), *fit};
  if (!spare_)
    spare_ = open_datagrams();
  if (auto fit = reachable_from(spare_.get(), to))
    return route{spare_.get(), *fit};
  return std::nullopt;
}

void courier::send(link_id link, std::string_view payload) {
  HORDE_ASSERT(payload.size() <= max_datagram_payload);
  std::lock_guard lock{guard_};
  auto i = links_.find(link);
  if (i == links_.end() || !i->second.way)
    return;
  auto& [socket, to] = *i->second.way;
  auto bytes = i->second.seal.seal(payload);
  auto n = ::sendto(socket, bytes.data(), bytes.size(),
                    MSG_DONTWAIT | MSG_NOSIGNAL, raw(to), to.size);
  if (n >= 0)
    counts_->add(&door_counters::datagrams_sent);
}

void courier::watch(poll_set& polls, const sink& arrived) {
  std::lock_guard lock{guard_};
  for (const auto* x : {&home_, &spare_})
    if (*x)
      polls.add(x->get(), POLLIN,
                [this, fd = x->get(), &arrived] { receive(fd, arrived); });
}

void courier::receive(int socket, const sink& arrived) {
  char bytes[max_datagram_size + 1]; // so that one too long is seen
  for (int i = 0; i < reads_a_turn; ++i) {
    address from;
    from.size = sizeof from.raw;
    auto n = ::recvfrom(socket, bytes, sizeof bytes, MSG_DONTWAIT, raw(from),
                        &from.size);
    if (n < 0)
      return;
    auto x = take({bytes, static_cast<std::size_t>(n)}, socket, from);
    counts_->add(x ? &door_counters::datagrams_received
                   : &door_counters::datagrams_refused);
    if (x)
      arrived(std::move(*x));
  }
}

std::optional<door_events::datagram>
courier::take(std::string_view bytes, int socket, const address& from) {
  auto tag = tag_of(bytes);
  if (!tag)
    return std::nullopt;
  std::lock_guard lock{guard_};
  auto link = tags_.find(*tag);
  if (link == tags_.end())
    return std::nullopt;
  auto& x = links_.at(link->second);
  auto content = x.seal.open(bytes);
  if (!content)
    return std::nullopt;
  if (content->is_newest && !x.dialed)
    x.way = route{socket, from};
  return door_events::datagram{link->second, x.peer,
                               std::string{content->payload}};
}

} // namespace horde::actors
