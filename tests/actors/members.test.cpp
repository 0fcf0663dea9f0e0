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
