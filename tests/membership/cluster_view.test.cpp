// SPDX-License-Identifier: MIT

#include "horde/membership/cluster_view.hpp"

#include <algorithm>

#include <boost/test/unit_test.hpp>

using namespace horde;
using namespace horde::membership;
using namespace std::chrono_literals;

namespace {

using effects = cluster_effects;

const node_id a{"a", {1, 1}}, b{"b", {1, 1}}, c{"c", {1, 1}}, d{"d", {1, 1}},
  c2{"c", {2, 1}};
const endpoint at_a{"a", 1}, at_b{"b", 1}, at_c{"c", 1}, at_d{"d", 1},
  at_x{"x", 1};
const effects none;

moment ms(int x) {
  return {instant{1ms * x}, wall_time{1h + 1ms * x}};
}

effects says(node_state what, const node_id& who, const endpoint& at,
             std::string reason, moment now) {
  return {announce{{what, who, at, std::move(reason), now.wall}}};
}

peer_info news(const node_id& who, const endpoint& at, node_state state) {
  return {who, at, state};
}

effects operator+(effects x, const effects& y) {
  x.insert(x.end(), y.begin(), y.end());
  return x;
}

effects operator+(effects x, cluster_effect y) {
  x.push_back(std::move(y));
  return x;
}

/// Without how long ago somebody was heard of.
effects plain(effects all) {
  for (auto& effect : all)
    if (auto x = std::get_if<tell_peer>(&effect))
      for (auto& info : x->news)
        info.silent_for = duration::max();
  return all;
}

/// Node a, with links 1 to b, 2 to c, 3 to d as far as asked for.
struct fixture : cluster_view {
  explicit fixture(unsigned links = 0, cluster_config cfg = {})
      : cluster_view(a, at_a, still(cfg), 1) {
    if (links > 0)
      linked(1, b, at_b, ms(0));
    if (links > 1)
      linked(2, c, at_c, ms(0));
    if (links > 2)
      linked(3, d, at_d, ms(0));
  }

  template <class... Ts>
  effects linked(const Ts&... xs) {
    return plain(cluster_view::linked(xs...));
  }
  template <class... Ts>
  effects link_lost(const Ts&... xs) {
    return plain(cluster_view::link_lost(xs...));
  }
  template <class... Ts>
  effects asked(const Ts&... xs) {
    return plain(cluster_view::asked(xs...));
  }

  static cluster_config still(cluster_config cfg) {
    cfg.jitter_percent = 0;
    if (cfg.heartbeat_interval == cluster_config{}.heartbeat_interval) {
      cfg.heartbeat_interval = 0ms; // pulse.test.cpp has them
      cfg.down_after = 3s;
    }
    return cfg;
  }
};

using enum node_state;

} // namespace

BOOST_AUTO_TEST_SUITE(cluster_view_)

// -- connect -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_suggested_address_is_dialled_at_once_and_only_once) {
  fixture v;
  BOOST_TEST((v.connect(at_b, ms(0)) == effects{dial{at_b}}));
  BOOST_TEST((v.connect(at_b, ms(0)) == none));
  BOOST_TEST((v.dial_failed(at_b, true, ms(1)) == none));
  BOOST_TEST((v.wake_at() == ms(101).at));
  BOOST_TEST((v.tick(ms(100)) == none));
  BOOST_TEST((v.tick(ms(101)) == effects{dial{at_b}}));
}

BOOST_AUTO_TEST_CASE(a_dial_to_ourselves_ends_it_for_good) {
  fixture v;
  v.connect(at_x, ms(0));
  BOOST_TEST((v.dial_redundant(at_x, a, ms(1)) == none));
  BOOST_TEST((v.connect(at_x, ms(9999)) == none));
  BOOST_TEST((v.connect(at_a, ms(9999)) == none));
  BOOST_TEST((v.wake_at() == never));
}

