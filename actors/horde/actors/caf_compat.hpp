// SPDX-License-Identifier: MIT
//
// One code base for CAF 0.17.6 and CAF 1.x: everything that differs between the
// two lines is here (and in `door/basp.hpp`, for the broker). Code elsewhere
// never calls CAF's `send`, `request`, `set_*_handler` or `state` itself.

#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/behavior.hpp>
#include <caf/config.hpp>
#include <caf/config_option.hpp>
#include <caf/config_value.hpp>
#include <caf/deep_to_string.hpp>
#include <caf/error.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/expected.hpp>
#include <caf/io/middleman.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/message.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/sec.hpp>
#include <caf/send.hpp>
#include <caf/settings.hpp>
#include <caf/type_id.hpp>
#include <caf/typed_response_promise.hpp>

// CAF_VERSION lacks its major digit in 1.0 and 1.1; this macro is new in 1.0.
#ifdef CAF_VERSION_MAJOR
#define HORDE_CAF1 1
#include <caf/anon_mail.hpp>
#include <caf/init_global_meta_objects.hpp>
#else
#define HORDE_CAF1 0
#if CAF_VERSION < 1706 || CAF_VERSION >= 1800
#error "horde needs CAF 0.17.6 or CAF 1.x"
#endif
#endif

#include "horde/errc.hpp"
#include "horde/fields.hpp"
#include "horde/time.hpp"

// -- inspection: from the list of fields -------------------------------------

