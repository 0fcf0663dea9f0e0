// SPDX-License-Identifier: MIT

#include "horde/formation/address_book.hpp"

#include <boost/test/unit_test.hpp>

using namespace horde;
using horde::formation::address_book;

namespace {

const endpoint x{"x", 1}, y{"y", 1};
using names = std::set<std::string>;

} // namespace

BOOST_AUTO_TEST_SUITE(address_book_tests)

BOOST_AUTO_TEST_CASE(an_address_is_gone_when_nobody_names_it) {
  address_book book;
  book.add("dns", x);
  book.add("file", x);
  book.add("file", x);
  book.add("file", y);
  BOOST_TEST((book.topologies_of(x) == names{"dns", "file"}));
  BOOST_TEST(!book.remove("file", x));
  BOOST_TEST(!book.remove("file", x)); // again
  BOOST_TEST(!book.remove("other", x));
  BOOST_TEST(book.remove("dns", x));
  BOOST_TEST(!book.remove("dns", x));
  BOOST_TEST((book.topologies_of(x) == names{}));
  BOOST_TEST((book.topologies_of(y) == names{"file"}));
}

BOOST_AUTO_TEST_CASE(what_somebody_else_suggests_is_never_gone) {
  address_book book;
  book.add("dns", x);
  book.pin(x);
  BOOST_TEST((book.topologies_of(x) == names{"dns"}));
  BOOST_TEST(!book.remove("dns", x));
  BOOST_TEST((book.topologies_of(x) == names{}));
}

BOOST_AUTO_TEST_SUITE_END()
