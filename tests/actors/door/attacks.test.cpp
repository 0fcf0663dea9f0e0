// SPDX-License-Identifier: MIT
//
// What strangers may try on an open door, and members after they got in. The
// process must live, and peers must not notice.

#include "actors/door/caf_support.hpp"
#include "horde/actors/door/handshake.hpp"
#include "horde/actors/door/wire.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <memory>
#include <random>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

using namespace horde;
using namespace horde::actors;
using namespace horde::actors::test;
using namespace horde::actors::door_events;

namespace {

constexpr transport both[] = {transport::tls, transport::hmac};

introduction introduce(const std::string& name) {
  introduction result;
  result.caf_line = basp::caf_line;
  result.cluster = "a";
  result.node = make_node(name);
  return result;
}

/// A peer that knows the secret and gets through the door, but is no CAF.
class insider {
public:
  insider(std::uint16_t port, const std::string& name, transport how)
      : caller_(port), line_(make_line(how)) {
    auto up = [this] { return line_.prepare() != tls_session::state::busy; };
    if (!eventually(up))
      return;
    talk_.emplace(introduce(name), keys_->front(), nonce{}, line_.binding());
    hear_until(progress::decide);
    claim = talk_->prove();
  }

  /// Takes the last step; what it says next is in the same bytes.
  void enter(const std::string& next = {}) {
    line_.write(claim + next);
    hear_until(progress::over);
    admitted = !closed_ && talk_->result() == verdict::ok;
  }

  void say(const std::string& x) { (void)line_.write(x); }

  bool is_closed() {
    return eventually([this] { return line_.read(4096).closed; });
  }

  bool admitted = false;
  std::string claim;

private:
  wire make_line(transport how) {
    unique_fd own{::dup(caller_.fd())};
    ::fcntl(own.get(), F_SETFL, O_NONBLOCK);
    auto tls = how == transport::tls ? std::make_unique<tls_session>(
                 tls_setup::with_secret(), keys_, tls_side::client, own.get())
                                     : nullptr;
    return wire{std::move(own), std::move(tls)};
  }

  void hear_until(progress last) {
    (void)eventually([&] {
      auto input = line_.read(talk_->wanted());
      closed_ = input.closed;
      return closed_
             || (!input.bytes.empty() && talk_->feed(input.bytes) == last);
    });
  }

