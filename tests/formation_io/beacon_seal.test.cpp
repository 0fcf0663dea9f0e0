// SPDX-License-Identifier: MIT

#include <set>

#include <boost/test/unit_test.hpp>

#include "horde/actors/formation/beacon_seal.hpp"

using namespace horde;
using namespace horde::formation;
using namespace std::chrono_literals;

namespace {

using secrets = std::vector<std::string>;

const std::string old_secret = "an old secret of the cluster";
const std::string new_secret = "a new secret of the cluster";

beacon some_beacon() {
  return {{"some-node", {1732262400000, 42}},
          {"10.0.0.1", 4711},
          wall_time{1732262400123ms}};
}

/// What `by` makes of a packet.
std::optional<beacon> hear(beacon_seal& by, const std::string& packet) {
  auto head = head_of(packet);
  if (!head || !by.knows(*head))
    return std::nullopt;
  auto plain = by.open(*head, packet);
  return plain ? parse_beacon(*plain) : std::nullopt;
}

} // namespace

BOOST_AUTO_TEST_SUITE(beacon_seal_tests)

BOOST_AUTO_TEST_CASE(who_knows_the_secret_reads_it) {
  beacon_seal a{{new_secret}, "c"};
  beacon_seal b{{new_secret}, "c"};
  BOOST_TEST((hear(b, a.seal(some_beacon())) == some_beacon()));
  BOOST_TEST((hear(b, a.seal(some_beacon())) == some_beacon()));
  BOOST_TEST((hear(a, b.seal(some_beacon())) == some_beacon()));
  BOOST_TEST((a.stream() != b.stream()));
}

BOOST_AUTO_TEST_CASE(others_do_not_even_know_it) {
  beacon_seal a{{new_secret}, "c"};
  auto packet = a.seal(some_beacon());
  for (auto* other :
       {new beacon_seal{{old_secret}, "c"}, new beacon_seal{{new_secret}, "d"},
        new beacon_seal{{}, "c"}}) {
    std::unique_ptr<beacon_seal> x{other};
    BOOST_TEST(!x->knows(*head_of(packet)));
  }
}

BOOST_AUTO_TEST_CASE(a_wrong_key_with_the_right_name_opens_nothing) {
  beacon_seal a{{old_secret}, "c"};
  beacon_seal b{{new_secret}, "c"};
  auto packet = a.seal(some_beacon());
  auto name = b.seal(some_beacon()).substr(5, 8);
  packet.replace(5, 8, name);
  BOOST_TEST(b.knows(*head_of(packet)));
  BOOST_TEST(!hear(b, packet));
}

BOOST_AUTO_TEST_CASE(secrets_are_changed_in_three_steps) {
  const std::vector<secrets> steps{{old_secret},
                                   {old_secret, new_secret},
                                   {new_secret, old_secret},
                                   {new_secret}};
  for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
    beacon_seal before{steps[i], "c"};
    beacon_seal after{steps[i + 1], "c"};
    BOOST_TEST(hear(before, after.seal(some_beacon())).has_value());
    BOOST_TEST(hear(after, before.seal(some_beacon())).has_value());
  }
  beacon_seal first{steps.front(), "c"};
  beacon_seal last{steps.back(), "c"};
  BOOST_TEST(!hear(first, last.seal(some_beacon())));
}

BOOST_AUTO_TEST_CASE(without_a_secret_the_cluster_is_the_key) {
  beacon_seal a{{}, "c"};
  beacon_seal b{{}, "c"};
  beacon_seal c{{}, "d"};
  BOOST_TEST(hear(b, a.seal(some_beacon())).has_value());
  BOOST_TEST(!hear(c, a.seal(some_beacon())));
}

BOOST_AUTO_TEST_CASE(each_bit_counts) {
  beacon_seal a{{new_secret}, "c"};
  beacon_seal b{{new_secret}, "c"};
  auto packet = a.seal(some_beacon());
  for (std::size_t bit = 0; bit < 8 * packet.size(); ++bit) {
    auto x = packet;
    x[bit / 8] ^= static_cast<char>(1 << (bit % 8));
    BOOST_TEST(!hear(b, x));
  }
  for (std::size_t i = 0; i < packet.size(); ++i) {
    BOOST_TEST(!hear(b, packet.substr(0, i)));
    BOOST_TEST(!hear(b, packet + std::string(i + 1, 'x')));
  }
  BOOST_TEST((hear(b, packet) == some_beacon()));
}

BOOST_AUTO_TEST_CASE(nothing_of_it_can_be_read_and_no_two_are_alike) {
  beacon_seal a{{new_secret}, "cluster name"};
  std::set<std::string> bodies;
  for (std::uint64_t i = 1; i <= 100; ++i) {
    auto packet = a.seal(some_beacon());
    BOOST_TEST(head_of(packet)->number == i);
    for (auto word : {"some-node", "10.0.0.1", "cluster name", "secret"})
      BOOST_TEST(packet.find(word) == std::string::npos);
    bodies.insert(packet.substr(beacon_head_size));
  }
  BOOST_TEST(bodies.size() == 100u);
}

BOOST_AUTO_TEST_SUITE_END()
