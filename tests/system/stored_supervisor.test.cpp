// SPDX-License-Identifier: MIT
//
// A program of one's own with a store that cannot be used: its supervisor does
// not start, its node goes on, and it can find out before there is a node.

#include <boost/test/unit_test.hpp>

#include "horde/horde.hpp"
#include "support/memory_store.hpp"

using namespace horde;

namespace {

using disk_ptr = std::shared_ptr<sim::memory_store>;

struct program {
  explicit program(disk_ptr where = std::make_shared<sim::memory_store>(),
                   const std::string& cluster = "horde")
      : disk(std::move(where)) {
    cfg.defaults.cluster = cluster;
    node = *node::start(sys, cfg.defaults);
  }

  config cfg;
  caf::actor_system sys{cfg};
  horde::node node;
  disk_ptr disk;

  caf::expected<dynamic_supervisor> start() {
    supervisor_options options;
    options.name = "workers";
    options.store = disk;
    return dynamic_supervisor::start(node, std::move(options));
  }

  void check_refusal(errc code, const std::string& what) {
    auto refused = start();
    BOOST_REQUIRE(!refused);
    BOOST_TEST((code_of(refused.error()) == code));
    BOOST_TEST(render(refused.error()).find(what) != std::string::npos,
               render(refused.error()));
    auto early = load_store(disk, cfg.defaults.cluster);
    BOOST_REQUIRE(!early);
    BOOST_TEST(render(early.error()) == render(refused.error()));
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(stored_supervisor, program)

BOOST_AUTO_TEST_CASE(a_store_that_cannot_be_used_stops_the_start_and_no_more) {
  disk->header = "what is this?";
  check_refusal(errc::store_damaged, "store 'memory': is damaged");
  BOOST_TEST(node.status().hordes.empty());
  disk->header.reset();
  auto started = start(); // the name is free, and the node is there
  BOOST_REQUIRE(started);
  BOOST_TEST((started->status().store.state == sync::store_state::works));
}

BOOST_AUTO_TEST_CASE(a_store_of_another_cluster_is_refused_by_both_names) {
  {
    program other{disk, "another"};
    BOOST_REQUIRE(other.start());
  }
  check_refusal(errc::store_unusable,
                "store 'memory': was written in cluster 'another', and this is "
                "cluster 'horde'");
}

BOOST_AUTO_TEST_SUITE_END()
