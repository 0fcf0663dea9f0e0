// SPDX-License-Identifier: MIT

#include "horde/actors/door/datagram.hpp"

#include "horde/actors/door/gauge.hpp"
#include "horde/hex.hpp"

#include <array>

#include <boost/test/unit_test.hpp>

using namespace horde;
using namespace horde::actors;

namespace {

const std::string secret = "32 bytes that only two ends know";
constexpr incarnation left_life{1700000000000, 1};
constexpr incarnation right_life{1700000000001, 2};

/// Both ends of a link.
struct ends {
  datagram_seal left{secret, left_life, right_life};
  datagram_seal right{secret, right_life, left_life};

  std::optional<std::string> at_right(std::string_view bytes) {
    if (tag_of(bytes) != right.tag())
      return std::nullopt;
    auto x = right.open(bytes);
    return x ? std::optional{std::string{x->payload}} : std::nullopt;
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(datagrams)

BOOST_AUTO_TEST_CASE(what_one_end_seals_the_other_opens) {
  ends x;
  BOOST_TEST(x.left.tag() == x.right.tag());
  for (std::size_t size : {0u, 1u, 100u, 1024u}) {
    auto text = std::string(size, 'x');
    auto bytes = x.left.seal(text);
    BOOST_TEST(bytes.size() == datagram_frame_size + size);
    BOOST_TEST((x.at_right(bytes) == text));
  }
}

// Computed by another program: HMAC-SHA256 of Python's standard library.
BOOST_AUTO_TEST_CASE(the_bytes_are_those_of_the_protocol) {
  ends x;
  (void)x.left.seal("");
  BOOST_TEST(
    to_hex(x.left.seal("beat"))
    == "484f4447010068e5cf8b010000010000000000000017a28572249e8820020000"
       "0000000000626561749ff982412e38a8c31bf5e0f911c2cf2c");
}

BOOST_AUTO_TEST_CASE(any_changed_bit_is_refused) {
  ends x;
  auto bytes = x.left.seal("beat");
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
    BOOST_TEST_CONTEXT(bit) {
      BOOST_TEST(!x.at_right(damaged));
    }
  }
  BOOST_TEST(x.at_right(bytes).has_value());
}

BOOST_AUTO_TEST_CASE(shorter_and_longer_ones_are_refused) {
  ends x;
  auto bytes = x.left.seal("beat");
  for (std::size_t n = 0; n < bytes.size(); ++n)
    BOOST_TEST(!x.at_right(std::string_view{bytes}.substr(0, n)));
  BOOST_TEST(!x.at_right(bytes + 'x'));
  auto longest = x.left.seal(std::string(max_datagram_payload, 'x'));
  BOOST_TEST(longest.size() == max_datagram_size);
  BOOST_TEST(!tag_of(longest + 'x'));
}

BOOST_AUTO_TEST_CASE(nothing_is_taken_twice_and_order_does_not_matter) {
  ends x;
  std::vector<std::string> sent;
  for (int i = 0; i < 100; ++i)
    sent.push_back(x.left.seal(std::to_string(i)));
  for (int i : {3, 1, 2, 60, 0, 59}) {
    BOOST_TEST_CONTEXT(i) {
      BOOST_TEST((x.at_right(sent[i]) == std::to_string(i)));
      BOOST_TEST(!x.at_right(sent[i]));
    }
  }
  BOOST_TEST(x.at_right(sent[99]).has_value());
  BOOST_TEST(!x.at_right(sent[35])); // too old to be remembered
  BOOST_TEST(x.at_right(sent[36]).has_value());
  BOOST_TEST(!x.at_right(sent[60]));
}

BOOST_AUTO_TEST_CASE(the_latest_is_known_from_those_it_overtook) {
  ends x;
  auto first = x.left.seal("1");
  auto second = x.left.seal("2");
  BOOST_TEST(x.right.open(second)->is_newest);
  BOOST_TEST(!x.right.open(first)->is_newest);
}

BOOST_AUTO_TEST_CASE(a_datagram_sent_back_is_refused) {
  ends x;
  auto bytes = x.left.seal("beat");
  BOOST_TEST(!x.left.open(bytes));
}

BOOST_AUTO_TEST_CASE(a_bad_proof_does_not_use_up_its_number) {
  ends x;
  auto bytes = x.left.seal("beat");
  auto forged = bytes;
  forged.back() = static_cast<char>(forged.back() ^ 1);
  BOOST_TEST(!x.at_right(forged));
  BOOST_TEST(x.at_right(bytes).has_value());
}

BOOST_AUTO_TEST_CASE(links_have_secrets_of_their_own) {
  ends x;
  datagram_seal other{"32 bytes known to two other ends", left_life,
                      right_life};
  BOOST_TEST(other.tag() != x.left.tag());
  // A tag can be seen on the wire, and copied.
  auto bytes = other.seal("beat");
  auto ours = x.left.seal("beat");
  std::copy_n(ours.begin() + 21, 8, bytes.begin() + 21);
  BOOST_REQUIRE((tag_of(bytes) == x.right.tag()));
  BOOST_TEST(!x.right.open(bytes));
}

BOOST_AUTO_TEST_CASE(a_window_that_jumps_forgets_the_right_ones) {
  replay_window x;
  BOOST_TEST(!x.is_new(0));
  x.note(1);
  x.note(64);
  BOOST_TEST(!x.is_new(1));
  BOOST_TEST(x.is_new(2));
  x.note(65);
  BOOST_TEST(!x.is_new(1));
  BOOST_TEST(x.is_new(2));
  x.note(1000);
  BOOST_TEST(!x.is_new(65));
  BOOST_TEST(x.is_new(937));
  BOOST_TEST(!x.is_new(936));
  auto last = ~std::uint64_t{0};
  x.note(last);
  BOOST_TEST(!x.is_new(last));
  BOOST_TEST(x.is_new(last - 63));
  BOOST_TEST(!x.is_new(last - 64));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(gauges)

BOOST_AUTO_TEST_CASE(a_backlog_counts_through_both_buffers) {
  backlog x;
  x.see(100);
  BOOST_TEST(x.unsent() == 100u);
  x.moved(); // is sent from now
  x.see(30);
  x.see(50);
  BOOST_TEST(x.unsent() == 150u);
  x.taken(100);
  BOOST_TEST(x.unsent() == 50u);
  x.moved();
  x.taken(20);
  x.see(5);
  BOOST_TEST(x.unsent() == 35u);
}

BOOST_AUTO_TEST_CASE(the_first_reason_of_an_end_stays) {
  link_gauges all;
  BOOST_TEST(!all.find(7));
  all.open(7, instant{duration{5}});
  auto x = all.find(7);
  BOOST_REQUIRE(x);
  BOOST_TEST((x->last_heard() == instant{duration{5}}));
  x->ends(link_end::too_slow);
  x->ends(link_end::kicked);
  BOOST_TEST((x->end() == link_end::too_slow));
  all.close(7);
  BOOST_TEST(!all.find(7));
}

BOOST_AUTO_TEST_SUITE_END()