BOOST_AUTO_TEST_CASE(an_address_where_a_node_is_linked_is_not_dialled) {
  fixture v{1};
  BOOST_TEST((v.connect(at_b, ms(1)) == none));
  BOOST_TEST((v.connect(at_x, ms(1)) == effects{dial{at_x}}));
  BOOST_TEST((v.dial_redundant(at_x, b, ms(2)) == none));
  BOOST_TEST((v.wake_at() == never));
  // Both are dialled when it is gone.
  auto out = v.link_lost(1, ms(3));
  BOOST_TEST((out
              == says(suspect, b, at_b, "connection closed", ms(3)) + dial{at_b}
                   + dial{at_x}));
}

BOOST_AUTO_TEST_CASE(a_link_answers_the_dial_that_it_names) {
  fixture v;
  v.connect(at_x, ms(0));
  auto out = v.linked(1, b, at_b, ms(1), at_x);
  BOOST_TEST((out == says(up, b, at_b, "connected", ms(1))));
  BOOST_TEST((v.wake_at() == never));
}

// -- links -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_new_node_is_up_and_everybody_is_introduced) {
  fixture v{1};
  auto out = v.linked(2, c, at_c, ms(1));
  BOOST_TEST((out
              == says(up, c, at_c, "connected", ms(1))
                   + tell_peer{c, {news(b, at_b, up)}}
                   + tell_peer{b, {news(c, at_c, up)}}));
  BOOST_TEST((v.state_of(c) == up));
  BOOST_TEST((v.link_to(c) == 2U));
  BOOST_TEST(!v.state_of(c2));
}

BOOST_AUTO_TEST_CASE(a_newcomer_hears_of_suspects_and_the_dead_not_of_leavers) {
  fixture v{3};
  v.heard_goodbye(b, ms(1));
  v.link_lost(1, ms(2));
  v.link_lost(2, ms(3));
  node_id e{"e", {1, 1}};
  auto out = v.linked(4, e, at_x, ms(4));
  BOOST_TEST((out
              == says(up, e, at_x, "connected", ms(4))
                   + tell_peer{e, {news(c, at_c, suspect), news(d, at_d, up)}}
                   + tell_peer{d, {news(e, at_x, up)}} + ask_peer{e, c}));
}

BOOST_AUTO_TEST_CASE(introductions_are_cut_into_messages_of_limited_size) {
  fixture v{3, {.max_news = 2}};
  node_id e{"e", {1, 1}};
  auto out = v.linked(4, e, at_x, ms(1));
  BOOST_TEST(
    (out[1]
     == cluster_effect{tell_peer{e, {news(b, at_b, up), news(c, at_c, up)}}}));
  BOOST_TEST((out[2] == cluster_effect{tell_peer{e, {news(d, at_d, up)}}}));
}

BOOST_AUTO_TEST_CASE(a_replaced_link_is_no_event_and_its_end_is_ignored) {
  fixture v{2};
  auto out = v.linked(9, b, at_b, ms(1));
  BOOST_TEST((out == effects{tell_peer{b, {news(c, at_c, up)}}}));
  BOOST_TEST((v.link_to(b) == 9U));
  BOOST_TEST((v.link_lost(1, ms(2)) == none));
  BOOST_TEST((v.state_of(b) == up));
}

BOOST_AUTO_TEST_CASE(
  a_newer_incarnation_supersedes_the_older_which_goes_first) {
  fixture v{2};
  auto out = v.linked(9, c2, at_c, ms(1));
  BOOST_TEST((out
              == effects{close_link{2}}
                   + says(down, c, at_c, "superseded", ms(1))
                   + says(up, c2, at_c, "connected", ms(1))
                   + tell_peer{c2, {news(b, at_b, up)}}
                   + tell_peer{b, {news(c2, at_c, up)}}));
  BOOST_TEST((v.link_lost(2, ms(2)) == none));
  BOOST_TEST(!v.state_of(c));
  BOOST_TEST((v.wake_at() == never));
}

