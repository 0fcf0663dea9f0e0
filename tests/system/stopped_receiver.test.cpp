// SPDX-License-Identifier: MIT
//
// A sender at full speed to a process that is stopped: what it does not take is
// kept up to a limit, then its link is cut.

#include <fstream>
#include <string>

#include <signal.h>

#include <boost/test/unit_test.hpp>

#include "horde/horde.hpp"
#include "support/eventually.hpp"
#include "support/horde_node.hpp"

using horde::test::eventually;

namespace {

/// The most memory that this process had since `forget_peak`, in bytes.
std::uint64_t peak_memory() {
  std::ifstream in{"/proc/self/status"};
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("VmHWM:"))
      return std::stoull(line.substr(6)) * 1024;
  return 0;
}

void forget_peak() {
  std::ofstream{"/proc/self/clear_refs"} << 5;
}

} // namespace

BOOST_AUTO_TEST_SUITE(stopped_receivers)

BOOST_AUTO_TEST_CASE(a_sender_at_full_speed_keeps_a_bounded_part) {
  horde::test::node other;
  check(other.ask({"start-child", "workers", "worker", "--id", "lamp"}), 0,
        "lamp");
  horde::config cfg;
  caf::actor_system sys{cfg};
  auto settings = cfg.defaults;
  settings.seeds = {*horde::parse_endpoint(other.at)};
  auto here = *horde::node::start(sys, settings);
  auto names = *horde::registry::start(here, {.name = "names"});
  BOOST_REQUIRE(eventually([&] { return names.whereis("lamp").has_value(); }));
  const std::string parcel(64 * 1024, 'x');
  BOOST_REQUIRE(names.send("lamp", parcel));

  other.handle.signal(SIGSTOP);
  forget_peak();
  auto before = peak_memory();
  BOOST_REQUIRE(before > 0u);
  std::uint64_t sent = 0;
  BOOST_TEST(eventually([&] {
    if (names.send("lamp", parcel))
      sent += parcel.size();
    return !names.whereis("lamp"); // its node is down
  }));
  BOOST_TEST(sent >= settings.max_unsent);
  // Also what waits for CAF to write it, and buffers that grew by doubling.
  // Much waits if the machine runs us and not CAF's thread. Without a limit it
  // is the whole of three seconds, up to 13 gigabytes.
  BOOST_TEST(peak_memory() - before < 16 * settings.max_unsent);
  BOOST_TEST_MESSAGE(sent / 1'000'000 << " MB taken, "
                                      << (peak_memory() - before) / 1'000'000
                                      << " MB more memory at most");

  other.handle.signal(SIGCONT);
  BOOST_TEST(eventually([&] { return bool{names.send("lamp", parcel)}; }));
}

BOOST_AUTO_TEST_SUITE_END()
