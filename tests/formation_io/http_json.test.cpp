// SPDX-License-Identifier: MIT

#include <array>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <httplib.h>
#include <poll.h>
#include <sys/socket.h>

#include "actors/door/certificates.hpp"
#include "horde/actors/door/socket.hpp"
#include "horde/actors/formation/http_json.hpp"
#include "horde/actors/formation/strategies.hpp"
#include "support/eventually.hpp"

using namespace horde;
using namespace horde::actors;
using namespace horde::formation;
using namespace horde::test;
using namespace std::chrono_literals;

namespace {

std::string text_of(const lookup_result& x) {
  if (auto* why = std::get_if<failure>(&x))
    return "failure: " + why->what;
  std::string result;
  for (const auto& each : std::get<lookup>(x).nodes)
    result += (result.empty() ? "" : " ") + to_string(each);
  return result;
}

std::string look_up(const http_json_settings& settings) {
  waker by;
  auto made = http_json_topology("meta", settings).make({});
  if (auto* why = std::get_if<failure>(&made))
    return "failure: " + why->what;
  return text_of(std::get<strategy_ptr>(made)->look_up(by));
}

/// A real web server that runs one handler.
class server {
public:
  using handler = httplib::Server::Handler;

  explicit server(handler then, const certificate_files& files = {}) {
    if (files.none())
      it_ = std::make_unique<httplib::Server>();
    else
      it_ = std::make_unique<httplib::SSLServer>(files.certificate.c_str(),
                                                 files.private_key.c_str());
    it_->Get(".*", std::move(then));
    port_ = it_->bind_to_any_port("127.0.0.1");
    thread_ = std::thread{[this] { it_->listen_after_bind(); }};
  }
  ~server() {
    while (!it_->is_running()) // stop() before that would be lost
      std::this_thread::yield();
    it_->stop();
    thread_.join();
  }

  std::string at(const std::string& host = "127.0.0.1") const {
    return host + ":" + std::to_string(port_);
  }

private:
  std::unique_ptr<httplib::Server> it_;
  std::thread thread_;
  int port_ = 0;
};

/// Answers each connection with some bytes, and closes it when told.
class raw_server {
public:
  /// Called with the connection again and again until it is false.
  using step = std::function<bool(int fd)>;

  explicit raw_server(step next) : next_(std::move(next)) {
    auto fd = listen_on({"127.0.0.1", 0});
    listener_ = std::get<unique_fd>(std::move(fd));
    thread_ = std::thread{[this] { run(); }};
  }
  explicit raw_server(std::string bytes)
      : raw_server([bytes = std::move(bytes)](int fd) {
          std::array<char, 4096> request;
          (void)!::recv(fd, request.data(), request.size(), 0);
          (void)!::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
          return false;
        }) {}
  ~raw_server() {
    stopped_ = true;
    thread_.join();
  }

  std::string at() const {
    return "127.0.0.1:" + std::to_string(local_port(listener_.get()));
  }

private:
  void run() {
    while (!stopped_) {
      if (!is_readable(listener_.get(), 10))
        continue;
      auto got = accept_on(listener_.get());
      while (got && !stopped_ && !is_readable(got->fd.get(), 10)) {
      }
      while (got && !stopped_ && next_(got->fd.get())) {
      }
    }
  }

  static bool is_readable(int fd, int milliseconds) {
    pollfd x{fd, POLLIN, 0};
    return ::poll(&x, 1, milliseconds) == 1;
  }