namespace horde {

#if HORDE_CAF1
template <class Inspector>
using inspect_result = bool;
#else
template <class Inspector>
using inspect_result = typename Inspector::result_type;
#endif

/// Every struct that lists its fields prints and ships.
template <class Inspector, class T>
requires has_fields<T> inspect_result<Inspector> inspect(Inspector& f, T& x) {
  auto all = std::remove_const_t<T>::fields(x);
  return std::apply(
    [&](auto... refs) {
#if HORDE_CAF1
      return f.object(x).pretty_name(all.name).fields(
        f.field(refs.name, refs.value)...);
#else
      return f(caf::meta::type_name(all.name), refs.value...);
#endif
    },
    all.fields);
}

#if HORDE_CAF1
/// CAF 0.17 ships enums by itself; CAF 1.x wants to be told how.
template <class Inspector, class T>
requires std::is_enum_v<T>
bool inspect(Inspector& f, T& x) {
  if constexpr (!Inspector::is_loading)
    if (f.has_human_readable_format()) {
      std::string text{to_string(x)};
      return f.value(std::string_view{text});
    }
  using number = std::underlying_type_t<T>;
  auto get = [&x] { return static_cast<number>(x); };
  auto set = [&x](number value) {
    x = static_cast<T>(value);
    return true;
  };
  return f.apply(get, set);
}

/// Times of day travel as nanoseconds.
template <class Inspector>
bool inspect(Inspector& f, wall_time& x) {
  auto get = [&x] { return x.time_since_epoch().count(); };
  auto set = [&x](wall_clock::rep value) {
    x = wall_time{wall_clock::duration{value}};
    return true;
  };
  return f.apply(get, set);
}
#endif

// Types of these namespaces are found by argument-dependent lookup.
namespace sync {
using horde::inspect;
}
namespace membership {
using horde::inspect;
}
namespace placement {
using horde::inspect;
}
namespace scheduling {
using horde::inspect;
}
namespace actors {
using horde::inspect;
}

// -- sending -----------------------------------------------------------------

namespace detail {
#if HORDE_CAF1
template <class T>
inline constexpr bool may_be_sent = true; // CAF checks it
#else
/// CAF 0.17 would drop messages of unregistered types and report success.
template <class T>
inline constexpr bool may_be_sent =
  !std::is_class_v<T> || caf::has_type_id<T>::value
  || std::is_same_v<T, caf::message>;
#endif
} // namespace detail

#define HORDE_CHECK_SENDABLE(...)                                              \
  static_assert((detail::may_be_sent<std::decay_t<__VA_ARGS__>> && ...),       \
                "add this type to a type-id block")

/// `self` is an actor pointer or a scoped actor.
template <class Self, class Handle, class... Ts>
void tell(Self&& self, const Handle& to, Ts&&... xs) {
  HORDE_CHECK_SENDABLE(Ts);
#if HORDE_CAF1
  self->mail(std::forward<Ts>(xs)...).send(to);
#else
  self->send(to, std::forward<Ts>(xs)...);
#endif
}

/// From any thread, without a sender.
template <class Handle, class... Ts>
void anon_tell(const Handle& to, Ts&&... xs) {
  HORDE_CHECK_SENDABLE(Ts);
#if HORDE_CAF1
  caf::anon_mail(std::forward<Ts>(xs)...).send(to);
#else
  caf::anon_send(to, std::forward<Ts>(xs)...);
#endif
}

/// From any thread, later.
template <class Handle, class... Ts>
void anon_tell_after(duration delay, const Handle& to, Ts&&... xs) {
  HORDE_CHECK_SENDABLE(Ts);
#if HORDE_CAF1
  // CAF's own `delay` takes the time from the machine, not from its clock.
  auto at = to->home_system().clock().now() + delay;
  caf::anon_mail(std::forward<Ts>(xs)...).schedule(at).send(to);
#else
  caf::delayed_anon_send(to, delay, std::forward<Ts>(xs)...);
#endif
}

/// A request: chain `.then(...)` or, for scoped actors, `.receive(...)`.
template <class Self, class Handle, class... Ts>
auto ask(Self&& self, const Handle& to, duration timeout, Ts&&... xs) {
  HORDE_CHECK_SENDABLE(Ts);
#if HORDE_CAF1
  return self->mail(std::forward<Ts>(xs)...).request(to, timeout);
#else
  return self->request(to, timeout, std::forward<Ts>(xs)...);
#endif
}

#if !HORDE_CAF1
/// The same without a limit; `caf::infinite` is a duration in CAF 1.x.
template <class Self, class Handle, class... Ts>
auto ask(Self&& self, const Handle& to, caf::infinite_t forever, Ts&&... xs) {
  HORDE_CHECK_SENDABLE(Ts);
  return self->request(to, forever, std::forward<Ts>(xs)...);
}
#endif

/// A call without result as the answer to a message.
inline caf::result<void> answer(caf::expected<void> x) {
  if (!x)
    return std::move(x.error());
  return {};
}

/// Answers with nothing, later.
using void_promise = caf::typed_response_promise<void>;

inline void fulfil(void_promise& x) {
#if HORDE_CAF1
  x.deliver();
#else
  static_cast<caf::response_promise&>(x).deliver(caf::unit);
#endif
}

// What `caf::abstract_actor::enqueue` takes.
#if HORDE_CAF1
using message_content = caf::message;
using enqueue_context = caf::scheduler;
using enqueue_result = bool;
#else
using message_content = caf::type_erased_tuple;
using enqueue_context = caf::execution_unit;
using enqueue_result = void;
#endif

inline caf::mailbox_element_ptr make_element(caf::strong_actor_ptr sender,
                                             caf::message_id id,
                                             caf::message content) {
#if HORDE_CAF1
  return caf::make_mailbox_element(std::move(sender), id, std::move(content));
#else
  return caf::make_mailbox_element(std::move(sender), id, caf::no_stages,
                                   std::move(content));
#endif
}

/// What is in it; leaves nothing.
inline caf::message taken_content(caf::mailbox_element& x) {
#if HORDE_CAF1
  return std::move(x.content());
#else
  return x.move_content_to_message();
#endif
}

/// Delivers a ready message as if `sender` had sent it. From any thread. No-op
/// for a null `to`.
inline void deliver(const caf::strong_actor_ptr& sender,
                    const caf::strong_actor_ptr& to, caf::message content) {
  if (to)
    to->enqueue(
      make_element(sender, caf::make_message_id(), std::move(content)),
      nullptr);
}

/// The actor a function-based behaviour runs in, for actors that are private.
/// Errors that come as messages are ignored: an actor that does not know what
/// we sent answers with one, and CAF's own handler would end us.
template <class OnExit>
caf::behavior with_exit(caf::event_based_actor* self, OnExit on_exit,
                        caf::message_handler handlers) {
#if HORDE_CAF1
  std::ignore = self;
  return handlers.or_else([on_exit](caf::exit_msg& x) { on_exit(x); },
                          [](const caf::error&) {}, [](const caf::message&) {});
#else
  self->set_exit_handler([on_exit](caf::exit_msg& x) { on_exit(x); });
  self->set_error_handler([](caf::error&) {});
  self->set_default_handler(
    [](caf::scheduled_actor*, caf::message_view&) -> caf::result<caf::message> {
      return caf::sec::unexpected_message;
    });
  return handlers;
#endif
}

/// Calls `f(const caf::error& reason)` when `whom` ends, in the thread in which
/// that happens; at once if it ended already.
template <class F>
void on_end(const caf::strong_actor_ptr& whom, F f) {
  caf::actor_cast<caf::abstract_actor*>(whom)->attach_functor(std::move(f));
}

// -- errors ------------------------------------------------------------------

#if HORDE_CAF1
bool from_string(std::string_view text, errc& x);
bool from_integer(std::uint8_t number, errc& x);
#endif

/// One sentence for people, whatever the error is.
std::string render(const caf::error& x);

/// The horde error code; `errc::none` for errors of others.
errc code_of(const caf::error& x);

} // namespace horde