BOOST_AUTO_TEST_CASE(the_second_of_two_live_nodes_with_one_name_is_refused) {
  fixture v{2};
  auto code_of = [&](const node_id& who, const endpoint& at) {
    auto x = v.refusal_of(who, at);
    return x ? x->code : errc::none;
  };
  BOOST_TEST((code_of(c2, at_x) == errc::name_in_use));
  BOOST_TEST((v.linked(9, c2, at_x, ms(1)) == effects{close_link{9}}));
  BOOST_TEST((v.state_of(c) == up));
  BOOST_TEST((code_of(c2, at_c) == errc::none)); // it has taken the place
  BOOST_TEST((code_of({"a", {9, 9}}, at_x) == errc::name_in_use)); // ours
  v.link_lost(2, ms(2));
  BOOST_TEST((code_of(c2, at_x) == errc::name_in_use)); // suspect
  v.tick(ms(3002));
  BOOST_TEST((v.state_of(c) == down));
  BOOST_TEST((code_of(c2, at_x) == errc::none));
  v.linked(9, c2, at_x, ms(3003));
  BOOST_TEST((v.state_of(c2) == up));
  BOOST_TEST((code_of(c, at_c) == errc::superseded));
  BOOST_TEST((v.newest_life("c") == c2.life));
  v.heard_goodbye(c2, ms(3004));
  BOOST_TEST((code_of(c2, at_x) == errc::refused));
}

BOOST_AUTO_TEST_CASE(links_that_are_not_wanted_are_closed_without_any_event) {
  fixture v{1};
  v.linked(2, c2, at_c, ms(0));
  v.heard_goodbye(b, ms(1));
  BOOST_TEST((v.linked(9, c, at_c, ms(1)) == effects{close_link{9}}));
  BOOST_TEST((v.linked(9, b, at_b, ms(1)) == effects{close_link{9}}));
  BOOST_TEST((v.linked(9, a, at_a, ms(1)) == effects{close_link{9}}));
  node_id namesake{"a", {2, 2}};
  BOOST_TEST((v.linked(9, namesake, at_x, ms(1)) == effects{close_link{9}}));
  BOOST_TEST((v.link_lost(9, ms(2)) == none));
}

// -- suspects ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_lost_link_is_suspect_told_asked_about_and_redialled) {
  fixture v{3};
  auto out = v.link_lost(2, ms(1));
  BOOST_TEST((out
              == says(suspect, c, at_c, "connection closed", ms(1))
                   + tell_peer{b, {news(c, at_c, suspect)}}
                   + tell_peer{d, {news(c, at_c, suspect)}} + ask_peer{b, c}
                   + ask_peer{d, c} + dial{at_c}));
  BOOST_TEST((v.state_of(c) == suspect));
  BOOST_TEST(!v.link_to(c));
  BOOST_TEST((v.link_lost(2, ms(1)) == none));
}

BOOST_AUTO_TEST_CASE(a_dead_node_is_down_as_soon_as_all_agree) {
  fixture v{3};
  v.link_lost(2, ms(1));
  BOOST_TEST((v.dial_failed(at_c, true, ms(2)) == none));
  BOOST_TEST((v.heard(b, {news(c, at_c, suspect)}, ms(3)) == none));
  BOOST_TEST((v.heard(d, {news(c, at_c, suspect)}, ms(4))
              == says(down, c, at_c, "connection refused", ms(4))));
  // It is dialled on, in case it was cut off only.
  BOOST_TEST((v.wake_at() == ms(102).at));
  BOOST_TEST((v.tick(ms(102)) == effects{dial{at_c}}));
}

BOOST_AUTO_TEST_CASE(without_other_peers_a_refusal_is_enough) {
  fixture v{1};
  v.link_lost(1, ms(1));
  BOOST_TEST((v.dial_failed(at_b, true, ms(2))
              == says(down, b, at_b, "connection refused", ms(2))));
}

BOOST_AUTO_TEST_CASE(a_peer_that_is_lost_need_not_answer_any_more) {
  fixture v{2};
  v.link_lost(2, ms(1));
  v.dial_failed(at_c, true, ms(2));
  BOOST_TEST((v.link_lost(1, ms(3))
              == says(suspect, b, at_b, "connection closed", ms(3))
                   + says(down, c, at_c, "connection refused", ms(3))
                   + dial{at_b}));
}

