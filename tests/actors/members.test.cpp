// SPDX-License-Identifier: MIT
//
// The three ways of setting members, through messages to the members' actors.

#include <boost/test/unit_test.hpp>

#include "support/caf_cluster.hpp"

using namespace horde;
using namespace horde::test;

namespace {

std::vector<std::string> names_of(const member_list& x) {
  std::vector<std::string> result;
  for (const auto& y : x.members)
    result.push_back(to_string(y.who));
  return result;
}

errc set(caf_cluster& c, std::size_t on, members list) {
  caf::scoped_actor self{c.quiet.sys()};
  auto answer = ask(self, c[on].names_actor, std::chrono::seconds{1},
                    set_members{std::move(list)});
  c.quiet.run();
  auto code = errc::none;
  std::move(answer).receive([] {},
                            [&](const caf::error& x) { code = code_of(x); });
  return code;
}

const std::vector<std::string> all{"names@n0", "names@n1", "names@n2"};

} // namespace

BOOST_AUTO_TEST_SUITE(setting_members)

BOOST_AUTO_TEST_CASE(automatic_members_find_each_other) {
  caf_cluster c{3};
  c.introduce_all();
  for (std::size_t i = 0; i < 3; ++i)
    BOOST_TEST(names_of(c[i].names->members()) == all,
               boost::test_tools::per_element());
}

// CAF answers messages that an actor does not know, as those of a peer of
// another version may be, with an error.
BOOST_AUTO_TEST_CASE(an_error_as_a_message_ends_no_member) {
  caf_cluster c{2};
  for (std::size_t i = 0; i < 2; ++i)
    for (const auto& x : {c[i].names_actor, c[i].workers_actor})
      deliver(nullptr, caf::actor_cast<caf::strong_actor_ptr>(x),
              caf::make_message(caf::make_error(caf::sec::unexpected_message)));
  c.introduce_all();
  BOOST_TEST(names_of(c[0].names->members()).size() == 2u);
  BOOST_TEST(c[1].workers->members().members.size() == 2u);
}

BOOST_AUTO_TEST_CASE(users_cannot_set_automatic_members) {
  caf_cluster c{2};
  c.introduce_all();
  BOOST_TEST((set(c, 0, {}) == errc::bad_option));
}

