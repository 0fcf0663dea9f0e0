// SPDX-License-Identifier: MIT
//
// The main function of each test program.

#define BOOST_TEST_MODULE horde
#include <boost/test/unit_test.hpp>
