// SPDX-License-Identifier: MIT

#include "horde/actors/door/frame_guard.hpp"

#include <array>
#include <string>

#include <boost/test/unit_test.hpp>

using horde::actors::frame_guard;

namespace {

constexpr std::uint32_t limit = 1 << 20;
constexpr bool accepted = true;
constexpr bool dialed = false;

std::array<unsigned char, 32> header(unsigned char operation,
                                     std::uint32_t size) {
  std::array<unsigned char, 32> result{};
  result[0] = operation;
  for (int i = 0; i < 4; ++i)
    result[4 + i] = static_cast<unsigned char>(size >> (24 - 8 * i));
  return result;
}

bool admits(frame_guard& guard, unsigned char operation, std::uint32_t size) {
  auto bytes = header(operation, size);
  return guard.admits(bytes.data(), bytes.size());
}

/// A guard that has seen the handshake it expects.
frame_guard greeted(bool side) {
  frame_guard result{side, limit};
  BOOST_REQUIRE(admits(result, side == accepted ? 1 : 0, 40));
  std::string payload(40, 'x');
  BOOST_REQUIRE(result.admits(payload.data(), payload.size()));
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(frame_guards)

BOOST_AUTO_TEST_CASE(a_handshake_without_payload_is_refused) {
  for (unsigned char operation : {0, 1})
    for (auto side : {accepted, dialed}) {
      frame_guard guard{side, limit};
      BOOST_TEST(!admits(guard, operation, 0));
    }
}

BOOST_AUTO_TEST_CASE(each_side_expects_the_other_sides_handshake) {
  frame_guard server{accepted, limit};
  BOOST_TEST(!admits(server, 0, 40));
  frame_guard client{dialed, limit};
  BOOST_TEST(!admits(client, 1, 40));
}

BOOST_AUTO_TEST_CASE(a_handshake_of_more_than_4_kib_is_refused) {
  frame_guard guard{accepted, limit};
  BOOST_TEST(!admits(guard, 1, 4097));
}

BOOST_AUTO_TEST_CASE(the_client_may_repeat_its_handshake_the_server_may_not) {
  auto server = greeted(accepted);
  BOOST_TEST(admits(server, 1, 40));
  auto client = greeted(dialed);
  BOOST_TEST(!admits(client, 0, 40));
}

BOOST_AUTO_TEST_CASE(nothing_is_admitted_before_the_handshake) {
  for (unsigned char operation = 2; operation < 7; ++operation) {
    frame_guard guard{accepted, limit};
    BOOST_TEST(!admits(guard, operation, 8));
  }
}

BOOST_AUTO_TEST_CASE(all_known_frames_pass_after_the_handshake) {
  for (unsigned char operation = 2; operation < 7; ++operation) {
    auto guard = greeted(accepted);
    BOOST_TEST(admits(guard, operation, 0));
  }
  auto guard = greeted(accepted);
  BOOST_TEST(!admits(guard, 7, 0));
}

BOOST_AUTO_TEST_CASE(a_payload_over_the_limit_is_refused) {
  auto guard = greeted(accepted);
  BOOST_TEST(admits(guard, 2, limit));
  for (auto size : {limit + 1, 0x80000000U, 0xffffffffU}) {
    auto other = greeted(accepted);
    BOOST_TEST(!admits(other, 2, size));
  }
}

BOOST_AUTO_TEST_CASE(a_payload_that_looks_like_a_bad_header_passes) {
  auto guard = greeted(accepted);
  BOOST_REQUIRE(admits(guard, 2, 32));
  BOOST_TEST(admits(guard, 0, 0));  // the payload
  BOOST_TEST(!admits(guard, 0, 0)); // a header
}

BOOST_AUTO_TEST_CASE(too_many_messages_in_messages_are_refused) {
  for (auto more : {0, 1}) {
    std::string payload;
    for (std::size_t i = 0; i < frame_guard::most_nested + more; ++i)
      payload += "@<>+@message";
    auto guard = greeted(accepted);
    BOOST_REQUIRE(admits(guard, 2, static_cast<std::uint32_t>(payload.size())));
    BOOST_TEST(guard.admits(payload.data(), payload.size()) == (more == 0));
  }
}

BOOST_AUTO_TEST_CASE(a_header_of_another_length_is_refused) {
  auto guard = greeted(accepted);
  BOOST_TEST(!guard.admits("1234", 4));
}

BOOST_AUTO_TEST_SUITE_END()
