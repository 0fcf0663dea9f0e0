// SPDX-License-Identifier: MIT

#include <boost/test/unit_test.hpp>

#include "horde/formation/dns_message.hpp"
#include "horde/random.hpp"

using namespace horde;
using namespace horde::formation;
using namespace std::chrono_literals;

namespace {

using records = std::vector<dns_record>;

std::string number(std::uint64_t x, int size) {
  std::string result;
  for (auto i = size - 1; i >= 0; --i)
    result += static_cast<char>(x >> (8 * i));
  return result;
}

std::string name(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    auto label = text.substr(0, text.find('.'));
    text.remove_prefix(std::min(label.size() + 1, text.size()));
    result += static_cast<char>(label.size());
    result += label;
  }
  return result + '\0';
}

/// At 12 stands the name that was asked for.
const std::string asked = "\xc0\x0c";

std::string record(std::uint64_t type, std::uint64_t ttl,
                   const std::string& data) {
  return asked + number(type, 2) + number(1, 2) + number(ttl, 4)
         + number(data.size(), 2) + data;
}

std::string message(const std::vector<std::string>& answers,
                    std::uint64_t flags = 0x8180) {
  auto result = number(77, 2) + number(flags, 2) + number(1, 2)
                + number(answers.size(), 2) + number(0, 4);
  result += name("svc.ns") + number(1, 2) + number(1, 2);
  for (const auto& x : answers)
    result += x;
  return result;
}

std::string srv(std::uint16_t port, const std::string& target) {
  return number(0, 2) + number(50, 2) + number(port, 2) + target;
}

records parse(const std::string& text, dns_type type) {
  auto result = parse_dns_answer(text, type);
  BOOST_REQUIRE(result.has_value());
  return result->records;
}

std::string text_of(const std::string& sixteen_bytes) {
  auto all = parse(message({record(28, 5, sixteen_bytes)}), dns_type::aaaa);
  return all.size() == 1 ? all.front().host : "";
}

} // namespace

BOOST_AUTO_TEST_SUITE(dns_message_tests)

BOOST_AUTO_TEST_CASE(addresses_come_in_their_order) {
  auto text = message({record(1, 30, "\x0a\x01\x02\x03"),
                       record(28, 9, std::string(16, 'a')),
                       record(1, 20, "\xff\x01\x02\x04")});
  auto x = parse_dns_answer(text, dns_type::a);
  BOOST_REQUIRE(x.has_value());
  BOOST_TEST((x->records == records{{"10.1.2.3", 0}, {"255.1.2.4", 0}}));
  BOOST_TEST((x->valid_for == 20s));
  BOOST_TEST(x->code == 0);
  BOOST_TEST(!x->truncated);
}

BOOST_AUTO_TEST_CASE(ipv6_addresses_are_written_short) {
  auto zeros = [](int n) {
    return std::string(static_cast<std::size_t>(n), '\0');
  };
  BOOST_TEST(text_of(zeros(16)) == "::");
  BOOST_TEST(text_of(zeros(15) + '\1') == "::1");
  BOOST_TEST(text_of("\xfd" + zeros(14) + '\2') == "fd00::2");
  BOOST_TEST(text_of("\x20\x01\x0d\xb8" + zeros(12)) == "2001:db8::");
  BOOST_TEST(
    text_of("\x20\x01" + zeros(2) + "\1\1" + zeros(2) + "\1\1\1\1\1\1\1\1")
    == "2001:0:101:0:101:101:101:101");
  BOOST_TEST(text_of("\x20\x01" + zeros(4) + '\1' + zeros(7) + '\0' + '\1')
             == "2001:0:0:100::1");
}

BOOST_AUTO_TEST_CASE(services_have_a_host_and_a_port) {
  auto text = message({record(33, 5, srv(4711, name("pod-0.svc.ns"))),
                       record(33, 5, srv(80, "\5pod-1" + asked)),
                       record(33, 5, srv(0, name("pod-2"))),
                       record(33, 5, srv(80, name(""))),
                       record(33, 5, srv(80, name("a\nb")))});
  BOOST_TEST((parse(text, dns_type::srv)
              == records{{"pod-0.svc.ns", 4711}, {"pod-1.svc.ns", 80}}));
}

