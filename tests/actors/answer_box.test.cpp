// SPDX-License-Identifier: MIT

#include "horde/actors/answer_box.hpp"

#include <latch>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "support/caf_cluster.hpp"

using namespace horde;
using namespace horde::test;
using namespace std::chrono_literals;

namespace {

using answer_fn = std::function<void(caf::expected<std::string>)>;

/// An actor that answers a text when the test says so.
struct a_patient_actor {
  quiet_system quiet;
  answer_fn answer;
  caf::actor actor;

  a_patient_actor() {
    actor = quiet.sys().spawn([this](caf::event_based_actor* self) {
      auto box =
        std::make_shared<actors::answer_box>(caf::actor_cast<caf::actor>(self));
      return caf::behavior{
        [=, this](const std::string&) -> caf::result<std::string> {
          answer = box->answer_later<std::string>(self);
          return caf::delegated<std::string>{};
        },
        [=](actors::look_inside) {
          for (auto& f : box->take())
            f();
        }};
    });
  }

  ~a_patient_actor() {
    answer = nullptr;
    caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
    quiet.run();
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(answer_box, a_patient_actor)

BOOST_AUTO_TEST_CASE(answers_may_be_handed_round_by_threads) {
  caf::scoped_actor self{quiet.sys()};
  for (int round = 0; round < 20; ++round) {
    auto sent = ask(self, actor, 1s, std::string{"a question"});
    quiet.run();
    BOOST_REQUIRE(answer);
    std::latch both{2};
    auto copy = [&both, mine = answer] {
      both.arrive_and_wait();
      for (int i = 0; i < 50'000; ++i)
        answer_fn other{mine};
    };
    std::thread one{copy};
    std::thread two{copy};
    one.join();
    two.join();
    answer(std::string{"an answer"});
    answer = nullptr;
    quiet.run();
    std::string got;
    std::move(sent).receive(
      [&](std::string& x) { got = std::move(x); },
      [](const caf::error& x) { BOOST_ERROR(render(x)); });
    BOOST_TEST(got == "an answer");
  }
}

BOOST_AUTO_TEST_CASE(errors_are_answers_too) {
  caf::scoped_actor self{quiet.sys()};
  auto sent = ask(self, actor, 1s, std::string{"a question"});
  quiet.run();
  answer(to_error({errc::refused, "not now"}));
  quiet.run();
  caf::error got;
  std::move(sent).receive([](const std::string&) {},
                          [&](const caf::error& x) { got = x; });
  BOOST_TEST((code_of(got) == errc::refused));
}

BOOST_AUTO_TEST_SUITE_END()
