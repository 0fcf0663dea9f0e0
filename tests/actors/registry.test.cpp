// SPDX-License-Identifier: MIT

#include "horde/actors/registry_engine.hpp"

#include <boost/test/unit_test.hpp>

#include "horde/actors/entry.hpp"
#include "support/caf_cluster.hpp"

using namespace horde;
using namespace horde::test;

namespace {

caf::strong_actor_ptr ptr(const caf::actor& x) {
  return caf::actor_cast<caf::strong_actor_ptr>(x);
}

errc code(const caf::expected<void>& x) {
  return x ? errc::none : code_of(x.error());
}

struct fixture {
  caf_cluster c{3};
  caf::scoped_actor self{c.quiet.sys()};
  caf::actor a = spawn_idler(c.quiet.sys());
  caf::actor b = spawn_idler(c.quiet.sys());

  ~fixture() {
    for (const auto& x : {a, b})
      caf::anon_send_exit(x, caf::exit_reason::kill);
    c.quiet.run();
  }

  bool sees(std::size_t i, const std::string& name) {
    return c[i].names->view().lookup(name).has_value();
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(registry_members, fixture)

BOOST_AUTO_TEST_CASE(a_name_is_seen_at_once_here_and_soon_everywhere) {
  c.introduce_all();
  BOOST_TEST((code(c[0].names->register_name(ptr(a), "x", {})) == errc::none));
  BOOST_TEST(sees(0, "x"));
  BOOST_TEST(!sees(1, "x"));
  c.quiet.run();
  BOOST_TEST(sees(1, "x"));
  BOOST_TEST(sees(2, "x"));
  BOOST_TEST(c[2].names->view().count() == 1u);
}

BOOST_AUTO_TEST_CASE(a_taken_name_is_refused_with_its_owner) {
  c.introduce_all();
  std::ignore = c[0].names->register_name(ptr(a), "x", {});
  c.quiet.run();
  auto again = c[1].names->register_name(ptr(b), "x", {});
  BOOST_TEST((code(again) == errc::already_registered));
  BOOST_TEST((code(c[0].names->register_name(ptr(a), "x", {}))
              == errc::already_registered));
}

BOOST_AUTO_TEST_CASE(the_names_of_a_process_that_ends_go_everywhere) {
  c.introduce_all();
  std::ignore = c[0].names->register_name(ptr(a), "x", {});
  std::ignore = c[0].names->register_name(ptr(a), "y", {});
  std::ignore = c[0].names->register_name(ptr(b), "z", {});
  c.quiet.run();
  caf::anon_send_exit(a, caf::exit_reason::user_shutdown);
  c.quiet.run();
  for (std::size_t i = 0; i < c.size(); ++i) {
    BOOST_TEST(!sees(i, "x"));
    BOOST_TEST(!sees(i, "y"));
    BOOST_TEST(sees(i, "z"));
  }
}

BOOST_AUTO_TEST_CASE(who_ended_is_not_found_while_its_names_are_released) {
  c.introduce_all();
  auto name = [](int i) { return "name " + std::to_string(i); };
  for (int i = 0; i < 1000; ++i)
    std::ignore = c[0].names->register_name(ptr(a), name(i), {});
  c.quiet.run();
  auto has_ended = false;
  on_end(ptr(a), [&](const caf::error&) { has_ended = true; });
  caf::anon_send_exit(a, caf::exit_reason::user_shutdown);
  while (!has_ended)
    BOOST_REQUIRE(c.quiet.step());
  BOOST_TEST(c[0].names->status().local_names > 900u);
  for (int i = 0; i < 1000; ++i)
    BOOST_TEST(!sees(0, name(i)));
  // Its names are free.
  BOOST_TEST(
    (code(c[0].names->register_name(ptr(b), name(999), {})) == errc::none));
  c.quiet.run();
  for (std::size_t i = 0; i < c.size(); ++i) {
    BOOST_TEST(c[i].names->view().count() == 1u);
    BOOST_TEST(sees(i, name(999)));
  }
}

BOOST_AUTO_TEST_CASE(a_process_that_ended_before_keeps_no_name) {
  caf::anon_send_exit(a, caf::exit_reason::user_shutdown);
  c.quiet.run();
  std::ignore = c[0].names->register_name(ptr(a), "x", {});
  c.quiet.run();
  BOOST_TEST(!sees(0, "x"));
  BOOST_TEST((code(c[0].names->register_name(ptr(b), "x", {})) == errc::none));
}

BOOST_AUTO_TEST_CASE(of_two_owners_that_meet_the_earlier_is_told_and_ends) {
  std::ignore = c[0].names->register_name(ptr(a), "x", {});
  c.quiet.advance(std::chrono::seconds{1});
  std::ignore = c[1].names->register_name(ptr(b), "x", {});
  std::string reason;
  on_end(ptr(a), [&](const caf::error& x) { reason = render(x); });
  c.introduce_all();
  c.quiet.advance(std::chrono::seconds{1});
  BOOST_TEST(reason.find("name_conflict") != std::string::npos, reason);
  for (std::size_t i = 0; i < c.size(); ++i) {
    auto found = c[i].names->view().owner_of("x");
    BOOST_REQUIRE(found);
    BOOST_TEST(found->first.actor == b->id());
  }
}

BOOST_AUTO_TEST_CASE(a_message_to_a_name_keeps_its_sender) {
  c.introduce_all();
  std::ignore = c[0].names->register_name(ptr(self), "me", {});
  c.quiet.run();
  BOOST_TEST((code(c[2].names->send(ptr(a), "me",
                                    caf::make_message(std::string{"hello"})))
              == errc::none));
  c.quiet.run();
  bool from_a = false;
  self->receive(
    [&](const std::string&) { from_a = self->current_sender() == a; },
    caf::after(std::chrono::seconds{0}) >> [] {});
  BOOST_TEST(from_a);
  BOOST_TEST(
    (code(c[2].names->send(nullptr, "nobody", {})) == errc::not_found));
}

BOOST_AUTO_TEST_CASE(the_names_of_a_node_that_is_down_are_hidden_and_free) {
  c.introduce_all();
  std::ignore = c[2].names->register_name(ptr(a), "x", {});
  c.quiet.run();
  c.kill(2);
  BOOST_TEST(!sees(0, "x"));
  BOOST_TEST(c[0].names->view().count() == 0u);
  BOOST_TEST((code(c[0].names->register_name(ptr(b), "x", {})) == errc::none));
  c.quiet.run();
  BOOST_TEST(sees(1, "x"));
}

BOOST_AUTO_TEST_CASE(
  values_that_are_too_large_and_names_that_are_empty_are_refused) {
  BOOST_TEST(
    (code(c[0].names->register_name(ptr(a), "", {})) == errc::too_large));
  auto large = caf::make_message(std::string(200 * 1024, 'x'));
  BOOST_TEST(
    (code(c[0].names->register_name(ptr(a), "x", large)) == errc::too_large));
  BOOST_TEST(!sees(0, "x"));
}

BOOST_AUTO_TEST_CASE(messages_do_what_the_functions_do) {
  c.introduce_all();
  auto to = c[0].names_actor;
  auto registered = ask(self, to, std::chrono::seconds{1},
                        register_self{"me", caf::make_message(7)});
  c.quiet.run();
  auto ok = false;
  std::move(registered).receive([&] { ok = true; }, [](const caf::error&) {});
  BOOST_TEST(ok);
  auto found =
    ask(self, c[1].names_actor, std::chrono::seconds{1}, lookup_name{"me"});
  c.quiet.run();
  horde::pid who;
  std::move(found).receive([&](const registration& x) { who = x.who; },
                           [](const caf::error&) {});
  BOOST_TEST(who.actor == self->id());
}

// Nothing runs here but the sender.
BOOST_AUTO_TEST_CASE(messages_about_names_are_answered_at_once_and_in_order) {
  auto to = c[0].names_actor;
  auto answer = [](auto asked) {
    auto result = errc::timeout;
    std::move(asked).receive([&] { result = errc::none; },
                             [&](const caf::error& x) { result = code_of(x); });
    return result;
  };
  auto request = [&](auto what) {
    return ask(self, to, std::chrono::seconds{0}, std::move(what));
  };
  BOOST_TEST((answer(request(register_self{"me", {}})) == errc::none));
  BOOST_TEST(
    (answer(request(register_self{"me", {}})) == errc::already_registered));
  tell(self, to, send_to_name{"me", caf::make_message(7)});
  tell(self, to, unregister_self{"me"});
  BOOST_TEST((answer(request(send_to_name{"me", caf::make_message(8)}))
              == errc::not_found));
  tell(self, to, register_self{"me", {}});
  std::vector<int> got;
  self->receive([&](int x) { got.push_back(x); },
                caf::after(std::chrono::seconds{0}) >> [] {});
  BOOST_TEST(got == std::vector{7}, boost::test_tools::per_element());
  BOOST_TEST(sees(0, "me"));
  // What is only sent is answered by errors only.
  self->receive([&](const caf::message&) { BOOST_ERROR("an answer"); },
                caf::after(std::chrono::seconds{0}) >> [] {});
  tell(self, to, register_self{"me", {}});
  auto problem = errc::none;
  self->receive([&](const caf::error& x) { problem = code_of(x); },
                caf::after(std::chrono::seconds{0}) >> [] {});
  BOOST_TEST((problem == errc::already_registered));
}

BOOST_AUTO_TEST_CASE(the_age_of_the_last_contact_is_told_of_each_owner) {
  c.introduce_all();
  std::ignore = c[0].names->register_name(ptr(a), "x", {});
  c.quiet.run();
  auto age_at = [&](std::size_t i, const std::string& name) {
    auto asked = ask(self, c[i].names_actor, std::chrono::seconds{1},
                     get_last_contact{name});
    c.quiet.run();
    caf::expected<duration> result{caf::error{}};
    std::move(asked).receive([&](const contact_age& x) { result = x.age; },
                             [&](caf::error& x) { result = std::move(x); });
    return result;
  };
  BOOST_TEST((age_at(0, "x") == duration{0}));
  // Others told of it before its node was heard of.
  BOOST_TEST((code_of(age_at(1, "x").error()) == errc::node_down));
  auto& here = *c[1].context;
  here.contacts.note(c[0].context->self.life, here.time.now().wall);
  BOOST_TEST((age_at(1, "x") == duration{0}));
  c.quiet.advance(std::chrono::seconds{3});
  BOOST_TEST((age_at(1, "x") == std::chrono::seconds{3}));
  BOOST_TEST((*c[1].names->last_contact("x") == std::chrono::seconds{3}));
  BOOST_TEST((age_at(0, "x") == duration{0}));
  BOOST_TEST((code_of(age_at(1, "nobody").error()) == errc::not_found));
}

BOOST_AUTO_TEST_CASE(values_are_updated_by_message_and_by_their_owner_only) {
  c.introduce_all();
  auto to = c[0].names_actor;
  std::ignore =
    c[0].names->register_name(ptr(self), "me", caf::make_message(7));
  std::ignore = c[0].names->register_name(ptr(a), "other", {});
  auto change = [&](const std::string& name, errc& code) {
    auto asked = ask(self, to, std::chrono::seconds{1},
                     update_self{name, caf::make_message(8)});
    c.quiet.run();
    value_change result;
    std::move(asked).receive([&](value_change& x) { result = std::move(x); },
                             [&](const caf::error& x) { code = code_of(x); });
    return result;
  };
  auto problem = errc::none;
  auto done = change("me", problem);
  BOOST_TEST((problem == errc::none));
  BOOST_TEST(done.former.get_as<int>(0) == 7);
  BOOST_TEST(done.now.get_as<int>(0) == 8);
  auto found = c[2].names->view().lookup("me");
  BOOST_REQUIRE(found.has_value());
  auto value = value_of(c.quiet.sys(), found->value);
  BOOST_REQUIRE(bool{value});
  BOOST_TEST(value->get_as<int>(0) == 8);
  change("other", problem);
  BOOST_TEST((problem == errc::not_owner));
}

BOOST_AUTO_TEST_CASE(meta_data_are_written_by_message_and_read_on_each_node) {
  c.introduce_all();
  auto request = [&](std::size_t i, auto what) {
    auto asked =
      ask(self, c[i].names_actor, std::chrono::seconds{1}, std::move(what));
    c.quiet.run();
    return asked;
  };
  auto code = errc::none;
  auto note = [&](const caf::error& x) { code = code_of(x); };
  request(0, put_meta{"colour", caf::make_message(std::string{"red"})})
    .receive([] {}, note);
  BOOST_TEST((code == errc::none));
  std::string seen;
  request(2, get_meta{"colour"})
    .receive(
      [&](const meta_value& x) { seen = x.value.get_as<std::string>(0); },
      note);
  BOOST_TEST(seen == "red");
  request(1, put_meta{"size", caf::make_message(7)}).receive([] {}, note);
  auto list = [&](list_meta what) {
    meta_list result;
    request(2, what).receive([&](meta_list& x) { result = std::move(x); },
                             note);
    return result;
  };
  BOOST_TEST(list({}).entries.size() == 2u);
  BOOST_TEST(list({}).is_all);
  auto some = list({1, {}});
  BOOST_REQUIRE(some.entries.size() == 1u);
  BOOST_TEST(some.entries[0].key == "colour");
  BOOST_TEST(!some.is_all);
  some = list({1, "d"});
  BOOST_REQUIRE(some.entries.size() == 1u);
  BOOST_TEST(some.entries[0].key == "size");
  BOOST_TEST(value_of(c.quiet.sys(), some.entries[0].value)->get_as<int>(0)
             == 7);
  BOOST_TEST(some.is_all);
  request(1, delete_meta{"colour"}).receive([] {}, note);
  BOOST_TEST((code == errc::none));
  request(0, get_meta{"colour"}).receive([](const meta_value&) {}, note);
  BOOST_TEST((code == errc::not_found));
}

BOOST_AUTO_TEST_CASE(a_process_of_another_node_answers_requests_to_its_name) {
  c.introduce_all();
  auto doubler = c.quiet.sys().spawn([](caf::event_based_actor*) {
    return caf::behavior{[](int x) { return 2 * x; }};
  });
  std::ignore = c[0].names->register_name(ptr(doubler), "doubler", {});
  c.quiet.run();
  auto code = errc::none;
  auto has_failed = false;
  auto note = [&](const caf::error& x) {
    code = code_of(x);
    has_failed = true;
  };
  auto request = [&](std::size_t i, const std::string& name) {
    auto asked = ask(self, c[i].names_actor, std::chrono::seconds{1},
                     ask_name{name, caf::make_message(21)});
    c.quiet.run();
    int result = 0;
    std::move(asked).receive([&](int x) { result = x; }, note);
    return result;
  };
  BOOST_TEST(request(0, "doubler") == 42);
  BOOST_TEST(request(2, "doubler") == 42);
  request(2, "nobody");
  BOOST_TEST((code == errc::not_found));
  // It has ended, and the asking node does not know yet.
  caf::anon_send_exit(doubler, caf::exit_reason::user_shutdown);
  has_failed = false;
  request(2, "doubler");
  BOOST_TEST(has_failed);
}

BOOST_AUTO_TEST_SUITE_END()