  step next_;
  unique_fd listener_;
  std::atomic<bool> stopped_{false};
  std::thread thread_;
};

http_json_settings settings_for(const std::string& at,
                                const std::string& scheme = "http") {
  http_json_settings result;
  result.url = scheme + "://" + at + "/nodes";
  return result;
}

/// What is said to an answer of these bytes.
std::string look_up_bytes(const std::string& bytes) {
  raw_server x{bytes};
  auto result = look_up(settings_for(x.at()));
  auto name = "failure: " + x.at() + ": ";
  return result.starts_with(name) ? result.substr(name.size()) : result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(http_json_tests)

BOOST_AUTO_TEST_CASE(a_server_is_asked_with_headers_and_a_token) {
  std::string token_file =
    (std::filesystem::temp_directory_path() / "horde-token-XXXXXX").string();
  auto fd = unique_fd{::mkstemp(token_file.data())};
  std::atomic<int> asked{0};
  server x{[&](const httplib::Request& request, httplib::Response& to) {
    auto ok = request.path == "/v1/nodes" && request.get_param_value("a") == "b"
              && request.get_header_value("X-Key") == "k: 1"
              && request.get_header_value("Authorization")
                   == "Bearer t" + std::to_string(++asked);
    to.status = ok ? 200 : 401;
    to.set_content(R"({"nodes": [{"ip": "10.0.0.1", "port": 4711},
                                 {"ip": "db", "port": "4712"}]})",
                   "application/json");
  }};
  auto settings = settings_for(x.at());
  settings.url = "http://" + x.at() + "/v1/nodes?a=b";
  settings.headers = {"X-Key: k: 1"};
  settings.token_file = token_file;
  settings.addresses = {"/nodes/*/ip"};
  settings.port = "/nodes/*/port";
  std::ofstream{token_file} << "t1\n";
  BOOST_TEST(look_up(settings) == "10.0.0.1:4711 db:4712");
  std::ofstream{token_file} << "t2\n";
  BOOST_TEST(look_up(settings) == "10.0.0.1:4711 db:4712");
  BOOST_TEST(look_up(settings) == "failure: " + x.at() + ": it answered 401");
  std::filesystem::remove(token_file);
  BOOST_TEST(look_up(settings)
             == "failure: the file '" + token_file + "' cannot be read");
}

BOOST_AUTO_TEST_CASE(each_lookup_asks_again) {
  std::atomic<int> asked{0};
  server x{[&](const auto&, httplib::Response& to) {
    to.set_content("[\"a:" + std::to_string(++asked) + "\"]", "x/y");
  }};
  auto made = http_json_topology("meta", settings_for(x.at())).make({});
  auto& it = *std::get<strategy_ptr>(made);
  waker by;
  BOOST_TEST(text_of(it.look_up(by)) == "a:1");
  BOOST_TEST(text_of(it.look_up(by)) == "a:2");
}

