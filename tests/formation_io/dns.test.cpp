// SPDX-License-Identifier: MIT
//
// Settings of DNS, and servers that misbehave. With a real server:
// tests/system/dns.test.cpp.

#include <atomic>
#include <thread>

#include <poll.h>
#include <sys/socket.h>

#include "formation_io/support.hpp"
#include "horde/actors/door/socket.hpp"
#include "horde/actors/formation/dns.hpp"
#include "horde/actors/formation/strategies.hpp"
#include "support/folder.hpp"

using namespace horde;
using namespace horde::formation;
using namespace horde::test;
using namespace std::chrono_literals;

namespace {

/// Takes questions at a UDP port and answers with what `make` makes of them.
class fake_server {
public:
  using maker = std::string (*)(std::string question);

  explicit fake_server(maker make)
      : fd_(actors::bind_datagrams(actors::numeric({"127.0.0.1", 0})->front())),
        thread_([this, make] { serve(make); }) {}
  ~fake_server() {
    is_over_ = true;
    thread_.join();
  }

  std::string address() const {
    return "127.0.0.1:" + std::to_string(actors::local_port(fd_.get()));
  }
  bool was_asked() const { return was_asked_; }

private:
  void serve(maker make) {
    while (!is_over_) {
      pollfd x{fd_.get(), POLLIN, 0};
      if (::poll(&x, 1, 10) <= 0)
        continue;
      char bytes[600];
      sockaddr_storage from{};
      socklen_t size = sizeof from;
      auto* raw = reinterpret_cast<sockaddr*>(&from);
      auto n = ::recvfrom(fd_.get(), bytes, sizeof bytes, 0, raw, &size);
      if (n < 0)
        continue;
      was_asked_ = true;
      auto answer = make({bytes, static_cast<std::size_t>(n)});
      if (!answer.empty())
        ::sendto(fd_.get(), answer.data(), answer.size(), 0, raw, size);
    }
  }

  actors::unique_fd fd_;
  std::atomic<bool> is_over_ = false;
  std::atomic<bool> was_asked_ = false;
  std::thread thread_;
};

std::string silent(std::string) {
  return "";
}

std::string nonsense(std::string question) {
  return question.substr(0, 2) + "nonsense";
}

/// The question with the flags of an answer without error, and more answers
/// promised than there are.
std::string truncated(std::string question) {
  question[2] = static_cast<char>(0x81);
  question[3] = static_cast<char>(0x80);
  question[7] = 9;
  return question;
}

/// The server has an error.
std::string fails(std::string question) {
  question[2] = static_cast<char>(0x81);
  question[3] = static_cast<char>(0x82);
  return question;
}

lookup_result look_up(const fake_server& at, waker& by, duration timeout) {
  auto x = make(dns_topology(
    "x", {.query = "n.example.", .access = {{at.address()}, timeout}}));
  return x->look_up(by);
}

std::string problem(const std::string& kind, settings_map settings) {
  settings["strategy"] = kind;
  auto result = read_topology("x", std::move(settings));
  auto* x = std::get_if<topology>(&result);
  if (x == nullptr)
    return problem_of(result);
  return problem_of(x->make(a_seeker()));
}

} // namespace

BOOST_AUTO_TEST_SUITE(dns_tests)

BOOST_AUTO_TEST_CASE(a_silent_server_is_a_failure_in_time) {
  fake_server at{silent};
  waker by;
  auto begin = std::chrono::steady_clock::now();
  auto result = look_up(at, by, 300ms);
  auto took = std::chrono::steady_clock::now() - begin;
  BOOST_TEST(problem_of(result)
             == "A records of 'n.example.': no DNS server answered in time");
  BOOST_TEST((std::get<failure>(result).code == errc::timeout));
  BOOST_TEST((took >= 200ms && took < 10s));
}