BOOST_AUTO_TEST_CASE(dynamic_members_set_on_one_reach_all_also_the_removed) {
  caf_cluster c{3, member_mode::dynamic};
  c.introduce_all();
  BOOST_TEST((set(c, 1, {{"names", "n0"}, {"names", "n1"}, {"names", "n2"}})
              == errc::none));
  for (std::size_t i = 0; i < 3; ++i)
    BOOST_TEST(names_of(c[i].names->members()) == all,
               boost::test_tools::per_element());
  BOOST_TEST((set(c, 0, {{"names", "n0"}}) == errc::none));
  for (std::size_t i = 0; i < 3; ++i)
    BOOST_TEST(c[i].names->members().members.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_removed_member_releases_its_names) {
  caf_cluster c{2, member_mode::dynamic};
  c.introduce_all();
  set(c, 0, {{"names", "n0"}, {"names", "n1"}});
  auto a = spawn_idler(c.quiet.sys());
  auto who = caf::actor_cast<caf::strong_actor_ptr>(a);
  BOOST_TEST(bool(c[1].names->register_name(who, "x", {})));
  c.quiet.run();
  set(c, 0, {{"names", "n0"}});
  BOOST_TEST(!c[0].names->view().lookup("x"));
  auto refused = c[1].names->register_name(who, "y", {});
  BOOST_REQUIRE(!refused);
  BOOST_TEST((code_of(refused.error()) == errc::not_a_member));
  caf::anon_send_exit(a, caf::exit_reason::kill);
}

// -- who is removed, and who is refused ---------------------------------------

const std::vector<std::string> two{"names@n0", "names@n1"};

BOOST_AUTO_TEST_CASE(an_automatic_member_that_is_lost_for_long_is_removed) {
  using namespace std::chrono_literals;
  caf_cluster c{3};
  c.introduce_all();
  c.cut_off(2);
  for (int i = 0; i < 5; ++i)
    c.quiet.advance(10min);
  BOOST_TEST(names_of(c[0].names->members()) == all,
             boost::test_tools::per_element());
  BOOST_TEST((c[0].names->members().members[2].status == member_status::dead));
  for (int i = 0; i < 5; ++i)
    c.quiet.advance(10min);
  for (std::size_t i : {0, 1}) {
    BOOST_TEST(names_of(c[i].names->members()) == two,
               boost::test_tools::per_element());
    BOOST_TEST(c[i].workers->members().members.size() == 2u);
  }
  c.reconnect(2);
  c.quiet.advance(1s);
  for (std::size_t i = 0; i < 3; ++i) {
    BOOST_TEST(names_of(c[i].names->members()) == all,
               boost::test_tools::per_element());
    BOOST_TEST(c[i].workers->members().members.size() == 3u);
  }
}

BOOST_AUTO_TEST_CASE(who_was_removed_while_a_listener_made_its_list_stays_out) {
  caf_cluster c{2};
  c.introduce_all();
  const members before{{"names", "n0"}, {"names", "n1"}, {"names", "gone"}};
  BOOST_TEST(bool(c[0].names->drive_members({before, before})));
  BOOST_TEST(names_of(c[0].names->members()) == two,
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(
  static_members_stay_and_outsiders_are_refused_and_told_of) {
  using namespace std::chrono_literals;
  const members list{{"names", "n0"}, {"names", "n1"}};
  caf_cluster c{3, member_mode::fixed, nullptr, list};
  auto first = [&] { return c[0].names->members(); };
  BOOST_TEST((first().members[1].status == member_status::uninitialized));
  c.introduce_all();
  BOOST_TEST((first().members[1].status == member_status::alive));
  BOOST_TEST(first().members[1].linked);
  c.cut_off(1);
  for (int i = 0; i < 12; ++i)
    c.quiet.advance(30min);
  BOOST_TEST(names_of(first()) == two, boost::test_tools::per_element());
  BOOST_TEST((first().members[1].status == member_status::dead));
  BOOST_TEST((first().when - first().members[1].since >= 6h));
  c.reconnect(1);
  c.quiet.advance(1s);
  BOOST_TEST((first().members[1].status == member_status::alive));
  const std::vector<std::string> refused{
    "names@n2 is not in the static member list"};
  BOOST_TEST(first().refused == refused, boost::test_tools::per_element());
  BOOST_TEST(c[0].names->status().refused == refused,
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(who_has_other_settings_is_refused_naming_both_values) {
  caf_cluster c{2};
  auto stranger = c[1].names_member;
  stranger.settings = "members=static";
  c[0].names->joined({stranger, c[1].context->self});
  stranger.kind = horde_kind::supervisor;
  c[0].names->joined({stranger, c[1].context->self});
  const std::vector<std::string> refused{
    "names@n1 has other settings: members=static; ours: members=test",
    "names@n1 is a supervisor; ours: a registry"};
  BOOST_TEST(c[0].names->members().refused == refused,
             boost::test_tools::per_element());
  BOOST_TEST(c[0].names->members().members.size() == 1u);
}

// -- quorum -------------------------------------------------------------------

/// What a wait for quorum is answered with; `ignored` means not yet.
struct quorum_waiter {
  std::shared_ptr<errc> answer = std::make_shared<errc>(errc::ignored);

  actors::condition_waiters::callback callback() const {
    return [to = answer](const caf::expected<void>& x) {
      *to = x ? errc::none : code_of(x.error());
    };
  }
};

BOOST_AUTO_TEST_CASE(quorum_is_more_than_half_of_the_members_also_of_the_lost) {
  using namespace std::chrono_literals;
  const members list{{"names", "n0"}, {"names", "n1"}, {"names", "n2"}};
  caf_cluster c{3, member_mode::fixed, nullptr, list};
  quorum_waiter in_time;
  quorum_waiter late;
  c[0].names->wait_for_quorum(1h, in_time.callback());
  c[0].names->wait_for_quorum(1s, late.callback());
  BOOST_TEST(!c[0].names->members().has_quorum);
  c.quiet.advance(2s);
  BOOST_TEST((*late.answer == errc::timeout));
  BOOST_TEST((*in_time.answer == errc::ignored));
  c.introduce_all();
  BOOST_TEST((*in_time.answer == errc::none));
  c.cut_off(2);
  BOOST_TEST(c[0].names->members().has_quorum);
  BOOST_TEST(!c[2].names->members().has_quorum);
  quorum_waiter again;
  c[2].names->wait_for_quorum(1h, again.callback());
  c.reconnect(2);
  BOOST_TEST((*again.answer == errc::none));
}

BOOST_AUTO_TEST_CASE(who_waits_for_quorum_hears_of_the_end_of_the_member) {
  using namespace std::chrono_literals;
  const members list{
    {"names", "n0"}, {"workers", "n0"}, {"names", "x"}, {"workers", "x"}};
  caf_cluster c{1, member_mode::fixed, nullptr, list};
  quorum_waiter names;
  quorum_waiter workers;
  c[0].names->wait_for_quorum(1h, names.callback());
  c[0].workers->wait_for_quorum(1h, workers.callback());
  anon_tell(c[0].names_actor, actors::stop_member{});
  anon_tell(c[0].workers_actor, actors::stop_member{});
  c.quiet.run();
  BOOST_TEST((*names.answer == errc::shutting_down));
  BOOST_TEST((*workers.answer == errc::shutting_down));
}

BOOST_AUTO_TEST_CASE(quorum_can_be_waited_for_by_message) {
  using namespace std::chrono_literals;
  caf_cluster c{2};
  c.introduce_all();
  for (const auto& member : {c[0].names_actor, c[0].workers_actor}) {
    caf::scoped_actor self{c.quiet.sys()};
    auto answer = ask(self, member, 1s, wait_for_quorum{1s});
    c.quiet.run();
    auto ok = false;
    std::move(answer).receive([&] { ok = true; }, [](const caf::error&) {});
    BOOST_TEST(ok);
  }
}

// n2 is cut off, taken out, and so long away that its replica is forgotten.
BOOST_AUTO_TEST_CASE(a_member_that_was_forgotten_goes_on_under_a_new_id) {
  using namespace std::chrono_literals;
  caf_cluster c{3, member_mode::dynamic};
  c.introduce_all();
  const members everybody{{"names", "n0"}, {"names", "n1"}, {"names", "n2"}};
  BOOST_TEST((set(c, 0, everybody) == errc::none));
  auto a = spawn_idler(c.quiet.sys());
  auto who = caf::actor_cast<caf::strong_actor_ptr>(a);
  BOOST_TEST(bool(c[2].names->register_name(who, "x", {})));
  c.quiet.run();
  auto former = c[2].names_member.replica;
  c.cut_off(2);
  BOOST_TEST((set(c, 0, {{"names", "n0"}, {"names", "n1"}}) == errc::none));
  for (int i = 0; i < 12; ++i)
    c.quiet.advance(10min);
  auto known = [&](std::size_t i) {
    return c[i].names->status().sync.known_replicas;
  };
  BOOST_TEST(known(0) == 2u);
  BOOST_TEST(known(1) == 2u);
  BOOST_TEST((set(c, 0, everybody) == errc::none));
  c.reconnect(2);
  c.quiet.advance(1s);
  BOOST_TEST(c[2].names->status().sync.renewals == 1u);
  BOOST_TEST((c[2].names_member.replica != former));
  for (std::size_t i = 0; i < 3; ++i) {
    BOOST_TEST(c[i].names->view().lookup("x").has_value());
    BOOST_TEST(known(i) == 3u);
    BOOST_TEST(names_of(c[i].names->members()) == all,
               boost::test_tools::per_element());
  }
  caf::anon_send_exit(a, caf::exit_reason::kill);
  c.quiet.run();
  BOOST_TEST(!c[0].names->view().lookup("x"));
}

BOOST_AUTO_TEST_SUITE_END()
