// SPDX-License-Identifier: MIT
//
// Starts and stops of children as their processes see them, and messages to
// children by id.

#include <boost/test/unit_test.hpp>

#include "horde/actors/supervisor_engine.hpp"
#include "horde/actors/typed_child.hpp"
#include "support/caf_cluster.hpp"

using namespace horde;
using namespace horde::test;
using namespace std::chrono_literals;
using scheduling::child_state;

namespace {

/// What the children of a test have been through.
struct diary {
  std::vector<int> heard;
  std::vector<std::string> asked_to_end; ///< the reasons
  std::vector<std::string> ended;
  bool stays = false; ///< when it is asked to end
  caf::error is_ready{};
  bool is_silent = false; ///< when it is asked whether it is ready
};

using diary_ptr = std::shared_ptr<diary>;

caf::behavior echo(caf::event_based_actor* self, diary_ptr book) {
  return with_exit(
    self,
    [=](const caf::exit_msg& x) {
      book->asked_to_end.push_back(render(x.reason));
      if (!book->stays)
        self->quit(x.reason);
    },
    caf::message_handler{
      [=](int x) {
        book->heard.push_back(x);
        return x;
      },
      [=](const std::string&) { self->quit(passive()); },
      [=](report_ready) -> caf::result<void> {
        if (book->is_silent) {
          auto late = self->make_response_promise<void>();
          return caf::delegated<void>{};
        }
        if (book->is_ready)
          return book->is_ready;
        return {};
      },
    });
}

struct fixture {
  caf_cluster c{3};
  diary_ptr book = std::make_shared<diary>();
  caf::actor child;       ///< the last one
  bool is_broken = false; ///< no other one starts

  fixture() {
    c.types["echo"] = [this](const child_start& x) -> child_outcome {
      if (is_broken)
        return caf::make_error(errc::refused, "it is broken");
      child = x.sys.spawn(echo, book);
      on_end(caf::actor_cast<caf::strong_actor_ptr>(child),
             [book = book](const caf::error& why) {
               book->ended.push_back(render(why));
             });
      return child_runs{child, caf::make_message(std::string{"hi"})};
    };
    c.types["dead"] = [](const child_start& x) -> child_outcome {
      auto result = spawn_idler(x.sys);
      caf::anon_send_exit(result, caf::exit_reason::kill);
      return child_runs{result, {}};
    };
    c.types["refuses"] = [](const child_start&) -> child_outcome {
      return caf::make_error(errc::refused, "not on a Sunday");
    };
    c.types["nothing"] = [](const child_start&) -> child_outcome {
      return child_runs{};
    };
    c.types["throws"] = [](const child_start&) -> child_outcome { throw 7; };
    c.types["typed"] =
      actors::make_child_factory([](caf::event_based_actor*, int) {
        return caf::behavior{[](int x) { return x; }};
      });
    c.introduce_all();
    settle();
  }

  ~fixture() {
    book->stays = false;
    child = nullptr;
    c.stop();
  }

  void settle(int times = 5) {
    for (int i = 0; i < times; ++i) {
      c.quiet.run();
      c.quiet.advance(10ms);
    }
  }

  caf::expected<child_started> start(child_spec spec) {
    caf::expected<child_started> result{errc::none};
    c[0].workers->start_child(std::move(spec), [&](auto x) { result = x; });
    settle();
    return result;
  }

  /// Nothing: it is not answered yet.
  std::shared_ptr<std::optional<errc>> terminate(const std::string& id) {
    auto result = std::make_shared<std::optional<errc>>();
    c[1].workers->terminate_child(id, {}, [result](auto x) {
      *result = x ? errc::none : code_of(x.error());
    });
    settle();
    return result;
  }

  std::size_t place_of(const std::string& id) {
    for (std::size_t i = 0; i < c.size(); ++i)
      for (const auto& x : c[i].workers->which_children().children)
        if (x.id == id && x.pid.node == c[i].context->self.life)
          return i;
    return c.size();
  }

  scheduling::child_info info(const std::string& id) {
    for (const auto& x : c[0].workers->which_children().children)
      if (x.id == id)
        return x;
    return {};
  }

