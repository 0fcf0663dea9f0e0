// SPDX-License-Identifier: MIT
//
// A node for tests of children under load: `counter_node NAME SEED [LISTEN
// NODES COUNTERS]`. Says where it listens, then each start and end of a child
// with the time. Starts so many counters, if it is to, once so many nodes are
// members. Stops at SIGTERM.
//
//   counter   adds up the numbers that it gets and answers with the sum; has
//             its id for a name, and takes the sum along when it moves
//   poison    ends by an error at once
//   slow      takes ten seconds to start

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <thread>

#include "horde/horde.hpp"

using namespace horde;

namespace {

constexpr std::uint32_t form = 1; ///< of the state: a number

void say(const char* what, const std::string& id) {
  auto now = std::chrono::steady_clock::now().time_since_epoch();
  std::printf(
    "%s %s %lld\n", what, id.c_str(),
    static_cast<long long>(
      std::chrono::duration_cast<std::chrono::microseconds>(now).count()));
  std::fflush(stdout);
}

caf::behavior counter(caf::event_based_actor*, int sum) {
  auto value = std::make_shared<int>(sum);
  return {
    [value](int x) { return *value += x; },
    [value](give_state) {
      return handed_state{form, caf::make_message(*value)};
    },
  };
}

child_outcome start_counter(const child_start& x, registry& names) {
  child_runs result;
  auto sum = 0;
  if (x.state && x.state->version == form) {
    sum = x.state->content.get_as<int>(0);
    result.took_state = true;
  }
  result.child = x.sys.spawn(counter, sum);
  if (auto named = names.register_name(result.child, x.id); !named) {
    caf::anon_send_exit(result.child, caf::exit_reason::kill);
    return named.error();
  }
  say("start", x.id);
  on_end(caf::actor_cast<caf::strong_actor_ptr>(result.child),
         [id = x.id](const caf::error&) { say("end", id); });
  return result;
}

child_outcome start_poison(const child_start& x) {
  return child_runs{x.sys.spawn([](caf::event_based_actor* self) {
                      self->quit(caf::make_error(errc::refused, "poison"));
                    }),
                    {}};
}

/// Some at a time.
void start_counters(dynamic_supervisor workers, std::size_t nodes, int count) {
  auto is_complete = [&] {
    auto list = workers.members().members;
    return std::ranges::count(list, member_status::alive, &member_info::status)
           == static_cast<std::ptrdiff_t>(nodes);
  };
  while (!is_complete())
    std::this_thread::yield();
  std::vector<std::thread> callers;
  for (int t = 0; t < 8; ++t)
    callers.emplace_back([&, t] {
      for (int i = t; i < count; i += 8)
        std::ignore = workers.start_child(
          {.id = "c" + std::to_string(i), .type = "counter", .hand_off = true});
    });
  for (auto& x : callers)
    x.join();
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 3 && argc != 6)
    return 2;
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr); // before there are threads
  horde::config cfg;
  caf::actor_system sys{cfg};
  registry names;
  auto settings = cfg.defaults;
  settings.name = argv[1];
  settings.seeds = {*parse_endpoint(argv[2])};
  settings.labels = {"counters"};
  if (argc == 6) {
    settings.listen = *parse_endpoint(argv[3]);
    settings.secret = "of the counters of the tests";
  }
  settings.child_types["counter"] = [&](const child_start& x) {
    return start_counter(x, names);
  };
  settings.child_types["poison"] = start_poison;
  settings.child_types["slow"] = [](const child_start& x) -> child_outcome {
    std::this_thread::sleep_for(std::chrono::seconds{10});
    return child_runs{x.sys.spawn([]() -> caf::behavior {
                        return {[](int sum) { return sum; }};
                      }),
                      {}};
  };
  auto here = node::start(sys, settings);
  if (!here)
    return 1;
  names = *registry::start(*here, {.name = "names"});
  auto workers = *dynamic_supervisor::start(*here, {.name = "workers"});
  std::printf("listening on %s\n", to_string(here->at()).c_str());
  std::fflush(stdout);
  std::thread starter;
  if (argc == 6)
    starter = std::thread{start_counters, workers, std::stoul(argv[4]),
                          std::stoi(argv[5])};
  int signal = 0;
  sigwait(&stop, &signal);
  here->stop(std::chrono::seconds{30});
  if (starter.joinable())
    starter.join();
  return 0;
}
