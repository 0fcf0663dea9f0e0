// SPDX-License-Identifier: MIT

#include "horde/scheduling/review.hpp"

#include <boost/test/unit_test.hpp>
#include <ostream>

using namespace horde::scheduling;

namespace {

constexpr auto nowhere = whereabouts::nowhere;
constexpr auto here = whereabouts::here;
constexpr auto elsewhere = whereabouts::elsewhere;
constexpr auto gone = whereabouts::gone;

struct row {
  const char* what;
  situation is;
  verdict expected;
};

const row rows[] = {
  // -- not wanted ------------------------------------------------------------
  {"a terminated child that runs here is stopped",
   {.wanted = false, .where = here, .local = holding::held},
   verdict::stop},
  {"even if nobody has a record of it",
   {.wanted = false, .where = nowhere, .local = holding::held},
   verdict::stop},
  {"its end is waited for",
   {.wanted = false, .where = here, .local = holding::stopping},
   verdict::keep},
  {"a record without a child is erased by its member",
   {.wanted = false, .where = here, .settled = true},
   verdict::erase},
  {"but not while the other half may be on its way",
   {.wanted = false, .where = here, .settled = false},
   verdict::keep},
  {"the record of a member that is gone is erased by who decides",
   {.wanted = false, .where = gone, .decides = true, .settled = true},
   verdict::erase},
  {"and by nobody else",
   {.wanted = false, .where = gone, .decides = false, .settled = true},
   verdict::keep},
  {"another member erases its record itself",
   {.wanted = false, .where = elsewhere, .decides = true, .settled = true},
   verdict::keep},
  {"a first start goes on: it makes the child wanted",
   {.wanted = false, .where = nowhere, .local = holding::fresh},
   verdict::keep},

  // -- placed here -----------------------------------------------------------
  {"what runs where it belongs stays",
   {.wanted = true, .where = here, .local = holding::held},
   verdict::keep},
  {"what is placed here and does not run is started",
   {.wanted = true, .where = here},
   verdict::start},
  {"whatever the ring says now",
   {.wanted = true, .where = here, .decides = false},
   verdict::start},
  {"a temporary child is never started again",
   {.wanted = true, .where = here, .temporary = true},
   verdict::drop},
  {"a copy with an old spec or token ends first",
   {.wanted = true, .where = here, .local = holding::held, .outdated = true},
   verdict::stop},
  {"a member that leaves stops its children",
   {.wanted = true, .where = here, .local = holding::held, .leaving = true},
   verdict::stop},
  {"and waits for their end",
   {.wanted = true, .where = here, .local = holding::stopping, .leaving = true},
   verdict::keep},
  {"and hands them over",
   {.wanted = true, .where = here, .leaving = true},
   verdict::hand_over},
  {"but temporary ones end with it",
   {.wanted = true, .where = here, .leaving = true, .temporary = true},
   verdict::drop},

  // -- placed elsewhere ------------------------------------------------------
  {"what runs elsewhere is not ours",
   {.wanted = true, .where = elsewhere, .decides = true},
   verdict::keep},
  {"a second copy is stopped",
   {.wanted = true,
    .where = elsewhere,
    .local = holding::held,
    .decides = true},
   verdict::stop},
  {"so is a first start that was too slow",
   {.wanted = true, .where = elsewhere, .local = holding::fresh},
   verdict::stop},

  // -- its member is gone ----------------------------------------------------
  {"who decides takes it over",
   {.wanted = true, .where = gone, .decides = true},
   verdict::take_over},
  {"the others do not",
   {.wanted = true, .where = gone, .decides = false},
   verdict::keep},
  {"a member that leaves takes nothing over",
   {.wanted = true, .where = gone, .decides = true, .leaving = true},
   verdict::keep},
  {"temporary children end with their member",
   {.wanted = true, .where = gone, .decides = true, .temporary = true},
   verdict::drop},
  {"who runs a copy says so",
   {.wanted = true, .where = gone, .local = holding::held},
   verdict::claim},
  {"unless the copy is outdated",
   {.wanted = true, .where = gone, .local = holding::held, .outdated = true},
   verdict::stop},

  // -- placed nowhere --------------------------------------------------------
  {"a child without a place gets one from who decides",
   {.wanted = true, .where = nowhere, .decides = true, .settled = true},
   verdict::take_over},
  {"but not while its place may be on its way",
   {.wanted = true, .where = nowhere, .decides = true, .settled = false},
   verdict::keep},
  {"and not by everybody",
   {.wanted = true, .where = nowhere, .decides = false, .settled = true},
   verdict::keep},
  {"who runs it says so at once",
   {.wanted = true, .where = nowhere, .local = holding::held},
   verdict::claim},
};

template <class F>
void for_each_situation(F f) {
  for (unsigned bits = 0; bits < 32; ++bits)
    for (auto where : {nowhere, here, elsewhere, gone})
      for (auto local :
           {holding::none, holding::fresh, holding::held, holding::stopping})
        for (bool wanted : {false, true})
          f(situation{wanted, where, local, (bits & 1) != 0, (bits & 2) != 0,
                      (bits & 4) != 0, (bits & 8) != 0, (bits & 16) != 0});
}

bool starts_something(verdict x) {
  return x == verdict::start || x == verdict::take_over;
}

} // namespace

BOOST_AUTO_TEST_SUITE(review_tests)

BOOST_AUTO_TEST_CASE(the_judge_decides_as_the_table_says) {
  for (const auto& x : rows)
    BOOST_TEST(to_string(judge(x.is)) == to_string(x.expected), x.what);
}

BOOST_AUTO_TEST_CASE(nothing_is_started_beside_a_local_copy) {
  for_each_situation([](const situation& x) {
    if (x.local != holding::none)
      BOOST_REQUIRE(!starts_something(judge(x)));
  });
}

BOOST_AUTO_TEST_CASE(nothing_unwanted_is_started_or_placed) {
  for_each_situation([](const situation& x) {
    auto y = judge(x);
    if (!x.wanted)
      BOOST_REQUIRE(
        (y == verdict::keep || y == verdict::stop || y == verdict::erase));
  });
}

BOOST_AUTO_TEST_CASE(a_wanted_child_is_dropped_only_if_it_is_temporary) {
  for_each_situation([](const situation& x) {
    if (judge(x) == verdict::drop)
      BOOST_REQUIRE((x.wanted && x.temporary));
  });
}

BOOST_AUTO_TEST_CASE(only_who_decides_takes_over) {
  for_each_situation([](const situation& x) {
    if (judge(x) == verdict::take_over)
      BOOST_REQUIRE((x.decides && !x.leaving && x.wanted && !x.temporary));
  });
}

BOOST_AUTO_TEST_CASE(a_member_that_leaves_starts_nothing) {
  for_each_situation([](const situation& x) {
    if (x.leaving)
      BOOST_REQUIRE(!starts_something(judge(x)));
  });
}

BOOST_AUTO_TEST_SUITE_END()