  /// The answer to `x`, or an error.
  caf::expected<int> ask(std::size_t on, const std::string& id, int x) {
    caf::expected<int> result{errc::none};
    auto asker = c.quiet.sys().spawn(
      [&, to = c[on].workers_actor](caf::event_based_actor* self) {
        horde::ask(self, to, 60s, ask_child{id, caf::make_message(x)})
          .then([&](int y) { result = y; },
                [&](const caf::error& why) { result = why; });
      });
    settle(20);
    return result;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(child_lives, fixture)

// -- starts ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(what_the_factory_told_comes_to_the_caller) {
  auto x = start({.id = "a", .type = "echo"});
  BOOST_REQUIRE(x);
  auto told = decode_value(c.quiet.sys(), x->info);
  BOOST_TEST(std::get<caf::message>(told).get_as<std::string>(0) == "hi");
}

BOOST_AUTO_TEST_CASE(what_factories_may_do_wrong_is_named) {
  auto problem = [&](const char* type) {
    auto x = start({.type = type});
    return x ? std::string{"no problem"} : render(x.error());
  };
  auto has = [](const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
  };
  BOOST_TEST(has(problem("refuses"), "not on a Sunday"));
  BOOST_TEST(has(problem("nothing"), "the factory gave no actor"));
  BOOST_TEST(has(problem("throws"), "the factory of 'throws' threw"));
  BOOST_TEST(has(problem("typed"), "does not take the arguments"));
  BOOST_TEST(c[0].workers->count_children().specs == 0u);
}

BOOST_AUTO_TEST_CASE(a_typed_child_takes_its_arguments) {
  auto args = caf::make_message(7);
  BOOST_TEST(bool(start({.id = "a", .type = "typed", .args = args})));
  auto answer = ask(0, "a", 8);
  BOOST_REQUIRE(answer);
  BOOST_TEST(*answer == 8);
}

BOOST_AUTO_TEST_CASE(a_child_that_is_dead_at_once_goes_into_quarantine) {
  BOOST_TEST(bool(start({.id = "a", .type = "dead"})));
  settle(20);
  BOOST_TEST((info("a").state == child_state::quarantined));
  BOOST_TEST(info("a").crashes > 3u);
}

// -- ready -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_child_counts_once_it_is_ready) {
  BOOST_TEST(bool(start({.id = "a", .type = "echo", .ready = true})));
  BOOST_TEST((info("a").state == child_state::running));
  BOOST_TEST(*ask(1, "a", 1) == 1);
}

BOOST_AUTO_TEST_CASE(a_child_that_is_not_ready_is_ended) {
  book->is_ready = caf::make_error(errc::refused, "no fuel");
  auto x = start({.id = "a", .type = "echo", .ready = true});
  BOOST_REQUIRE(!x);
  BOOST_TEST((code_of(x.error()) == errc::start_failed));
  BOOST_TEST(render(x.error()).find("no fuel") != std::string::npos);
  BOOST_TEST(book->ended.size() == 1u);
  BOOST_TEST(c[0].workers->count_children().specs == 0u);
}

BOOST_AUTO_TEST_CASE(a_child_that_ends_before_it_is_ready_has_not_started) {
  book->is_silent = true;
  caf::expected<child_started> result{errc::none};
  c[0].workers->start_child({.id = "a", .type = "echo", .ready = true},
                            [&](auto x) { result = x; });
  settle();
  BOOST_TEST((code_of(result.error()) == errc::none)); // it is waited for
  caf::anon_send_exit(child, caf::exit_reason::kill);
  settle();
  BOOST_TEST((code_of(result.error()) == errc::start_failed));
  BOOST_TEST(render(result.error()).find("before it was ready")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_child_that_is_never_ready_is_killed_in_time) {
  book->is_silent = true;
  book->stays = true;
  caf::expected<child_started> result{errc::none};
  c[0].workers->start_child(
    {.id = "a", .type = "echo", .start_timeout = 2s, .ready = true},
    [&](auto x) { result = x; });
  settle();
  c.quiet.advance(1900ms);
  BOOST_TEST(book->ended.empty());
  c.quiet.advance(200ms);
  settle();
  BOOST_TEST(!result);
  BOOST_TEST(book->ended.size() == 1u);
  book->is_silent = false; // the next one is not held up by it
  BOOST_TEST(bool(start({.id = "a", .type = "echo", .ready = true})));
}

// -- stops -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_brutal_kill_asks_nobody) {
  book->stays = true;
  start(
    {.id = "a", .type = "echo", .shutdown = {shutdown_kind::brutal_kill, {}}});
  auto done = terminate("a");
  BOOST_TEST((*done == errc::none));
  BOOST_TEST(book->asked_to_end.empty());
  BOOST_TEST(book->ended.size() == 1u);
}

BOOST_AUTO_TEST_CASE(who_does_not_end_in_its_time_is_killed) {
  book->stays = true;
  start({.id = "a", .type = "echo", .shutdown = {shutdown_kind::timed, 3s}});
  auto done = terminate("a");
  BOOST_TEST(book->asked_to_end.size() == 1u);
  c.quiet.advance(2800ms);
  settle();
  BOOST_TEST(!done->has_value());
  BOOST_TEST(book->ended.empty());
  c.quiet.advance(300ms);
  settle();
  BOOST_TEST((*done == errc::none));
  BOOST_TEST(book->ended.size() == 1u);
}

BOOST_AUTO_TEST_CASE(infinity_waits_for_the_child) {
  book->stays = true;
  start({.id = "a", .type = "echo", .shutdown = {shutdown_kind::infinity, {}}});
  auto done = terminate("a");
  for (int i = 0; i < 100; ++i)
    c.quiet.advance(1min);
  BOOST_TEST(book->ended.empty());
  book->stays = false;
  caf::anon_send_exit(child, caf::exit_reason::user_shutdown);
  settle(50);
  BOOST_TEST(book->ended.size() == 1u);
  BOOST_TEST(c[0].workers->count_children().specs == 0u);
}

// -- messages by id ----------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_child_is_sent_to_by_its_id_from_anywhere) {
  start({.id = "a", .type = "echo"});
  for (std::size_t i = 0; i < c.size(); ++i) {
    auto x = static_cast<int>(i);
    BOOST_TEST(bool(c[i].workers->send(nullptr, "a", caf::make_message(x))));
    BOOST_TEST(*ask(i, "a", 10 + x) == 10 + x);
  }
  BOOST_TEST((book->heard == std::vector{0, 10, 1, 11, 2, 12}));
}