BOOST_AUTO_TEST_CASE(
  an_unreachable_node_is_down_after_the_time_and_not_before) {
  fixture v{1};
  v.link_lost(1, ms(0));
  v.dial_failed(at_b, false, ms(2999));
  BOOST_TEST((v.tick(ms(2999)) == none));
  BOOST_TEST((v.wake_at() == ms(3000).at));
  BOOST_TEST(
    (v.tick(ms(3000)) == says(down, b, at_b, "unreachable", ms(3000))));
}

BOOST_AUTO_TEST_CASE(
  a_node_that_somebody_reaches_stays_suspect_until_taken_back) {
  fixture v{2};
  v.link_lost(2, ms(0));
  v.dial_failed(at_c, true, ms(1));
  for (auto i = 1; i < 20; ++i) {
    v.heard(b, {news(c, at_c, up)}, ms(1500 * i));
    v.tick(ms(1500 * i));
    v.dial_failed(at_c, true, ms(1500 * i));
    BOOST_TEST((v.state_of(c) == suspect));
  }
  // Taken back: only a fresh refusal counts.
  BOOST_TEST(
    (v.heard(b, {news(c, at_c, suspect)}, ms(29'000)) == effects{dial{at_c}}));
  BOOST_TEST((v.dial_failed(at_c, true, ms(29'001))
              == says(down, c, at_c, "connection refused", ms(29'001))));
}

BOOST_AUTO_TEST_CASE(a_report_ends_with_the_link_of_the_peer_that_gave_it) {
  fixture v{2};
  v.link_lost(2, ms(0));
  v.heard(b, {news(c, at_c, up)}, ms(1));
  v.dial_failed(at_c, true, ms(2));
  BOOST_TEST((v.link_lost(1, ms(3))
              == says(suspect, b, at_b, "connection closed", ms(3)) + dial{at_b}
                   + dial{at_c}));
  BOOST_TEST((v.dial_failed(at_c, true, ms(4))
              == says(down, c, at_c, "connection refused", ms(4))));
}

BOOST_AUTO_TEST_CASE(a_suspect_that_is_about_to_be_linked_is_heard) {
  fixture v{1, {.heartbeat_interval = 200ms}};
  auto state = [&] { return v.nodes().front().state; };
  v.link_lost(1, ms(10));
  auto out = v.linking(9, b, ms(20));
  BOOST_TEST((out == effects{send_beat{b, 9, {}}}));
  v.heard_beat(9, {}, true, ms(2700));
  v.tick(ms(2800));
  BOOST_TEST((state() == suspect));
  BOOST_TEST((v.wake_at() <= ms(3000).at)); // our next beat
  v.link_lost(9, ms(2800));
  for (auto t = 2900; t <= 5400; t += 100)
    v.tick(ms(t));
  BOOST_TEST((state() == suspect));
  v.tick(ms(5500));
  BOOST_TEST((state() == down));
}

BOOST_AUTO_TEST_CASE(a_suspect_that_is_linked_again_is_up_again) {
  fixture v{2};
  v.link_lost(2, ms(0));
  auto out = v.linked(9, c, at_c, ms(1), at_c);
  BOOST_TEST((out
              == says(up, c, at_c, "reconnected", ms(1))
                   + tell_peer{c, {news(b, at_b, up)}}
                   + tell_peer{b, {news(c, at_c, up)}}));
  BOOST_TEST((v.wake_at() == never));
}

BOOST_AUTO_TEST_CASE(a_suspect_whose_address_has_a_newer_incarnation_is_down) {
  fixture v{1};
  v.link_lost(1, ms(0));
  node_id b2{"b", {2, 1}};
  auto out = v.linked(9, b2, at_b, ms(1), at_b);
  BOOST_TEST((out
              == says(down, b, at_b, "superseded", ms(1))
                   + says(up, b2, at_b, "connected", ms(1))));
}

BOOST_AUTO_TEST_CASE(a_down_node_that_was_only_cut_off_is_up_again) {
  fixture v{1};
  v.link_lost(1, ms(0));
  v.tick(ms(3000));
  BOOST_TEST((v.state_of(b) == down));
  BOOST_TEST((v.linked(9, b, at_b, ms(4000))
              == says(up, b, at_b, "reconnected", ms(4000))));
}

BOOST_AUTO_TEST_CASE(
  a_link_that_breaks_again_and_again_is_redialled_more_slowly) {
  fixture v{1};
  for (auto i = 1; i < 7; ++i) {
    auto out = v.link_lost(static_cast<link_id>(i), ms(10 * i));
    auto at_once = out.back() == cluster_effect{dial{at_b}};
    BOOST_TEST(at_once == (i <= 3));
    v.linked(static_cast<link_id>(i + 1), b, at_b, ms(10 * i + 1));
  }
}

// -- news --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(
  an_introduced_node_is_dialled_and_counts_once_it_is_linked) {
  fixture v{1};
  BOOST_TEST((v.heard(b, {news(c, at_c, up)}, ms(1)) == effects{dial{at_c}}));
  BOOST_TEST((v.state_of(c) == suspect)); // without an event
  BOOST_TEST((v.linked(2, c, at_c, ms(2), at_c)
              == says(up, c, at_c, "connected", ms(2))
                   + tell_peer{c, {news(b, at_b, up)}}
                   + tell_peer{b, {news(c, at_c, up)}}));
}

BOOST_AUTO_TEST_CASE(a_stranger_that_nobody_reaches_any_more_becomes_down) {
  fixture v{1};
  v.heard(b, {news(c, at_c, up)}, ms(1));
  v.dial_failed(at_c, true, ms(2));
  v.heard(b, {news(c, at_c, suspect)}, ms(3));
  BOOST_TEST((v.dial_failed(at_c, true, ms(4))
              == says(down, c, at_c, "connection refused", ms(4))
                   + tell_peer{b, {news(c, at_c, down)}}));
}

BOOST_AUTO_TEST_CASE(a_newcomer_learns_who_is_dead_and_tells_its_peers) {
  fixture v{1};
  v.linked(3, d, at_d, ms(0));
  auto out = v.heard(b, {news(c, at_c, down)}, ms(1));
  BOOST_TEST((out
              == says(down, c, at_c, "given up by b", ms(1))
                   + tell_peer{b, {news(c, at_c, down)}}
                   + tell_peer{d, {news(c, at_c, down)}}));
  BOOST_TEST((v.heard(b, {news(c, at_c, down)}, ms(2)) == none));
  BOOST_TEST((v.tick(ms(101)) == effects{dial{at_c}}));
}

BOOST_AUTO_TEST_CASE(a_peer_that_reaches_a_down_node_hurries_its_redial) {
  fixture v{2};
  v.link_lost(2, ms(0));
  v.dial_failed(at_c, false, ms(100));
  v.tick(ms(200));
  v.dial_failed(at_c, false, ms(2999));
  v.tick(ms(3000));
  BOOST_TEST((v.state_of(c) == down));
  BOOST_TEST(
    (v.heard(b, {news(c, at_c, up)}, ms(3001)) == effects{dial{at_c}}));
}

BOOST_AUTO_TEST_CASE(hearsay_never_speaks_of_ourselves_or_over_a_live_link) {
  fixture v{2};
  node_id a2{"a", {9, 9}};
  for (auto state : {up, suspect, down, left})
    BOOST_TEST((v.heard(b,
                        {news(a, at_a, state), news(a2, at_x, state),
                         news(b, at_b, state), news(c2, at_x, state)},
                        ms(1))
                == none));
  for (auto state : {up, suspect, down, left})
    BOOST_TEST((v.heard(b, {news(c, at_c, state)}, ms(1)) == none));
  BOOST_TEST((v.state_of(c) == up));
}

BOOST_AUTO_TEST_CASE(
  a_newer_incarnation_by_hearsay_supersedes_one_without_link) {
  fixture v{2};
  v.link_lost(2, ms(0));
  auto out = v.heard(b, {news(c2, at_x, up)}, ms(1));
  BOOST_TEST((out == says(down, c, at_c, "superseded", ms(1)) + dial{at_x}));
  BOOST_TEST((v.linked(9, c, at_c, ms(2)) == effects{close_link{9}}));
}

BOOST_AUTO_TEST_CASE(
  a_newer_incarnation_is_remembered_until_the_link_to_the_older_ends) {
  fixture v{2};
  BOOST_TEST((v.heard(b, {news(c2, at_x, up)}, ms(1)) == none));
  BOOST_TEST((v.state_of(c) == up));
  auto out = v.link_lost(2, ms(2));
  BOOST_TEST(!v.state_of(c));
  BOOST_TEST((v.state_of(c2) == suspect)); // sought, and asked about
  auto dials = std::ranges::count(out, cluster_effect{dial{at_x}});
  BOOST_TEST(dials == 1);
}

BOOST_AUTO_TEST_CASE(
  a_newer_incarnation_that_died_unseen_is_known_as_dead_in_the_end) {
  fixture v{2};
  v.heard(b, {news(c2, at_x, up)}, ms(1));
  v.heard(b, {news(c2, at_x, suspect)}, ms(2));
  v.link_lost(2, ms(3));
  v.tick(ms(4000));
  v.tick(ms(8000));
  BOOST_TEST((v.state_of(c2) == down));
}

BOOST_AUTO_TEST_CASE(news_from_a_node_without_a_link_is_ignored) {
  fixture v{1};
  BOOST_TEST((v.heard(c, {news(d, at_d, up)}, ms(1)) == none));
  BOOST_TEST((v.asked(c, b, ms(1)) == none));
  v.link_lost(1, ms(2));
  BOOST_TEST((v.heard(b, {news(d, at_d, up)}, ms(3)) == none));
  BOOST_TEST((v.wake_at() > ms(3).at));
}

BOOST_AUTO_TEST_CASE(a_question_is_answered_with_what_our_own_link_says) {
  fixture v{2};
  auto answer = [&](const node_id& whom) { return v.asked(b, whom, ms(1)); };
  BOOST_TEST((answer(c) == effects{tell_peer{b, {news(c, at_c, up)}}}));
  BOOST_TEST((answer(d) == effects{tell_peer{b, {news(d, {}, suspect)}}}));
  BOOST_TEST((answer(c2) == effects{tell_peer{b, {news(c2, {}, suspect)}}}));
  BOOST_TEST((answer(a) == none));
  v.linked(9, c2, at_c, ms(1));
  BOOST_TEST(
    (answer(c)
     == effects{tell_peer{b, {news(c, at_c, down), news(c2, at_c, up)}}}));
}

// -- goodbye -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_goodbye_is_left_at_once_and_the_closing_link_no_event) {
  fixture v{2};
  BOOST_TEST((v.heard_goodbye(c, ms(1))
              == says(left, c, at_c, "said goodbye", ms(1))
                   + tell_peer{b, {news(c, at_c, left)}}));
  BOOST_TEST((v.heard_goodbye(c, ms(1)) == none));
  BOOST_TEST((v.link_lost(2, ms(2)) == none));
  BOOST_TEST((v.tick(ms(60'000)) == none));
  BOOST_TEST((v.state_of(c) == left));
}

BOOST_AUTO_TEST_CASE(a_suggested_address_is_tried_slowly_after_a_goodbye) {
  fixture v{1};
  v.connect(at_b, ms(0));
  v.heard_goodbye(b, ms(1));
  BOOST_TEST((v.tick(ms(9000)) == none)); // the link is there
  BOOST_TEST((v.link_lost(1, ms(10'000)) == none));
  BOOST_TEST((v.wake_at() == ms(15'000).at));
  BOOST_TEST((v.tick(ms(15'000)) == effects{dial{at_b}}));
  node_id b2{"b", {2, 1}};
  BOOST_TEST((v.linked(9, b2, at_b, ms(15'001), at_b)
              == says(up, b2, at_b, "connected", ms(15'001))));
}

BOOST_AUTO_TEST_CASE(a_goodbye_heard_from_others_counts_once_the_link_is_gone) {
  fixture v{3};
  BOOST_TEST((v.heard(b, {news(c, at_c, left)}, ms(1)) == none));
  BOOST_TEST((v.state_of(c) == up));
  // Its own goodbye was lost with the link: they are asked, and say it again.
  auto out = v.link_lost(2, ms(2));
  for (const auto& peer : {b, d})
    BOOST_TEST(
      (std::ranges::count(out, cluster_effect{ask_peer{peer, c}}) == 1));
  BOOST_TEST((v.heard(b, {news(c, at_c, left)}, ms(3))
              == says(left, c, at_c, "left, says b", ms(3))
                   + tell_peer{b, {news(c, at_c, left)}}
                   + tell_peer{d, {news(c, at_c, left)}}));
  BOOST_TEST((v.heard(b, {news(c, at_c, left)}, ms(4)) == none));
  node_id stranger{"e", {1, 1}};
  BOOST_TEST((v.heard(b, {news(stranger, at_x, left)}, ms(4)) == none));
  BOOST_TEST(!v.state_of(stranger));
}

BOOST_AUTO_TEST_CASE(somebody_who_missed_a_goodbye_is_told) {
  fixture v{2};
  v.heard_goodbye(c, ms(1));
  BOOST_TEST((v.heard(b, {news(c, at_c, down)}, ms(2))
              == effects{tell_peer{b, {news(c, at_c, left)}}}));
}

// -- limits ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(when_full_the_oldest_dead_node_makes_room_else_nobody) {
  fixture v{2, {.max_nodes = 2}};
  BOOST_TEST((v.linked(9, d, at_d, ms(1)) == effects{close_link{9}}));
  BOOST_TEST((v.heard(b, {news(d, at_d, up)}, ms(1)) == none));
  v.heard_goodbye(c, ms(2));
  v.link_lost(2, ms(3));
  BOOST_TEST((v.linked(9, d, at_d, ms(4)).front()
              == says(up, d, at_d, "connected", ms(4)).front()));
  BOOST_TEST(!v.state_of(c));
  BOOST_TEST(v.nodes().size() == 2U);
}

BOOST_AUTO_TEST_CASE(those_who_left_are_forgotten_before_those_who_are_down) {
  fixture v{2, {.forget_down_after = 20s, .forget_left_after = 10s}};
  v.heard_goodbye(c, ms(0));
  v.link_lost(2, ms(0));
  v.link_lost(1, ms(0));
  v.dial_failed(at_b, true, ms(0));
  v.tick(ms(9999));
  BOOST_TEST(v.nodes().size() == 2U);
  v.tick(ms(10'000));
  BOOST_TEST(!v.state_of(c));
  v.tick(ms(20'000));
  BOOST_TEST(v.nodes().empty());
  BOOST_TEST((v.wake_at() == never));
}

BOOST_AUTO_TEST_CASE(a_view_shows_link_address_and_times_of_each_node) {
  fixture v{1};
  v.link_lost(1, ms(7));
  auto nodes = v.nodes();
  BOOST_REQUIRE(nodes.size() == 1U);
  BOOST_TEST((nodes[0].who == b && nodes[0].at == at_b));
  BOOST_TEST((nodes[0].state == suspect && nodes[0].link == 0U));
  BOOST_TEST((nodes[0].since == ms(7).wall));
  BOOST_TEST((nodes[0].last_contact == ms(7).wall));
  BOOST_REQUIRE(v.known(b));
  BOOST_TEST((v.known(b)->last_contact == ms(7).wall));
  BOOST_TEST(!v.known(1)); // its link
  BOOST_TEST(!v.known(node_id{"b", {9, 9}}));
}

BOOST_AUTO_TEST_SUITE_END()
