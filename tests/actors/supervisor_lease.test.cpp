// SPDX-License-Identifier: MIT
//
// Supervisors of three nodes that place with quorum, with virtual time.

#include <boost/test/unit_test.hpp>

#include "horde/actors/supervisor_engine.hpp"
#include "horde/placement/strategy_kind.hpp"
#include "support/caf_cluster.hpp"

using namespace horde;
using namespace horde::test;
using namespace std::chrono_literals;

namespace {

struct quorum_fixture {
  caf_cluster c{
    3,
    member_mode::fixed,
    nullptr,
    {{"workers", "n0"}, {"workers", "n1"}, {"workers", "n2"}},
    {.strategy = placement::factory_of(placement::strategy_kind::quorum)}};
  std::vector<std::uint64_t> tokens; ///< of all starts
  std::shared_ptr<std::size_t> ended = std::make_shared<std::size_t>(0);

  quorum_fixture() {
    c.types["idler"] = [this](const child_start& x) -> child_outcome {
      tokens.push_back(x.attempt);
      auto child = spawn_idler(x.sys);
      child->attach_functor([n = ended] { ++*n; });
      return child_runs{child, {}};
    };
    c.introduce_all();
  }

  ~quorum_fixture() { c.stop(); }

  std::size_t alive() const { return tokens.size() - *ended; }

  /// In steps of 10 ms. Returns how many copies there were at most.
  std::size_t run_for(duration time) {
    std::size_t result = alive();
    for (auto passed = 0ms; passed < time; passed += 10ms) {
      c.quiet.advance(10ms);
      result = std::max(result, alive());
    }
    return result;
  }

  /// The node where all see "x" from `from`.
  std::string place_of_x(std::size_t from) {
    auto all = c[from].workers->which_children().children;
    return all.size() == 1
               && all.front().state == scheduling::child_state::running
             ? all.front().member.node
             : "nowhere";
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(supervisor_lease, quorum_fixture)

BOOST_AUTO_TEST_CASE(a_node_without_quorum_ends_its_children_first) {
  bool started = false;
  c[0].workers->start_child({.id = "x", .type = "idler"},
                            [&](auto x) { started = static_cast<bool>(x); });
  run_for(100ms);
  BOOST_REQUIRE(started);
  auto where = place_of_x(0);
  BOOST_REQUIRE(where != "nowhere");
  auto lost = static_cast<std::size_t>(where.back() - '0');
  auto other = (lost + 1) % 3;
  run_for(1s);
  c.cut_off(lost);
  BOOST_TEST(run_for(2s) == 1u); // its lease goes on
  BOOST_TEST(place_of_x(lost) == where);
  BOOST_TEST(run_for(5s) == 1u);
  BOOST_TEST(*ended == 1u);
  BOOST_TEST(alive() == 1u);
  BOOST_TEST(place_of_x(other) != where);
  BOOST_REQUIRE(tokens.size() == 2u);
  BOOST_TEST(tokens[0] < tokens[1]);
  c.reconnect(lost);
  BOOST_TEST(run_for(2s) == 1u);
  BOOST_TEST(place_of_x(lost) == place_of_x(other));
}

BOOST_AUTO_TEST_CASE(a_node_alone_starts_nothing) {
  run_for(7s);
  c.cut_off(0);
  run_for(6s);
  errc code = errc::none;
  c[0].workers->start_child({.id = "x", .type = "idler"},
                            [&](auto x) { code = code_of(x.error()); });
  run_for(100ms);
  BOOST_TEST((code == errc::quorum_not_met));
  BOOST_TEST(tokens.empty());
}

BOOST_AUTO_TEST_SUITE_END()