BOOST_AUTO_TEST_CASE(a_stop_ends_a_lookup) {
  fake_server at{silent};
  waker by;
  std::thread other{[&] {
    while (!at.was_asked())
      std::this_thread::yield();
    by.stop();
  }};
  BOOST_TEST(is_quick([&] { (void)look_up(at, by, 1min); }));
  other.join();
}

BOOST_AUTO_TEST_CASE(a_wake_up_is_kept_for_the_wait_that_follows) {
  fake_server at{silent};
  waker by;
  by.wake();
  BOOST_TEST(problem_of(look_up(at, by, 200ms)) != "");
  BOOST_TEST(is_quick([&] { by.sleep(1h); }));
}

BOOST_AUTO_TEST_CASE(answers_that_are_none_are_failures) {
  for (auto how : {nonsense, truncated, fails}) {
    fake_server at{how};
    waker by;
    auto result = look_up(at, by, 300ms);
    BOOST_TEST(problem_of(result).starts_with("A records of 'n.example.': "));
    BOOST_TEST((std::get<failure>(result).code != errc::not_found));
  }
}

BOOST_AUTO_TEST_CASE(settings_that_cannot_work_are_refused_by_name) {
  BOOST_TEST(problem("dns", {{"query", "n.example"},
                             {"records", "srv"},
                             {"family", "ipv6"},
                             {"port", "1"},
                             {"server", "10.0.0.1, [::1]:5353, ::1"},
                             {"timeout", "1s"}})
             == "");
  BOOST_TEST(problem("dns", {}) == "topology x: query is missing");
  for (std::string text : {"a..b", ".a", "a b", "a\nb", "."})
    BOOST_TEST(problem("dns", {{"query", text}})
               == "topology x: query = '" + text + "': takes a name in DNS");
  BOOST_TEST(problem("dns", {{"query", std::string(64, 'a')}}) != "");
  BOOST_TEST(problem("dns", {{"query", "a"}, {"records", "mx"}})
             == "topology x: records = 'mx': takes addresses or srv");
  BOOST_TEST(problem("dns", {{"query", "a"}, {"family", "4"}})
             == "topology x: family = '4': takes both, ipv4 or ipv6");
  for (std::string text : {"name", "1.2.3.4:x", "1.2.3.4:0", ":53"})
    BOOST_TEST(problem("dns", {{"query", "a"}, {"server", text}})
               == "topology x: server = '" + text
                    + "': takes an address, or address:port");
  BOOST_TEST(problem("dns", {{"query", "a"}, {"timeout", "1ms"}})
             == "topology x: timeout: takes 100ms to 1min");
}

BOOST_AUTO_TEST_CASE(a_service_has_a_name_and_a_namespace) {
  auto read = [](settings_map more) {
    more.emplace("service", "web");
    return problem("kubernetes_dns", std::move(more));
  };
  BOOST_TEST(read({{"namespace", "apps"}}) == "");
  BOOST_TEST(problem("kubernetes_dns", {}) == "topology x: service is missing");
  BOOST_TEST(read({{"service", "a.b"}, {"namespace", "apps"}})
             == "topology x: service = 'a.b': takes the name of a headless "
                "service");
  BOOST_TEST(read({{"namespace", "a.b"}})
             == "topology x: namespace = 'a.b': takes a name");
  BOOST_TEST(read({{"namespace", "apps"}, {"port_name", "horde"}})
             == "topology x: port_name = 'horde': takes the name of a port, "
                "with records = srv");
  folder here;
  kubernetes_dns_settings settings{.service = "web", .account = here.string()};
  auto of_pod = kubernetes_dns_topology("x", settings);
  BOOST_TEST(problem_of(of_pod.make(a_seeker()))
             == "topology x: namespace is missing: " + here / "namespace"
                  + " does not tell it");
  here.write("namespace", "apps\n");
  BOOST_TEST(problem_of(of_pod.make(a_seeker())) == "");
}

BOOST_AUTO_TEST_SUITE_END()
