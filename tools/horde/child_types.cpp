// SPDX-License-Identifier: MIT

#include "child_types.hpp"

#include <thread>

#include "options.hpp"

namespace horde::tools {

namespace {

constexpr auto retry_after = std::chrono::milliseconds{50};

std::string text_argument(const child_start& x, std::size_t i) {
  if (x.args.size() > i && x.args.match_element<std::string>(i))
    return x.args.get_as<std::string>(i);
  return {};
}

// -- worker ------------------------------------------------------------------

/// True if there is nothing more to try.
bool has_name(registry& names, const caf::actor& who, const std::string& name) {
  auto done = names.register_name(who, name);
  if (done)
    return true;
  auto owner = names.whereis(name);
  return owner && *owner == names.pid_of(who);
}

/// A name may still belong to the copy that this one replaces, until the news
/// of its end is here.
caf::behavior worker(caf::event_based_actor* self, registry names,
                     std::string name) {
  auto me = caf::actor_cast<caf::actor_addr>(self);
  auto retry = [=]() mutable {
    auto who = caf::actor_cast<caf::actor>(me);
    if (!has_name(names, who, name))
      anon_tell_after(retry_after, who, caf::tick_atom_v);
  };
  return {
    [](caf::ping_atom) { return caf::pong_atom_v; },
    [retry](caf::tick_atom) mutable { retry(); },
  };
}

child_outcome start_worker(const std::weak_ptr<registry>& slot,
                           const child_start& x) {
  auto names = slot.lock();
  auto name = text_argument(x, 0);
  if (name.empty())
    name = x.id;
  auto child = x.sys.spawn(worker, names ? *names : registry{}, name);
  // At once, so that whoever started it can look it up.
  if (names && *names && !has_name(*names, child, name))
    anon_tell_after(retry_after, child, caf::tick_atom_v);
  return child_runs{child, {}};
}

// -- those that end ----------------------------------------------------------

caf::behavior mortal(caf::event_based_actor* self, duration life,
                     bool crashes) {
  anon_tell_after(life, caf::actor_cast<caf::actor>(self), caf::tick_atom_v);
  return {
    [](caf::ping_atom) { return caf::pong_atom_v; },
    [=](caf::tick_atom) {
      if (crashes)
        self->quit(caf::make_error(errc::refused, "a crasher crashes"));
      else
        self->quit();
    },
  };
}

caf::behavior idler(caf::event_based_actor*) {
  return {[](caf::ping_atom) { return caf::pong_atom_v; }};
}

/// A factory with one argument: a time.
child_factory
timed(std::function<child_outcome(const child_start&, duration)> f) {
  return [f = std::move(f)](const child_start& x) -> child_outcome {
    auto time = parse_duration(text_argument(x, 0));
    if (x.args.size() != 1 || !time)
      return to_error(
        {errc::bad_child_spec, "takes one argument, a time like 2 or 500ms"});
    return f(x, *time);
  };
}

} // namespace

child_types demo_child_types(std::weak_ptr<registry> names) {
  return {
    {"worker",
     [names](const child_start& x) { return start_worker(names, x); }},
    {"crasher", timed([](const child_start& x, duration life) {
       return child_runs{x.sys.spawn(mortal, life, true), {}};
     })},
    {"finisher", timed([](const child_start& x, duration life) {
       return child_runs{x.sys.spawn(mortal, life, false), {}};
     })},
    {"sleeper", timed([](const child_start& x, duration start) {
       std::this_thread::sleep_for(start); // factories may block
       return child_runs{x.sys.spawn(idler), {}};
     })},
  };
}

} // namespace horde::tools
