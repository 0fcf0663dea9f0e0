// SPDX-License-Identifier: MIT
//
// Networks that lose some or all of what is sent, in one direction or both.

#include <cmath>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "system/network_cluster.hpp"
#include "system/skip.hpp"

using namespace horde::test;
using namespace std::chrono_literals;

namespace {

using clock_type = network_cluster::clock;

/// Heartbeats that all nodes sent and that came.
struct traffic {
  explicit traffic(network_cluster& x) {
    for (auto host : x.all()) {
      auto status = x[host].ask_json({"status"});
      sent += status["door"]["datagrams_sent"].get<double>();
      received += status["door"]["datagrams_received"].get<double>();
    }
  }

  double sent = 0;
  double received = 0;
};

/// Loses that share for 20 s, with work going on; returns who was given up.
std::vector<std::string> lose(network_cluster& x, double share) {
  x.start_children({0, 1, 2});
  traffic before{x};
  auto begin = x.now();
  x.net().lose_everywhere(share);
  for (auto host : x.all())
    eventually(agreement_limit,
               [&] { x.start_child("late-" + x[host].name(), host); });
  std::this_thread::sleep_until(begin.at + 20s);
  traffic after{x};
  x.net().heal();
  auto took = x.wait_for_agreement();
  auto came = (after.received - before.received) / (after.sent - before.sent);
  auto suspects = x.lines_with("node_suspect", x.all(), begin);
  auto downs = x.lines_with("node_down", x.all(), begin);
  x.note("of the heartbeats " + std::to_string(std::lround(came * 100))
         + " % came; suspected " + std::to_string(suspects.size())
         + " times, down " + std::to_string(downs.size())
         + " times; all agree after " + seconds(took));
  if (!(came < 1 - share / 2))
    fail("the network lost too little");
  return downs;
}

void lose_a_fifth(network_cluster& x) {
  auto downs = lose(x, 0.2);
  if (!downs.empty())
    fail("false death: " + downs.front());
}

void lose_a_third(network_cluster& x) {
  lose(x, 0.3); // that all is well afterwards is what we promise
}

/// What the first node sends does not get to the second. The third reaches
/// both, so neither is dead, and what one writes the other reads.
void break_half_a_link(network_cluster& x) {
  x.start_children({1, 2});
  auto begin = x.now();
  x.net().lose({{0, 1, 1}});
  x.wait_for("suspect", 0, {1}, begin, silence_limit);
  x.settle_at_home(0);
  auto took = eventually(agreement_limit, [&] {
    if (x[1].ask({"whereis", "names", x[0].name()}).exit_code != 0)
      fail("no news of the suspect");
  });
  x.note("half a link broken, news past it after " + seconds(took));
  std::this_thread::sleep_until(begin.at + 12s); // some times `down_after`
  auto end = x.now();
  x.net().heal();
  x.wait_for("up", 0, {1}, end, redial_limit);
  x.wait_for_agreement();
  x.note("mended, all agree after " + seconds(clock_type::now() - end.at));
  x.require_no_down(x.all(), begin);
}

/// One node hears nobody, another is heard by nobody.
void break_half_a_cable(network_cluster& x) {
  constexpr network::host deaf = 3;
  constexpr network::host mute = 4;
  const network::hosts others{0, 1, 2};
  x.start_children(x.all());
  std::vector<network::loss> broken{{mute, deaf, 1}};
  for (auto host : others) {
    broken.push_back({host, deaf, 1});
    broken.push_back({mute, host, 1});
  }
  auto begin = x.now();
  x.net().lose(broken);
  auto took = x.wait_for("down", mute, others, begin, silence_limit);
  x.note("not heard, down after " + seconds(took));
  // It hears nobody, so it closes its links; and then nobody hears it.
  took = x.wait_for("down", deaf, others, begin, 2 * silence_limit);
  x.note("not hearing, down after " + seconds(took));
  x.wait_for_agreement(others);
  x.wait_for_agreement({deaf});
  x.wait_for_agreement({mute});
  auto end = x.now();
  x.net().heal();
  for (auto host : {deaf, mute})
    x.wait_for("up", host, others, end, redial_limit);
  x.wait_for_agreement();
  x.note("mended, all agree after " + seconds(clock_type::now() - end.at));
}

void split_and_heal(network_cluster& x) {
  const network::hosts few{0, 1};
  const network::hosts many{2, 3, 4};
  x.start_children({1, 3});
  auto begin = x.now();
  x.net().split(few);
  for (auto host : many)
    x.wait_for("down", host, few, begin, silence_limit);
  for (auto host : few)
    x.wait_for("down", host, many, begin, silence_limit);
  x.note("split, all down after " + seconds(clock_type::now() - begin.at));
  // Each side goes on, and may even start the same child.
  x.settle_at_home(0);
  x.settle_at_home(4);
  x.start_child("twice", 0);
  x.start_child("twice", 4);
  x.wait_for_agreement(few);
  x.wait_for_agreement(many);
  auto end = x.now();
  x.net().heal();
  x.wait_for_agreement();
  x.note("healed, all agree after " + seconds(clock_type::now() - end.at));
}

struct needs_loss {
  needs_loss() {
    remove_old_networks();
    skip_unless([] { network{2}.lose({{0, 1, 0.5}}); });
  }
};

} // namespace

BOOST_TEST_GLOBAL_FIXTURE(needs_loss);

BOOST_AUTO_TEST_SUITE(network_loss)

BOOST_AUTO_TEST_CASE(nodes_agree_when_the_network_is_whole_again) {
  play({{"20 % loss", 3, lose_a_fifth},
        {"30 % loss", 3, lose_a_third},
        {"half-open link", 3, break_half_a_link},
        {"half-open cables", 5, break_half_a_cable},
        {"partition", 5, split_and_heal}});
}

BOOST_AUTO_TEST_SUITE_END()