BOOST_AUTO_TEST_CASE(a_server_with_tls_shows_a_certificate_for_its_name) {
  actors::test::authority ours;
  actors::test::authority other;
  auto answer = [](const auto&, httplib::Response& to) {
    to.set_content(R"(["a:1"])", "application/json");
  };
  auto files = ours.sign("IP:127.0.0.1,DNS:localhost");
  server x{answer, files};
  auto settings = settings_for(x.at(), "https");
  settings.authorities = files.authorities;
  BOOST_TEST(look_up(settings) == "a:1");
  settings.url = "https://" + x.at("localhost") + "/";
  BOOST_TEST(look_up(settings) == "a:1");
  settings.authorities = other.sign("DNS:x").authorities;
  BOOST_TEST(look_up(settings).find("its certificate is refused")
             != std::string::npos);
  settings.authorities = ""; // whom the machine trusts
  BOOST_TEST(look_up(settings).find("its certificate is refused")
             != std::string::npos);
  settings.authorities = "/nowhere";
  BOOST_TEST(look_up(settings).find("cannot use the authorities in '/nowhere'")
             != std::string::npos);

  auto elsewhere = ours.sign("DNS:elsewhere");
  server y{answer, elsewhere};
  settings = settings_for(y.at("localhost"), "https");
  settings.authorities = elsewhere.authorities;
  BOOST_TEST(
    look_up(settings).find("its certificate is refused: hostname mismatch")
    != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_large_answer_in_chunks) {
  server x{[&](const auto&, httplib::Response& to) {
    to.set_chunked_content_provider(
      "application/json", [](std::size_t at, httplib::DataSink& sink) {
        auto n = at / 7;
        auto text = n == 0 ? "[ \"a:1\"" : n < 9000 ? ",\"a:12\"" : "]";
        sink.write(text, std::strlen(text));
        if (n >= 9000)
          sink.done();
        return true;
      });
  }};
  auto found = look_up(settings_for(x.at()));
  BOOST_TEST(std::count(found.begin(), found.end(), ' ') == 8999);
}

BOOST_AUTO_TEST_CASE(what_is_no_answer_is_told) {
  BOOST_TEST(look_up_bytes("HTTP/1.0 200 OK\r\n\r\n[\"a:1\"]") == "a:1");
  BOOST_TEST(look_up_bytes("HTTP/1.1 200 OK\r\n\r\n<html>")
             == "the answer is no JSON");
  BOOST_TEST(look_up_bytes("HTTP/1.1 302 Found\r\nLocation: http://x/\r\n"
                           "Content-Length: 0\r\n\r\n")
             == "it answered 302");
  BOOST_TEST(look_up_bytes("SSH-2.0-OpenSSH\r\n")
             == "the answer is not HTTP/1.1");
  BOOST_TEST(look_up_bytes("") == "the answer is cut off");
  BOOST_TEST(look_up_bytes("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[")
             == "the answer is cut off");
  BOOST_TEST(look_up_bytes("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")
             == "");
}

BOOST_AUTO_TEST_CASE(a_plain_server_speaks_no_tls) {
  raw_server x{"HTTP/1.1 400 Bad Request\r\n\r\n"};
  BOOST_TEST(look_up(settings_for(x.at(), "https"))
               .starts_with("failure: " + x.at() + ": no TLS: "));
}

BOOST_AUTO_TEST_CASE(a_tls_answer_that_somebody_cut_is_no_answer) {
  actors::test::authority ours;
  auto files = ours.sign("IP:127.0.0.1");
  server x{[](const auto&, httplib::Response& to) {
             to.set_content_provider(
               1000, "application/json",
               [](std::size_t, std::size_t, httplib::DataSink& sink) {
                 sink.write("[", 1);
                 return false;
               });
           },
           files};
  auto settings = settings_for(x.at(), "https");
  settings.authorities = files.authorities;
  BOOST_TEST(look_up(settings)
             == "failure: " + x.at() + ": the answer is cut off");
}

BOOST_AUTO_TEST_CASE(an_endless_answer_is_not_taken) {
  std::string head = "HTTP/1.1 200 OK\r\n\r\n";
  raw_server x{[head](int fd) mutable {
    auto bytes = std::exchange(head, std::string(8192, ' '));
    auto n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return n > 0 || errno == EAGAIN;
  }};
  auto settings = settings_for(x.at());
  settings.size_limit = 100'000;
  BOOST_TEST(look_up(settings)
             == "failure: " + x.at()
                  + ": the answer has more than 100000 bytes");
}

BOOST_AUTO_TEST_CASE(a_server_that_dribbles_or_is_silent_has_no_more_time) {
  std::string head = "HTTP/1.1 200 OK\r\n\r\n";
  raw_server dribbles{[head](int fd) mutable {
    pollfd x{fd, 0, 0};
    ::poll(&x, 1, 5);
    auto bytes = std::exchange(head, " ");
    return ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0;
  }};
  raw_server is_silent{[](int fd) {
    pollfd x{fd, 0, 0};
    return ::poll(&x, 1, 5) == 0;
  }};
  for (auto* x : {&dribbles, &is_silent})
    for (auto scheme : {"http", "https"}) {
      auto settings = settings_for(x->at(), scheme);
      settings.timeout = 100ms;
      auto begin = std::chrono::steady_clock::now();
      auto result = look_up(settings);
      BOOST_TEST(result.starts_with("failure: " + x->at() + ": "));
      if (x == &is_silent)
        BOOST_TEST(result.ends_with(": no answer in time"));
      BOOST_TEST((std::chrono::steady_clock::now() - begin < patience));
    }
}

BOOST_AUTO_TEST_CASE(a_lookup_ends_when_the_node_stops) {
  raw_server is_silent{[](int fd) {
    pollfd x{fd, 0, 0};
    return ::poll(&x, 1, 5) == 0;
  }};
  auto settings = settings_for(is_silent.at());
  settings.timeout = 10min;
  auto made = http_json_topology("meta", settings).make({});
  waker by;
  std::thread other{[&] {
    by.wake(); // a refresh alone does not end it
    by.stop();
  }};
  BOOST_TEST(text_of(std::get<strategy_ptr>(made)->look_up(by))
             == "failure: " + is_silent.at() + ": the node stops");
  other.join();
}

BOOST_AUTO_TEST_CASE(a_refresh_during_a_lookup_is_followed_by_another) {
  raw_server is_silent{[](int fd) {
    pollfd x{fd, 0, 0};
    return ::poll(&x, 1, 5) == 0;
  }};
  auto settings = settings_for(is_silent.at());
  settings.timeout = 50ms;
  auto made = http_json_topology("meta", settings).make({});
  auto& it = *std::get<strategy_ptr>(made);
  waker by;
  by.wake();
  BOOST_TEST(text_of(it.look_up(by))
             == "failure: " + is_silent.at() + ": no answer in time");
  auto begin = std::chrono::steady_clock::now();
  it.wait(1h, by);
  BOOST_TEST((std::chrono::steady_clock::now() - begin < patience));
}

BOOST_AUTO_TEST_CASE(nobody_is_there) {
  std::string at;
  {
    raw_server gone{""};
    at = gone.at();
  }
  BOOST_TEST(look_up(settings_for(at))
             == "failure: " + at + ": Connection refused");
  BOOST_TEST(look_up(settings_for("nowhere.invalid:80"))
               .starts_with("failure: nowhere.invalid:80: cannot resolve "
                            "'nowhere.invalid': "));
}

BOOST_AUTO_TEST_CASE(bad_settings_are_told) {
  auto problem = [](auto change) {
    auto settings = settings_for("meta");
    change(settings);
    return look_up(settings);
  };
  BOOST_TEST(problem([](auto& x) { x.url = "meta"; })
             == "failure: topology meta: url: takes an address such as "
                "https://host:443/path");
  BOOST_TEST(problem([](auto& x) { x.headers = {"Host: x"}; })
             == "failure: topology meta: headers: takes Name: value, apart "
                "from those that each request has");
  BOOST_TEST(problem([](auto& x) { x.addresses = {"a"}; })
             == "failure: topology meta: addresses: takes JSON pointers such "
                "as /nodes/*/ip");
  BOOST_TEST(problem([](auto& x) { x.port = "/*/a/*"; })
             == "failure: topology meta: addresses: takes pointers whose "
                "wildcards fit (/*/a/* has more wildcards than /*)");
  for (auto port : {"0", "x", "70000", "/~"})
    BOOST_TEST(problem([&](auto& x) { x.port = port; })
               == "failure: topology meta: port: takes a number from 1 to "
                  "65535, or a JSON pointer such as /*/port");
  BOOST_TEST(problem([](auto& x) { x.timeout = 1h; })
             == "failure: topology meta: timeout: takes 10ms to 10min");
}

BOOST_AUTO_TEST_CASE(a_catalogue_by_command_line) {
  server consul{[](const httplib::Request& request, httplib::Response& to) {
    if (request.path == "/v1/catalog/service/horde")
      to.set_content(R"([
        {"Address": "10.0.0.1", "ServiceAddress": "", "ServicePort": 4711},
        {"Address": "10.0.0.2", "ServiceAddress": "b", "ServicePort": 4712}])",
                     "application/json");
  }};
  auto read = parse_topology("http_json:url=http://" + consul.at()
                             + "/v1/catalog/service/horde,addresses="
                               "/*/ServiceAddress,/*/Address,port="
                               "/*/ServicePort");
  auto* why = std::get_if<failure>(&read);
  BOOST_REQUIRE_MESSAGE(why == nullptr, (why ? why->what : ""));
  auto made = std::get<topology>(read).make({});
  waker by;
  BOOST_TEST(text_of(std::get<strategy_ptr>(made)->look_up(by))
             == "10.0.0.1:4711 b:4712");
}