  stranger caller_;
  std::shared_ptr<const door_keys> keys_ =
    std::make_shared<const door_keys>(make_door_keys({cluster_secret}, "a"));
  wire line_;
  std::optional<client_handshake> talk_;
  bool closed_ = false;
};

std::size_t open_descriptors() {
  std::filesystem::directory_iterator all{"/proc/self/fd"};
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

/// A door under attack, and a peer that must not notice.
struct scene {
  explicit scene(transport how, duration timeout = patience)
      : victim("victim", config(how, timeout)),
        witness("witness", config(how, timeout)) {
    peer = witness.link(victim.at);
    BOOST_REQUIRE(peer);
    BOOST_REQUIRE(victim.told.next<accepted>());
    descriptors = open_descriptors();
  }

  ~scene() {
    BOOST_TEST((twice(witness.sys, *peer, 5) == 10));
    BOOST_TEST(!witness.told.has<link_lost>());
    // Nobody but the witness has left anything behind.
    BOOST_TEST(eventually([&] {
      return victim.front.counters().pending == 0
             && open_descriptors() <= descriptors;
    }));
  }

  static door_config config(transport how, duration timeout) {
    auto result = make_config(how);
    result.handshake_timeout = timeout;
    return result;
  }

  site victim;
  site witness;
  std::optional<caf::actor> peer;
  std::size_t descriptors = 0;
};

std::string frame(char operation, std::uint32_t size) {
  auto result = crash_frame(operation);
  for (int i = 0; i < 4; ++i)
    result[4 + i] = static_cast<char>(size >> (24 - 8 * i));
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(attacks)

BOOST_AUTO_TEST_CASE(crash_frames_of_strangers_are_not_even_read) {
  for (auto how : both) {
    scene s{how};
    for (int i = 0; i < 200; ++i) {
      stranger x{s.victim.at.port};
      x.say(crash_frame(static_cast<char>(i % 2)));
      BOOST_REQUIRE(x.is_closed());
    }
    BOOST_TEST(s.victim.front.counters().refused == 200u);
  }
}

BOOST_AUTO_TEST_CASE(random_bytes_of_strangers_are_refused) {
  constexpr std::string_view beginnings[] = {"", "HORDEC", "HORDET",
                                             "\x16\x03\x01\x02"};
  for (auto how : both) {
    scene s{how};
    std::mt19937_64 rng{7};
    for (std::size_t i = 0; i < 200; ++i) {
      std::string bytes{beginnings[i % std::size(beginnings)]};
      for (auto n = 40 + rng() % 2000; n > 0; --n)
        bytes += static_cast<char>(rng());
      stranger x{s.victim.at.port};
      x.say(bytes);
      ::shutdown(x.fd(), SHUT_WR);
      BOOST_REQUIRE(x.is_closed());
    }
    BOOST_TEST(s.victim.front.counters().admitted == 1u);
  }
}

/// The peer is served while they are all there.
BOOST_AUTO_TEST_CASE(thousands_of_silent_callers_lock_nobody_out) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  auto before = limit;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  auto crowd = std::min<rlim_t>(10'000, limit.rlim_max / 3);
  for (auto how : both) {
    scene s{how};
    std::vector<std::unique_ptr<stranger>> silent;
    for (rlim_t i = 0; i < crowd; ++i)
      silent.push_back(std::make_unique<stranger>(s.victim.at.port));
    BOOST_TEST((twice(s.witness.sys, *s.peer, 4) == 8));
    {
      site late{"late", scene::config(how, patience)};
      auto peer = late.link(s.victim.at);
      BOOST_REQUIRE(peer);
      BOOST_TEST((twice(late.sys, *peer, 4) == 8));
    }
    auto counts = s.victim.front.counters();
    BOOST_TEST(counts.pending <= 1024u);
    BOOST_TEST(counts.evicted + 1100 >= crowd);
  }
  setrlimit(RLIMIT_NOFILE, &before);
}

/// One byte at a time, each of them right, does not get more time.
BOOST_AUTO_TEST_CASE(slow_callers_are_dropped_at_the_one_deadline) {
  for (auto how : both) {
    scene s{how, 500ms};
    // A head, or a message of TLS, that goes on and on.
    auto text = how == transport::tls ? std::string{"\x16\x03\x01\x3f\xff"}
                                      : std::string{"HORDEC\x03\xa0"};
    text.resize(900, '\x01');
    stranger x{s.victim.at.port};
    auto start = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < text.size(); ++i) {
      x.say(text.substr(i, 1));
      pollfd end{x.fd(), POLLRDHUP, 0};
      if (::poll(&end, 1, 20) > 0)
        break;
    }
    BOOST_TEST(x.is_closed());
    auto took = std::chrono::steady_clock::now() - start;
    BOOST_TEST((took >= 400ms && took < 10s));
    auto counts = s.victim.front.counters();
    BOOST_TEST(counts.late + counts.refused == 1u);
  }
}

BOOST_AUTO_TEST_CASE(a_recorded_claim_opens_no_second_connection) {
  for (auto how : both) {
    scene s{how};
    insider x{s.victim.at.port, "insider", how};
    x.enter();
    BOOST_REQUIRE(x.admitted);
    BOOST_REQUIRE(s.victim.told.next<accepted>());
    // Even who can speak in the same TLS gets nowhere with it.
    insider y{s.victim.at.port, "insider", how};
    y.claim = x.claim;
    y.enter();
    BOOST_TEST(!y.admitted);
    BOOST_TEST(s.victim.front.counters().admitted == 2u);
    BOOST_TEST(s.victim.front.counters().refused == 1u);
  }
}

BOOST_AUTO_TEST_CASE(crash_frames_of_members_cut_their_link) {
  for (auto how : both) {
    scene s{how};
    for (char operation : {0, 1}) {
      insider x{s.victim.at.port, "insider", how};
      x.enter();
      BOOST_REQUIRE(x.admitted);
      BOOST_REQUIRE(s.victim.told.next<accepted>());
      x.say(crash_frame(operation));
      BOOST_TEST(x.is_closed());
      auto lost = s.victim.told.next<link_lost>();
      BOOST_REQUIRE(lost);
      BOOST_TEST(lost->peer.name == "insider");
    }
    BOOST_TEST(s.victim.front.counters().refused_frames == 2u);
  }
}

BOOST_AUTO_TEST_CASE(huge_or_early_frames_of_members_cut_their_link) {
  for (auto how : both) {
    scene s{how};
    for (auto bad : {frame(2, 0xffffffff), frame(2, 0x80000000), frame(2, 8),
                     frame(3, 8), frame(6, 0), frame(99, 0), frame(1, 5000)}) {
      insider x{s.victim.at.port, "insider", how};
      x.enter();
      BOOST_REQUIRE(x.admitted);
      x.say(bad);
      BOOST_TEST(x.is_closed());
      BOOST_REQUIRE(s.victim.told.next<link_lost>());
    }
  }
}

BOOST_AUTO_TEST_CASE(bytes_right_behind_the_claim_are_refused) {
  for (auto how : both) {
    scene s{how};
    insider x{s.victim.at.port, "hasty", how};
    x.enter(crash_frame());
    BOOST_TEST(!x.admitted);
    BOOST_TEST(x.is_closed());
    BOOST_TEST(s.victim.front.counters().admitted == 1u);
  }
}

BOOST_AUTO_TEST_SUITE_END()