BOOST_AUTO_TEST_CASE(nobody_is_sent_to_who_is_not_there) {
  auto sent = c[0].workers->send(nullptr, "a", caf::make_message(1));
  BOOST_TEST((code_of(sent.error()) == errc::not_found));
  BOOST_TEST((code_of(ask(0, "a", 1).error()) == errc::not_found));
}

/// What waits comes first.
BOOST_AUTO_TEST_CASE(a_passive_child_is_started_by_a_message) {
  start({.id = "a", .type = "echo"});
  anon_tell(child, std::string{"rest"});
  settle();
  BOOST_REQUIRE((info("a").state == child_state::passive));
  for (std::size_t i = 0; i < c.size(); ++i)
    for (int x = 0; x < 5; ++x) {
      auto sent = c[i].workers->send(
        nullptr, "a", caf::make_message(static_cast<int>(10 * i) + x));
      BOOST_TEST(bool(sent));
      c.quiet.step();
    }
  settle(20);
  BOOST_TEST((info("a").state == child_state::running));
  BOOST_TEST(book->heard.size() == 15u);
  for (int i = 0; i < 3; ++i) { // those of one sender in order
    std::vector<int> from;
    for (auto x : book->heard)
      if (x / 10 == i)
        from.push_back(x % 10);
    BOOST_TEST((from == std::vector{0, 1, 2, 3, 4}));
  }
  anon_tell(child, std::string{"rest"});
  settle();
  BOOST_TEST(*ask(1, "a", 77) == 77);
}

BOOST_AUTO_TEST_CASE(who_waits_for_a_child_that_does_not_come_is_told) {
  start({.id = "a", .type = "echo"});
  anon_tell(child, std::string{"rest"});
  settle();
  is_broken = true;
  auto reply = std::make_shared<std::optional<caf::error>>();
  c.quiet.sys().spawn(
    [to = c[0].workers_actor, reply](caf::event_based_actor* self) {
      horde::ask(self, to, 60s, ask_child{"a", caf::make_message(1)})
        .then([=](int) { *reply = caf::error{}; },
              [=](const caf::error& why) { *reply = why; });
    });
  settle();
  BOOST_TEST(!reply->has_value()); // it is tried again
  for (int i = 0; i < 50; ++i)
    c.quiet.advance(1s);
  BOOST_REQUIRE(reply->has_value());
  BOOST_TEST((code_of(**reply) == errc::timeout));
}

BOOST_AUTO_TEST_CASE(a_child_elsewhere_is_not_sent_what_cannot_travel) {
  start({.id = "a", .type = "echo"});
  auto other = (place_of("a") + 1) % c.size();
  auto huge = caf::make_message(std::string(9 * 1024 * 1024, 'x'));
  auto sent = c[other].workers->send(nullptr, "a", huge);
  BOOST_REQUIRE(!sent);
  BOOST_TEST((code_of(sent.error()) == errc::too_large));
}

BOOST_AUTO_TEST_SUITE_END()