BOOST_AUTO_TEST_CASE(an_alias_on_the_way_counts_for_the_time) {
  auto text =
    message({record(5, 3, name("other")), record(1, 30, "\x0a\x01\x02\x03")});
  auto x = parse_dns_answer(text, dns_type::a);
  BOOST_REQUIRE(x.has_value());
  BOOST_TEST(x->records.size() == 1u);
  BOOST_TEST((x->valid_for == 3s));
}

BOOST_AUTO_TEST_CASE(there_may_be_no_records) {
  auto none = parse_dns_answer(message({}), dns_type::a);
  BOOST_REQUIRE(none.has_value());
  BOOST_TEST(none->records.empty());
  BOOST_TEST(!none->valid_for);
  auto unknown = parse_dns_answer(message({}, 0x8183), dns_type::a);
  BOOST_REQUIRE(unknown.has_value());
  BOOST_TEST(unknown->code == 3);
  BOOST_TEST(parse_dns_answer(message({}, 0x8380), dns_type::a)->truncated);
  BOOST_TEST(!parse_dns_answer(message({}, 0x0180), dns_type::a));
}

BOOST_AUTO_TEST_CASE(a_time_beyond_its_range_is_none) {
  auto text = message({record(1, 0x80000000, "\x0a\x01\x02\x03")});
  BOOST_TEST((parse_dns_answer(text, dns_type::a)->valid_for == 0s));
}

BOOST_AUTO_TEST_CASE(what_is_cut_short_is_refused) {
  auto text = message({record(33, 5, srv(4711, "\5pod-0" + asked))});
  BOOST_TEST(parse_dns_answer(text, dns_type::srv).has_value());
  for (std::size_t i = 0; i < text.size(); ++i)
    BOOST_TEST(!parse_dns_answer(text.substr(0, i), dns_type::srv));
}

BOOST_AUTO_TEST_CASE(names_that_never_end_are_refused) {
  const std::string itself = "\xc0\x0c"; // at 12 itself
  auto head = number(77, 2) + number(0x8180, 2) + number(1, 2) + number(0, 6);
  BOOST_TEST(!parse_dns_answer(head + itself + number(1, 4), dns_type::a));
  auto forward = head + "\xc0\x0e" + name("a") + number(1, 4);
  BOOST_TEST(!parse_dns_answer(forward, dns_type::a));
  std::string longest;
  for (auto i = 0; i < 130; ++i)
    longest += "\1a";
  BOOST_TEST(
    !parse_dns_answer(head + longest + '\0' + number(1, 4), dns_type::a));
  BOOST_TEST(!parse_dns_answer(
    head + "\x40" + std::string(64, 'a') + '\0' + number(1, 4), dns_type::a));
}

BOOST_AUTO_TEST_CASE(sizes_that_do_not_fit_are_refused) {
  for (auto size : {0, 3, 5})
    BOOST_TEST(!parse_dns_answer(
      message({record(1, 5, std::string(static_cast<std::size_t>(size), 'x'))}),
      dns_type::a));
  BOOST_TEST(
    !parse_dns_answer(message({record(28, 5, "1234")}), dns_type::aaaa));
  BOOST_TEST(!parse_dns_answer(
    message({record(33, 5, srv(1, name("a")) + "more")}), dns_type::srv));
}

BOOST_AUTO_TEST_CASE(damaged_messages_do_no_harm) {
  auto text =
    message({record(33, 5, srv(4711, "\5pod-0" + asked)), record(1, 5, "1234"),
             record(28, 5, "1234567812345678")});
  random_engine rng{1};
  for (auto i = 0; i < 100000; ++i) {
    auto x = text;
    for (auto n = 1 + below(rng, 4); n > 0; --n)
      x[below(rng, x.size())] = static_cast<char>(below(rng, 256));
    for (auto type : {dns_type::a, dns_type::aaaa, dns_type::srv})
      if (auto result = parse_dns_answer(x, type))
        for (const auto& one : result->records)
          BOOST_REQUIRE(!one.host.empty());
  }
}

BOOST_AUTO_TEST_SUITE_END()
