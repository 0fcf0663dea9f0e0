// SPDX-License-Identifier: MIT

#include "horde/constraints.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include "horde/labels.hpp"
#include "horde/member_traits.hpp"

using namespace horde;

namespace {

using strings = std::vector<std::string>;

bool contains(const std::optional<std::string>& text, const char* what) {
  return text && text->find(what) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(constraints_tests)

BOOST_AUTO_TEST_CASE(labels_are_short_words) {
  for (auto good :
       {"ssd", "zone=a", "A", "7", "rack:1/2", "os=linux_6.1-x+y@z"})
    BOOST_TEST(!problem_of_label("labels", good).has_value(), good);
  BOOST_TEST(!problem_of_label("labels", std::string(64, 'x')).has_value());
  const std::string bad[] = {"",
                             "two words",
                             "a,b",
                             "!ssd",
                             "-ssd",
                             "=a",
                             "s\n",
                             "gr\xc3\xbcn",
                             std::string("a\0b", 3),
                             std::string(65, 'x')};
  for (const auto& x : bad) {
    auto problem = problem_of_label("labels", x);
    BOOST_TEST(contains(problem, "labels takes 1 to 64 letters"), x);
    BOOST_TEST(problem->size() < 100u);
  }
}

BOOST_AUTO_TEST_CASE(lists_of_labels_are_short) {
  BOOST_TEST(!problem_of_labels("labels", {}).has_value());
  BOOST_TEST(!problem_of_labels("labels", strings(32, "x")).has_value());
  BOOST_TEST(contains(problem_of_labels("labels", strings(33, "x")),
                      "labels takes at most 32 labels, these are 33"));
  BOOST_TEST(contains(problem_of_labels("labels", {"ssd", "a b"}),
                      "label 2 of labels takes"));
}

BOOST_AUTO_TEST_CASE(traits_of_a_member_are_checked) {
  BOOST_TEST(!validate(member_traits{}).has_value());
  BOOST_TEST(!validate(member_traits{{"ssd"}, 1}).has_value());
  BOOST_TEST(!validate(member_traits{{}, 1000}).has_value());
  for (std::uint32_t bad : {0u, 1001u, ~0u}) {
    auto problem = validate(member_traits{{}, bad});
    BOOST_REQUIRE(problem.has_value());
    BOOST_TEST((problem->code == errc::bad_option));
    BOOST_TEST(problem->what
               == "weight takes 1 to 1000 percent, it is "
                    + std::to_string(bad));
  }
  auto problem = validate(member_traits{{"a b"}, 100});
  BOOST_REQUIRE(problem.has_value());
  BOOST_TEST((problem->code == errc::bad_option));
  BOOST_TEST(problem->what.starts_with("label 1 of labels"));
}

BOOST_AUTO_TEST_CASE(each_problem_of_constraints_names_the_field) {
  BOOST_TEST(!problem_of("place", {}).has_value());
  constraints good{{"ssd", "zone=a"}, {"hdd"}, "db", true};
  BOOST_TEST(!problem_of("place", good).has_value());
  BOOST_TEST(contains(problem_of("place", {{"a b"}, {}, "", false}),
                      "label 1 of place.needs"));
  BOOST_TEST(contains(problem_of("place", {{}, {"x", ""}, "", false}),
                      "label 2 of place.avoids"));
  BOOST_TEST(contains(problem_of("place", {strings(33, "x"), {}, "", false}),
                      "place.needs takes at most 32"));
  BOOST_TEST(contains(problem_of("place", {{}, strings(33, "x"), "", false}),
                      "place.avoids takes at most 32"));
  BOOST_TEST(contains(problem_of("place", {{"ssd"}, {"ssd"}, "", false}),
                      "place.needs and place.avoids both name 'ssd'"));
  BOOST_TEST(contains(problem_of("place", {{}, {}, "two words", false}),
                      "place.group takes 1 to 64"));
  BOOST_TEST(contains(problem_of("place", {{}, {}, "", true}),
                      "place.strict is about a group"));
}

BOOST_AUTO_TEST_CASE(constraints_survive_the_wire_and_none_cost_a_byte) {
  BOOST_TEST(to_bytes(constraints{}).size() == 1u);
  BOOST_TEST(rc::check("round trip", [] {
    constraints x{
      *rc::gen::arbitrary<strings>(), *rc::gen::arbitrary<strings>(),
      *rc::gen::arbitrary<std::string>(), *rc::gen::arbitrary<bool>()};
    RC_ASSERT(from_bytes<constraints>(to_bytes(x)) == x);
  }));
}

BOOST_AUTO_TEST_CASE(there_is_one_way_to_write_constraints) {
  BOOST_TEST(rc::check("equal values have equal bytes", [] {
    auto bytes = *rc::gen::container<std::string>(rc::gen::map(
      rc::gen::inRange(0, 18), [](int x) { return static_cast<char>(x); }));
    if (auto x = from_bytes<constraints>(bytes))
      RC_ASSERT(to_bytes(*x) == bytes);
  }));
  for (auto bad :
       {std::string("\x01\0", 2), std::string("\x02\0", 2),
        std::string("\x04\0", 2), std::string("\x10", 1),
        std::string("\xff", 1), std::string("\0\0", 2), std::string{}})
    BOOST_TEST(!from_bytes<constraints>(bad).has_value());
  BOOST_TEST(from_bytes<constraints>("\x08").has_value()); // not sane, but read
}

BOOST_AUTO_TEST_CASE(the_size_of_constraints_is_that_of_their_texts) {
  BOOST_TEST(size_of(constraints{}) == 0u);
  BOOST_TEST(size_of(constraints{{"ssd", "a"}, {"hdd"}, "group", true}) == 12u);
}

BOOST_AUTO_TEST_SUITE_END()