BOOST_AUTO_TEST_CASE(a_configuration_is_read) {
  server x{[](const httplib::Request& request, httplib::Response& to) {
    to.set_content("[{\"ip\": \"" + request.get_header_value("A")
                     + request.get_header_value("B") + "\"}]",
                   "application/json");
  }};
  auto read = read_topology("meta", {{"strategy", "http_json"},
                                     {"url", "http://" + x.at()},
                                     {"headers", "A: a\nB: b"},
                                     {"addresses", "/*/name, /*/ip"},
                                     {"port", "9"},
                                     {"timeout", "5s"},
                                     {"size_limit", "100"}});
  auto* why = std::get_if<failure>(&read);
  BOOST_REQUIRE_MESSAGE(why == nullptr, (why ? why->what : ""));
  auto made = std::get<topology>(read).make({});
  waker by;
  BOOST_TEST(text_of(std::get<strategy_ptr>(made)->look_up(by)) == "ab:9");
  auto problem = [](settings_map settings) {
    settings["strategy"] = "http_json";
    auto bad = read_topology("meta", std::move(settings));
    return std::get<failure>(bad).what;
  };
  BOOST_TEST(problem({}) == "topology meta: url is missing");
  BOOST_TEST(problem({{"url", "http://a b/"}})
             == "topology meta: url = 'http://a b/': takes an address such as "
                "https://host:443/path");
  BOOST_TEST(problem({{"url", "http://a/"}, {"size_limit", "0"}})
               .starts_with("topology meta: size_limit = '0': takes a number"));
}

BOOST_AUTO_TEST_SUITE_END()