#if HORDE_CAF1
CAF_ERROR_CODE_ENUM(horde::errc)
#else
CAF_ERROR_CODE_ENUM(horde::errc, "horde")
#endif

namespace horde {

/// At the border of the actors a failure becomes a `caf::error`.
caf::error to_error(const failure& x);

/// True for the reasons that supervisors take for a clean end: normal, or asked
/// to stop.
bool is_clean_exit(const caf::error& reason);

// -- values: user messages as data -------------------------------------------

/// A message as bytes: its type names, then its elements; floating point as
/// bits. Fails with `unknown_type` for elements of unregistered types.
outcome<std::string> encode_value(caf::actor_system& sys,
                                  const caf::message& x);

/// Fails with `unknown_type` if this node does not know a type in it.
outcome<caf::message> decode_value(caf::actor_system& sys,
                                   const std::string& bytes);

// -- configuration -----------------------------------------------------------

/// Sets an option of CAF by its name without the prefix of CAF 1.x.
template <class T>
void set_option(caf::actor_system_config& cfg, const std::string& name,
                T value) {
#if HORDE_CAF1
  cfg.set("caf." + name, std::move(value));
#else
  if constexpr (std::is_same_v<T, std::string>)
    cfg.set(name, caf::atom_from_string(value)); // 0.17: policies are atoms
  else
    cfg.set(name, std::move(value));
#endif
}

template <class T>
T get_option(const caf::actor_system_config& cfg, const std::string& name,
             T otherwise) {
#if HORDE_CAF1
  return caf::get_or(cfg, "caf." + name, std::move(otherwise));
#else
  return caf::get_or(cfg, name, std::move(otherwise));
#endif
}

/// Writes the value to where the option keeps it; false if its type is wrong.
inline bool take_value(const caf::config_option& option,
                       caf::config_value value) {
#if HORDE_CAF1
  return !option.sync(value);
#else
  if (option.check(value))
    return false;
  option.store(value);
  return true;
#endif
}

/// Registers the messages of a type-id block.
template <class IdBlock>
void init_types([[maybe_unused]] caf::actor_system_config& cfg) {
#if HORDE_CAF1
  caf::init_global_meta_objects<IdBlock>();
  caf::io::middleman::init_global_meta_objects();
  caf::core::init_global_meta_objects();
#else
  cfg.add_message_types<IdBlock>();
#endif
}

/// Spawns a child type that was added with CAF's `add_actor_type`.
inline caf::expected<caf::actor> spawn_by_name(caf::actor_system& sys,
                                               const std::string& type,
                                               caf::message args) {
  return sys.spawn<caf::actor>(type, std::move(args));
}

} // namespace horde
