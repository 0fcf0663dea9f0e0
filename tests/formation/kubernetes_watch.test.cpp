// SPDX-License-Identifier: MIT

#include <boost/test/unit_test.hpp>

#include "horde/formation/kubernetes_watch.hpp"

using namespace horde;
using namespace horde::formation;
using namespace std::chrono_literals;

namespace {

/// A pod `name` with an address of its own.
std::string pod(const std::string& name, const std::string& ip,
                int version = 1) {
  return R"({"metadata": {"name": ")" + name
         + R"(", "namespace": "shop", "resourceVersion": ")"
         + std::to_string(version) + R"("}, "status": {"podIP": ")" + ip
         + R"("}})";
}

std::string list(const std::vector<std::string>& pods,
                 const std::string& version = "10",
                 const std::string& rest = "") {
  std::string items;
  for (const auto& x : pods)
    items += (items.empty() ? "" : ",") + x;
  return R"({"kind": "PodList", "metadata": {"resourceVersion": ")" + version
         + R"(", "continue": ")" + rest + R"("}, "items": [)" + items + "]}";
}

std::string event(const std::string& type, const std::string& object) {
  return R"({"type": ")" + type + R"(", "object": )" + object + "}\n";
}

const auto too_old = event("ERROR", R"({"kind": "Status", "code": 410})");

kubernetes_view pods() {
  kubernetes_view result;
  result.from = kubernetes_source::pods;
  result.port = "1";
  return result;
}

struct bench {
  kubernetes_watch x{pods(), {"shop", "app=a"}};
  instant now{1h};

  explicit bench(kubernetes_scope scope = {"shop", "app=a"})
      : x(pods(), std::move(scope)) {}

  void begin() { x.begin(now); }

  /// What is asked: `list`, `list CONTINUE`, `watch VERSION`, or nothing.
  std::string asks() const {
    auto request = x.next();
    if (!request)
      return "";
    auto at = [&](const std::string& key) {
      auto i = request->target.find("&" + key + "=");
      if (i == std::string::npos)
        return std::string{};
      auto value = request->target.substr(i + key.size() + 2);
      return " " + value.substr(0, value.find('&'));
    };
    return request->is_watch ? "watch" + at("resourceVersion")
                             : "list" + at("continue");
  }

  std::string found() const {
    auto result = x.result();
    if (auto* why = std::get_if<failure>(&result))
      return "failure: " + why->what;
    std::string text;
    for (const auto& each : std::get<lookup>(result).nodes)
      text += (text.empty() ? "" : " ") + to_string(each);
    return text;
  }

