// SPDX-License-Identifier: MIT

#include "horde/placement/quorum.hpp"

#include "placement/lists.hpp"

using namespace horde;
using namespace horde::placement;

namespace {

/// One letter a member, in the order of their names: Alive, Dead,
/// Uninitialized, Shutting down; suspect with a link (s) and without one (x),
/// alive without one (a).
std::vector<member_info> members_of(std::string_view letters) {
  std::vector<member_info> result;
  for (auto letter : letters) {
    auto status = member_status::alive;
    switch (letter) {
    case 'D': status = member_status::dead; break;
    case 'U': status = member_status::uninitialized; break;
    case 'S': status = member_status::shutting_down; break;
    case 's':
    case 'x': status = member_status::suspect; break;
    default: break;
    }
    result.push_back(member(static_cast<int>(result.size()), status));
    result.back().linked = letter == 'A' || letter == 'S' || letter == 's';
  }
  return result;
}

struct row {
  const char* members;
  bool quorum;
};

} // namespace

BOOST_AUTO_TEST_SUITE(quorum_tests)

BOOST_AUTO_TEST_CASE(quorum_is_that_of_horde) {
  const row rows[] = {
    {"", false},
    {"A", true},
    {"D", false},
    {"U", false},
    {"S", false},
    {"SS", false},
    {"AA", true},
    {"AD", false},
    {"DA", true},
    {"AU", false},
    {"UA", true},
    {"DD", false},
    {"AAA", true},
    {"AAD", true},
    {"ADA", true},
    {"DAA", true},
    {"AAU", true},
    {"ADD", false},
    {"DDA", false},
    {"UUA", false},
    {"AAAA", true},
    {"AAAD", true},
    {"DAAA", true},
    {"AADD", false},
    {"DDAA", true},
    {"ADAD", false},
    {"DAAD", true},
    {"ADDA", false},
    {"DDDA", false},
    {"AADDD", false},
    {"AAADD", true},
    {"AAADDD", false},
    {"DDDAAA", true},
    {"AADDAD", false},
    {"UUUAAA", true},
    // Who is shutting down does not count, so the number is odd or even
    // without it.
    {"SA", true},
    {"SD", false},
    {"SAD", false},
    {"SDA", true},
    {"ASD", false},
    {"DSA", true},
    {"AAS", true},
    {"SAAD", true},
    {"SADD", false},
    {"SSSSA", true},
    // Unlike Horde, which knows no such states.
    {"As", true},
    {"Ax", false},
    {"Aa", false},
    {"ssx", true},
    {"Axx", false},
  };
  for (const auto& x : rows) {
    auto list = members_of(x.members);
    BOOST_TEST(quorum{}.has_quorum(list) == x.quorum, x.members);
    std::ranges::reverse(list);
    BOOST_TEST(quorum{}.has_quorum(list) == x.quorum, x.members);
  }
}

BOOST_AUTO_TEST_CASE(of_two_sides_of_a_split_never_both_have_quorum) {
  BOOST_TEST(rc::check("one side at most", [] {
    auto n = *rc::gen::inRange(1, 10);
    std::string one;
    std::string other;
    for (int i = 0; i < n; ++i)
      switch (*rc::gen::inRange(0, 5)) {
      case 0: one += 'U', other += 'U'; break;
      case 1: one += 'S', other += 'S'; break;
      case 2: one += 'A', other += 'D'; break;
      default: one += 'x', other += 'A'; break;
      }
    RC_ASSERT(!quorum{}.has_quorum(members_of(one))
              || !quorum{}.has_quorum(members_of(other)));
  }));
}

BOOST_AUTO_TEST_CASE(one_half_of_an_even_number_goes_on) {
  for (auto [one, other] : {std::pair{"AADD", "DDAA"},
                            {"ADDA", "DAAD"},
                            {"AD", "DA"},
                            {"AADADD", "DDADAA"}}) {
    BOOST_TEST(!quorum{}.has_quorum(members_of(one)), one);
    BOOST_TEST(quorum{}.has_quorum(members_of(other)), other);
  }
}

BOOST_AUTO_TEST_CASE(without_quorum_nothing_is_placed) {
  quorum x;
  BOOST_TEST(x.needs_quorum());
  x.prepare(members_of("ADDA"));
  auto problem = failure_of(x, wish{"ada"});
  BOOST_TEST((problem.code == errc::quorum_not_met));
  BOOST_TEST(says(problem, "'ada'"));
  BOOST_TEST(says(problem, "1 of the 3 members"));
  x.prepare({});
  BOOST_TEST((failure_of(x, wish{"ada"}).code == errc::quorum_not_met));
}

BOOST_AUTO_TEST_CASE(with_quorum_it_places_as_uniform) {
  auto list = members_of("DAAAUAA");
  quorum x;
  x.prepare(list);
  uniform y;
  y.prepare(list);
  for (int i = 0; i < 200; ++i) {
    auto k = key(i);
    BOOST_REQUIRE((chosen_by(x, wish{k}) == chosen_by(y, wish{k})));
  }
}

// All that count are there, but nobody takes children.
BOOST_AUTO_TEST_CASE(with_quorum_of_suspects_nobody_is_alive) {
  quorum x;
  x.prepare(members_of("sss"));
  BOOST_TEST((failure_of(x, wish{"ada"}).code == errc::no_alive_nodes));
}

BOOST_AUTO_TEST_SUITE_END()
