// SPDX-License-Identifier: MIT
//
// One message of each kind that members send about locks.

#pragma once

#include <vector>

#include "horde/naming/lock_messages.hpp"

namespace horde::test {

inline std::vector<naming::lock_message> one_of_each() {
  using namespace naming;
  using namespace std::chrono_literals;
  return {lock::ask{1, "key", 2, 3},
          lock::promise{1, 2, 3},
          lock::wanted{2},
          lock::yield{"key", 2},
          lock::take{1, "key", 2, 3, 4s},
          lock::renew{1, "key", 2, 3, 4, 5s},
          lock::accepted{1, 2, 3, {{4, replica_id{5}}}},
          lock::refused{2},
          lock::drop{"key", 2},
          lock::inquiry{1, 2, true},
          lock::report{1,
                       2,
                       true,
                       {{{{"names", "a"}, {"names", "b"}}, true},
                        {{{"names", "c"}}, false, true}},
                       3,
                       {{"key", replica_id{4}, 5, 6, 7s}},
                       8s}};
}

} // namespace horde::test