  /// Listed one pod at 10, and watches.
  void watch() {
    begin();
    BOOST_TEST(asks() == "list");
    x.listed(200, list({pod("a", "10.0.0.1")}));
    BOOST_TEST(asks() == "watch 10");
    x.watched(200, "", now);
    BOOST_TEST(asks() == "");
    BOOST_TEST(x.is_watching());
    BOOST_TEST(found() == "10.0.0.1:1");
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(kubernetes_watch_tests)

BOOST_AUTO_TEST_CASE(each_source_has_a_path) {
  auto target = [](kubernetes_source from, kubernetes_scope scope) {
    auto view = pods();
    view.from = from;
    kubernetes_watch x{view, std::move(scope)};
    x.begin(instant{1h});
    return x.next()->target;
  };
  BOOST_TEST(target(kubernetes_source::slices, {"shop", "app=a"})
             == "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices"
                "?labelSelector=app%3Da&limit=500");
  kubernetes_scope cached{"", ""};
  cached.cached = true;
  cached.page = 7;
  BOOST_TEST(target(kubernetes_source::endpoints, cached)
             == "/api/v1/endpoints?labelSelector=&limit=7&resourceVersion=0");
  BOOST_TEST(target(kubernetes_source::pods, {"a", "b"})
             == "/api/v1/namespaces/a/pods?labelSelector=b&limit=500");
  bench x;
  x.begin();
  x.x.listed(200, list({}));
  BOOST_TEST(x.x.next()->target
             == "/api/v1/namespaces/shop/pods?labelSelector=app%3Da&watch=1"
                "&allowWatchBookmarks=true&resourceVersion=10"
                "&timeoutSeconds=300");
}

BOOST_AUTO_TEST_CASE(a_list_may_have_pages) {
  bench x;
  x.begin();
  x.x.listed(200, list({pod("a", "10.0.0.1")}, "10", "next 1"));
  BOOST_TEST(x.asks() == "list next%201");
  x.x.listed(200, list({pod("b", "10.0.0.2")}, "10", "next2"));
  BOOST_TEST(x.asks() == "list next2");
  x.x.listed(200, list({pod("c", "10.0.0.3")}));
  BOOST_TEST(x.asks() == "watch 10");
  BOOST_TEST(x.found() == "10.0.0.1:1 10.0.0.2:1 10.0.0.3:1");
}

BOOST_AUTO_TEST_CASE(a_list_that_fails_on_its_way_changes_nothing) {
  bench x{{"shop", "app=a", false, false}};
  x.begin();
  x.x.listed(200, list({pod("a", "10.0.0.1")}));
  BOOST_TEST(x.asks() == "");
  x.begin();
  x.x.listed(200, list({pod("b", "10.0.0.2")}, "10", "next"));
  x.x.failed({errc::timeout, "no answer"}, x.now);
  BOOST_TEST(x.found() == "failure: no answer");
  x.begin();
  BOOST_TEST(x.asks() == "list");
  x.x.listed(200, list({pod("c", "10.0.0.3")}));
  BOOST_TEST(x.found() == "10.0.0.3:1");
}

BOOST_AUTO_TEST_CASE(pages_that_are_too_old_are_listed_again_once) {
  bench x;
  x.begin();
  x.x.listed(200, list({pod("a", "10.0.0.1")}, "10", "next"));
  x.x.listed(410, "");
  BOOST_TEST(x.asks() == "list");
  x.x.listed(200, list({pod("b", "10.0.0.2")}, "11", "next"));
  x.x.listed(410, R"({"message": "too old"})");
  BOOST_TEST(x.asks() == "");
  BOOST_TEST(x.found() == "failure: the API answered 410: too old");
}

BOOST_AUTO_TEST_CASE(another_token_is_tried_once) {
  bench x;
  x.begin();
  x.x.listed(401, "");
  BOOST_TEST(x.asks() == "list");
  x.x.listed(200, list({}));
  BOOST_TEST(x.asks() == "watch 10");
  x.begin();
  x.x.listed(401, "");
  x.x.listed(401, R"({"message": "Unauthorized"})");
  BOOST_TEST(x.asks() == "");
  BOOST_TEST(x.found() == "failure: the API answered 401: Unauthorized");
}

BOOST_AUTO_TEST_CASE(who_may_not_list_is_told) {
  bench x;
  x.begin();
  x.x.listed(403, R"({"message": "pods is forbidden"})");
  BOOST_TEST(x.asks() == "");
  BOOST_TEST(x.found() == "failure: the API answered 403: pods is forbidden");
  x.begin();
  x.x.listed(500, "oops");
  BOOST_TEST(x.found() == "failure: the API answered 500");
  x.begin();
  x.x.listed(200, "oops");
  BOOST_TEST(x.found() == "failure: the answer is no JSON");
}

BOOST_AUTO_TEST_CASE(a_watch_tells_what_changes) {
  bench x;
  x.watch();
  BOOST_TEST(x.x.heard(event("ADDED", pod("b", "10.0.0.2", 11)), x.now));
  BOOST_TEST(x.found() == "10.0.0.1:1 10.0.0.2:1");
  BOOST_TEST(!x.x.heard(event("MODIFIED", pod("b", "10.0.0.2", 12)), x.now));
  BOOST_TEST(x.x.heard(event("MODIFIED", pod("b", "10.0.0.9", 13)), x.now));
  BOOST_TEST(x.found() == "10.0.0.1:1 10.0.0.9:1");
  BOOST_TEST(x.x.heard(event("DELETED", pod("a", "10.0.0.1", 14)), x.now));
  BOOST_TEST(!x.x.heard(event("DELETED", pod("z", "10.0.0.5", 15)), x.now));
  BOOST_TEST(x.found() == "10.0.0.9:1");
  x.begin();
  BOOST_TEST(x.asks() == ""); // it is known already
  BOOST_TEST(x.found() == "10.0.0.9:1");
}

BOOST_AUTO_TEST_CASE(lines_of_a_watch_come_in_pieces) {
  bench x;
  x.watch();
  auto lines = event("ADDED", pod("b", "10.0.0.2", 11)) + "\r\n"
               + event("ADDED", pod("c", "10.0.0.3", 12));
  auto changes = 0;
  for (char each : lines)
    changes += x.x.heard(std::string_view{&each, 1}, x.now) ? 1 : 0;
  BOOST_TEST(changes == 2);
  BOOST_TEST(x.found() == "10.0.0.1:1 10.0.0.2:1 10.0.0.3:1");
}

BOOST_AUTO_TEST_CASE(a_watch_that_ended_goes_on_where_it_was) {
  bench x;
  x.watch();
  x.x.heard(event("ADDED", pod("b", "10.0.0.2", 11)), x.now);
  x.x.heard(event("BOOKMARK", R"({"metadata": {"resourceVersion": "20"}})"),
            x.now);
  x.now += 5min;
  BOOST_TEST(!x.x.is_due());
  x.x.ended(true, x.now);
  BOOST_TEST(x.x.is_due());
  x.begin();
  BOOST_TEST(!x.x.is_due());
  BOOST_TEST(x.asks() == "watch 20");
  x.x.watched(200, "", x.now);
  BOOST_TEST(x.found() == "10.0.0.1:1 10.0.0.2:1");
}

BOOST_AUTO_TEST_CASE(a_watch_that_broke_is_followed_by_a_list) {
  for (const auto& last : {std::string{}, too_old, std::string{"nonsense\n"},
                           event("OTHER", pod("b", "10.0.0.2"))}) {
    bench x;
    x.watch();
    x.now += 5min;
    x.x.heard(last, x.now);
    x.x.ended(false, x.now);
    BOOST_TEST(x.x.is_due());
    BOOST_TEST(x.found() == "10.0.0.1:1");
    x.begin();
    BOOST_TEST(x.asks() == "list");
    x.x.listed(200, list({pod("b", "10.0.0.2")}, "30"));
    BOOST_TEST(x.asks() == "watch 30");
    BOOST_TEST(x.found() == "10.0.0.2:1");
  }
}

BOOST_AUTO_TEST_CASE(a_watch_that_never_ends_is_not_believed) {
  bench x;
  x.watch();
  x.now += 5min + 29s;
  x.begin();
  BOOST_TEST(x.asks() == "");
  x.now += 1s;
  x.begin();
  BOOST_TEST(!x.x.is_watching());
  BOOST_TEST(x.asks() == "list");
}

BOOST_AUTO_TEST_CASE(a_watch_cut_within_a_line_broke) {
  bench x;
  x.watch();
  x.now += 5min;
  x.x.heard(R"({"type": "ADD)", x.now);
  x.x.ended(true, x.now);
  x.begin();
  BOOST_TEST(x.asks() == "list");
}

BOOST_AUTO_TEST_CASE(watches_that_end_at_once_are_tried_less_and_less) {
  bench x;
  x.watch();
  x.x.ended(true, x.now);
  BOOST_TEST(!x.x.is_due());
  auto tries = 0;
  for (int i = 0; i < 300; ++i) { // once a second
    x.begin();
    if (x.asks() == "list")
      x.x.listed(200, list({pod("a", "10.0.0.1")}));
    if (x.asks() == "watch 10") {
      ++tries;
      x.x.watched(200, "", x.now);
      BOOST_TEST(x.asks() == "");
      x.x.heard(too_old, x.now);
      BOOST_TEST(!x.x.is_due());
    } else {
      BOOST_TEST(x.asks() == "");
    }
    BOOST_TEST(x.found() == "10.0.0.1:1");
    x.now += 1s;
  }
  BOOST_TEST(tries >= 6);
  BOOST_TEST(tries <= 12);
}

BOOST_AUTO_TEST_CASE(who_may_not_watch_lists_at_each_lookup) {
  for (unsigned status : {403, 404, 405, 500}) {
    bench x;
    x.begin();
    x.x.listed(200, list({pod("a", "10.0.0.1")}));
    x.x.watched(status, "", x.now);
    BOOST_TEST(x.asks() == "");
    BOOST_TEST(x.found() == "10.0.0.1:1");
    x.now += 5s;
    x.begin();
    BOOST_TEST(x.asks() == "list");
    x.x.listed(200, list({pod("b", "10.0.0.2")}));
    BOOST_TEST(x.asks() == "");
    BOOST_TEST(x.found() == "10.0.0.2:1");
    x.now += kubernetes_watch::retry_watch;
    x.begin();
    x.x.listed(200, list({}, "40"));
    BOOST_TEST(x.asks() == "watch 40"); // perhaps it may by now
  }
}

BOOST_AUTO_TEST_CASE(a_watch_may_be_refused_for_its_token_or_its_age) {
  bench x;
  x.begin();
  x.x.listed(200, list({}));
  x.x.watched(401, "", x.now);
  BOOST_TEST(x.asks() == "watch 10");
  x.x.watched(410, "", x.now);
  BOOST_TEST(x.asks() == "list");
  x.x.listed(200, list({}, "11"));
  x.x.watched(410, "", x.now);
  BOOST_TEST(x.asks() == ""); // polls for a while
  BOOST_TEST(x.found() == "");
}

BOOST_AUTO_TEST_CASE(an_old_list_is_no_answer_while_the_api_is_away) {
  bench x;
  x.watch();
  x.now += 5min;
  x.x.ended(true, x.now);
  x.begin();
  BOOST_TEST(x.asks() == "watch 10");
  x.x.failed({errc::cannot_connect, "refused"}, x.now);
  BOOST_TEST(x.asks() == "list");
  x.x.failed({errc::cannot_connect, "refused"}, x.now);
  BOOST_TEST(x.asks() == "");
  BOOST_TEST(x.found() == "failure: refused");
}

BOOST_AUTO_TEST_CASE(who_shall_not_watch_does_not) {
  bench x{{"shop", "app=a", false, false}};
  for (int i = 0; i < 3; ++i) {
    x.begin();
    BOOST_TEST(x.asks() == "list");
    x.x.listed(200, list({}));
    BOOST_TEST(x.asks() == "");
    x.now += 5min;
  }
}

BOOST_AUTO_TEST_CASE(a_list_without_a_version_cannot_be_watched) {
  bench x;
  x.begin();
  x.x.listed(200, list({}, ""));
  BOOST_TEST(x.asks() == "");
  BOOST_TEST(x.found() == "");
}

BOOST_AUTO_TEST_CASE(a_port_that_nobody_has_is_no_empty_cluster) {
  auto view = pods();
  view.port = "horde";
  kubernetes_watch x{view, {"shop", ""}};
  x.begin(instant{1h});
  x.listed(200, list({pod("a", "10.0.0.1")}));
  BOOST_TEST(std::get<failure>(x.result()).what
             == "shop/a has no port 'horde'");
}

BOOST_AUTO_TEST_CASE(lists_and_lines_have_limits) {
  bench x;
  x.begin();
  std::size_t pages = 0;
  for (; x.asks() != "" && pages < 5000; ++pages)
    x.x.listed(200, list({}, "10", "more"));
  BOOST_TEST(pages == kubernetes_watch::max_pages + 1);
  BOOST_TEST(x.found().starts_with("failure: the list is too long"));

  bench y;
  y.watch();
  y.now += 5min;
  for (int i = 0; i < 5; ++i)
    y.x.heard(std::string(1024 * 1024, 'x'), y.now);
  BOOST_TEST(!y.x.is_watching());
  BOOST_TEST(y.x.is_due());

  bench z;
  z.begin();
  std::vector<std::string> many;
  for (std::size_t i = 0; i <= kubernetes_watch::max_nodes; ++i)
    many.push_back(pod("a" + std::to_string(i), "10.0.0.1"));
  z.x.listed(200, list(many));
  BOOST_TEST(z.found() == "failure: there are more than 10000 nodes");
}

BOOST_AUTO_TEST_SUITE_END()
