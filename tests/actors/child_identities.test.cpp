// SPDX-License-Identifier: MIT

#include "horde/actors/child_identities.hpp"

#include <boost/test/unit_test.hpp>

using horde::actors::child_identities;

namespace {

struct fixture {
  child_identities all;
  std::vector<std::string> told;

  void ask(std::uint64_t actor, const std::string& assumed = "") {
    all.tell(actor, assumed, [this, actor](const std::string& child) {
      told.push_back(std::to_string(actor) + "=" + child);
    });
  }

  std::vector<std::string> take() { return std::exchange(told, {}); }
};

using strings = std::vector<std::string>;

} // namespace

BOOST_FIXTURE_TEST_SUITE(identities_of_children, fixture)

BOOST_AUTO_TEST_CASE(a_process_is_a_child_from_its_start_to_its_end) {
  BOOST_TEST(all.empty());
  all.starting("ada");
  BOOST_TEST(all.is_starting("ada"));
  BOOST_TEST(!all.empty());
  all.settled("ada", 7);
  BOOST_TEST(!all.is_starting("ada"));
  BOOST_TEST(all.of(7) == "ada");
  BOOST_TEST(all.of(8) == "");
  all.ended(7);
  BOOST_TEST(all.of(7) == "");
  BOOST_TEST(all.empty());
}

BOOST_AUTO_TEST_CASE(starts_that_fail_leave_nothing) {
  all.starting("ada");
  all.settled("ada", 0);
  all.settled("ada", 9); // it was late, and given up
  BOOST_TEST(all.of(9) == "");
  BOOST_TEST(all.empty());
}

BOOST_AUTO_TEST_CASE(who_asks_early_is_told_when_the_start_has_settled) {
  all.starting("ada");
  ask(7);
  BOOST_TEST(take() == strings{}, boost::test_tools::per_element());
  all.settled("ada", 7);
  BOOST_TEST(take() == strings{"7=ada"}, boost::test_tools::per_element());
  ask(7);
  BOOST_TEST(take() == strings{"7=ada"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(who_is_no_child_is_told_so_only_if_it_was_taken_for_one) {
  all.starting("ada");
  ask(8);
  ask(9, "ada");
  all.settled("ada", 7);
  BOOST_TEST(take() == strings{"9="}, boost::test_tools::per_element());
  ask(10, "ada"); // too late to be one
  BOOST_TEST(take() == strings{"10="}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(later_starts_do_not_matter_to_a_question) {
  all.starting("ada");
  ask(9, "ada");
  all.starting("bob");
  all.settled("ada", 0);
  BOOST_TEST(take() == strings{"9="}, boost::test_tools::per_element());
  all.settled("bob", 9);
  BOOST_TEST(take() == strings{}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
