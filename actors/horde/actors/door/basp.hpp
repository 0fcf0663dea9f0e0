// SPDX-License-Identifier: MIT
//
// The few names around CAF's BASP broker that differ between the CAF lines, and
// the two ways to give it a connection. Besides `caf_compat.hpp` the only file
// that knows which CAF it is compiled with.

#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/config.hpp>
#include <caf/io/basp_broker.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/scribe.hpp>
#include <caf/send.hpp>
#ifdef CAF_VERSION_MAJOR
#include <caf/anon_mail.hpp>
#include <caf/byte_buffer.hpp>
#include <caf/init_global_meta_objects.hpp>
#include <caf/scheduler.hpp>
#endif

namespace horde::actors::basp {

#ifdef CAF_VERSION_MAJOR
inline constexpr std::uint8_t caf_line = 1;
using buffer = caf::byte_buffer;
using context = caf::scheduler;
inline constexpr auto broker_name = "BASP";
inline constexpr std::string_view option_prefix = "caf.";
#else
inline constexpr std::uint8_t caf_line = 0;
using buffer = std::vector<char>;
using context = caf::execution_unit;
inline constexpr auto broker_name = caf::atom("BASP");
inline constexpr std::string_view option_prefix = "";
#endif

/// The length of a frame header in both lines.
inline constexpr std::size_t header_size = 32;

/// The broker that owns all connections to other systems.
/// Requires: called in the thread that builds the system.
inline caf::actor broker(caf::actor_system& sys) {
  return sys.middleman().named_broker<caf::io::basp_broker>(broker_name);
}

/// Gives BASP an accepted connection; the peer sees `whom` as the actor that is
/// published here. `port` is only a key.
inline void publish(const caf::actor& broker, caf::io::scribe_ptr connection,
                    std::uint16_t port, const caf::strong_actor_ptr& whom) {
  std::set<std::string> interface;
#ifdef CAF_VERSION_MAJOR
  caf::anon_mail(caf::publish_atom_v, std::move(connection), port, whom,
                 std::move(interface))
    .send(broker);
#else
  caf::anon_send(broker, caf::publish_atom_v, std::move(connection), port, whom,
                 std::move(interface));
#endif
}

template <class Self, class Timeout, class... Ts>
auto ask(Self* self, const caf::actor& to, Timeout timeout, Ts&&... xs) {
#ifdef CAF_VERSION_MAJOR
  return self->mail(std::forward<Ts>(xs)...).request(to, timeout);
#else
  return self->request(to, timeout, std::forward<Ts>(xs)...);
#endif
}

/// Gives BASP a dialed connection. See `entrance::hand_over`.
template <class Self, class Timeout>
auto connect(Self* self, const caf::actor& broker,
             caf::io::scribe_ptr connection, Timeout timeout) {
  std::uint16_t port = 0; // only kept for information
  return ask(self, broker, timeout, caf::connect_atom_v, std::move(connection),
             port);
}

/// Registers CAF's own types, where CAF wants to be told. For programs that
/// bring no types of their own; others use `init_types` of `caf_compat.hpp`.
inline void init_types() {
#ifdef CAF_VERSION_MAJOR
  caf::io::middleman::init_global_meta_objects();
  caf::core::init_global_meta_objects();
#endif
}

} // namespace horde::actors::basp
