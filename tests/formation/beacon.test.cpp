// SPDX-License-Identifier: MIT

#include <boost/test/unit_test.hpp>

#include "horde/formation/beacon.hpp"

using namespace horde;
using namespace horde::formation;
using namespace std::chrono_literals;

namespace {

const wall_time today{1732262400123ms};

const beacon_head some_head{0x1122334455667788, stream_id{'a', 'b'}, 7};

beacon some_beacon() {
  return {{"n1", {1732262400000, 42}}, {"10.0.0.1", 4711}, today};
}

/// As large as a beacon with its proof.
std::string packet_with(const beacon_head& x, std::size_t size = 100) {
  auto result = to_bytes(x);
  result.resize(size);
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(beacon_tests)

BOOST_AUTO_TEST_CASE(what_was_written_is_read) {
  BOOST_TEST(to_bytes(some_head).size() == beacon_head_size);
  BOOST_TEST((head_of(packet_with(some_head)) == some_head));
  BOOST_TEST((parse_beacon(to_bytes(some_beacon())) == some_beacon()));
  auto unnamed = some_beacon();
  unnamed.at.host.clear();
  BOOST_TEST((parse_beacon(to_bytes(unnamed)) == unnamed));
}

BOOST_AUTO_TEST_CASE(the_form_of_the_packet_is_fixed) {
  beacon_head x{1, {}, 2};
  for (std::size_t i = 0; i < x.stream.size(); ++i)
    x.stream[i] = static_cast<char>('A' + i);
  const std::string expected{"HOGO\1"
                             "\1\0\0\0\0\0\0\0"
                             "ABCDEFGHIJKLMNOP"
                             "\2\0\0\0\0\0\0\0",
                             37};
  BOOST_TEST(to_bytes(x) == expected);
  beacon y{{"n", {3, 4}}, {"h", 5}, wall_time{1ms}};
  const std::string body{"\1"
                         "\3\0\0\0\0\0\0\0"
                         "\4\0\0\0\0\0\0\0"
                         "\1n\5\1h",
                         22};
  BOOST_TEST(to_bytes(y) == body);
}

BOOST_AUTO_TEST_CASE(sizes_and_first_bytes_are_checked) {
  auto smallest = beacon_head_size + beacon_proof_size + 1;
  BOOST_TEST(head_of(packet_with(some_head, smallest)).has_value());
  BOOST_TEST(head_of(packet_with(some_head, max_beacon_packet)).has_value());
  BOOST_TEST(!head_of(packet_with(some_head, smallest - 1)));
  BOOST_TEST(!head_of(packet_with(some_head, max_beacon_packet + 1)));
  BOOST_TEST(!head_of(""));
  for (std::size_t i = 0; i < 5; ++i) {
    auto other = packet_with(some_head);
    other[i] ^= 1;
    BOOST_TEST(!head_of(other));
  }
  auto unnumbered = some_head;
  unnumbered.number = 0;
  BOOST_TEST(!head_of(packet_with(unnumbered)));
}

BOOST_AUTO_TEST_CASE(a_beacon_cut_short_is_refused) {
  auto whole = to_bytes(some_beacon());
  for (std::size_t i = 0; i < whole.size(); ++i)
    BOOST_TEST(!parse_beacon(whole.substr(0, i)));
}

BOOST_AUTO_TEST_CASE(newer_versions_may_append) {
  BOOST_TEST((parse_beacon(to_bytes(some_beacon()) + "more") == some_beacon()));
}

BOOST_AUTO_TEST_CASE(names_and_ports_that_nobody_has_are_refused) {
  auto refused = [](auto change) {
    auto x = some_beacon();
    change(x);
    return !parse_beacon(to_bytes(x));
  };
  BOOST_TEST(refused([](auto& x) { x.node.name = ""; }));
  BOOST_TEST(refused([](auto& x) { x.node.name = "a\nb"; }));
  BOOST_TEST(refused([](auto& x) { x.at.host = "a\x1b[2J"; }));
  BOOST_TEST(refused([](auto& x) { x.at.port = 0; }));
  BOOST_TEST(!refused([](auto& x) { x.node.name = std::string(255, 'x'); }));
}

BOOST_AUTO_TEST_CASE(the_longest_beacon_fits_into_a_packet) {
  auto x = some_beacon();
  x.node.name = x.at.host = std::string(max_beacon_name, 'x');
  auto size = beacon_head_size + to_bytes(x).size() + beacon_proof_size;
  BOOST_TEST(size <= max_beacon_packet);
  BOOST_TEST((parse_beacon(to_bytes(x)) == x));
}

BOOST_AUTO_TEST_CASE(pauses_are_from_a_fifth_to_the_whole) {
  random_engine rng{1};
  auto low = 5s + 0ns;
  auto high = 0ns;
  for (auto i = 0; i < 10000; ++i) {
    auto x = pause_between_beacons(rng, 5s);
    low = std::min<duration>(low, x);
    high = std::max<duration>(high, x);
  }
  BOOST_TEST((low >= 1s && low < 1010ms));
  BOOST_TEST((high <= 5s && high > 4990ms));
}

BOOST_AUTO_TEST_SUITE_END()
