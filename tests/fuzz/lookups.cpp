// SPDX-License-Identifier: MIT
//
// What servers answer that are asked where nodes are: HTTP, JSON, lists and
// watches of Kubernetes. Whoever answers may answer anything.

#include <algorithm>

#include "fuzz/harness.hpp"
#include "fuzz/script.hpp"
#include "horde/formation/http_request.hpp"
#include "horde/formation/http_response.hpp"
#include "horde/formation/json_addresses.hpp"
#include "horde/formation/kubernetes_watch.hpp"

namespace horde::fuzz {

using namespace horde::formation;

namespace {

void check_nodes(const lookup_result& x) {
  auto* found = std::get_if<lookup>(&x);
  if (found == nullptr) {
    HORDE_ASSERT(!std::get<failure>(x).what.empty());
    return;
  }
  HORDE_ASSERT(found->nodes.size() <= max_json_addresses);
  for (const auto& each : found->nodes) {
    HORDE_ASSERT(is_host(each.host) && each.port != 0);
    HORDE_ASSERT(parse_endpoint(to_string(each)) == each);
  }
}

struct read_response {
  http_response::state where;
  unsigned status;
  std::string body;

  friend bool operator==(const read_response&, const read_response&) = default;
};

read_response in_pieces(std::string_view bytes, std::size_t size) {
  http_response x;
  std::string body;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(size, bytes.size()))) {
    x.take(bytes.substr(0, size));
    body += x.take_body();
  }
  x.close();
  HORDE_ASSERT(x.where() == http_response::state::complete
               || !x.problem().empty());
  return {x.where(), x.status(), body};
}

/// The same in whatever pieces it comes.
void check_response(std::string_view bytes) {
  auto whole = in_pieces(bytes, bytes.size() + 1);
  HORDE_ASSERT(whole.body.size() <= bytes.size());
  HORDE_ASSERT(in_pieces(bytes, 1) == whole);
  HORDE_ASSERT(in_pieces(bytes, 7) == whole);
}

void check_addresses(std::string_view answer) {
  static const json_layout layouts[] = {
    {{{"*"}}, std::nullopt, 1},
    {{{"*", "a"}, {"*", "b", "0"}}, json_path{"*", "p"}, 0},
    {{{"a", "*", "b", "*"}}, json_path{"a", "*", "p"}, 0},
  };
  for (const auto& x : layouts)
    check_nodes(read_addresses(answer, x));
}

/// Text that people type: whatever is taken makes one request of it.
void check_request(std::string_view bytes) {
  script in{bytes};
  auto where = parse_url(in.bytes());
  auto header = parse_http_header(in.bytes());
  auto token = bearer_header(in.bytes());
  if (!where)
    return;
  HORDE_ASSERT(is_host(where->at.host) && where->at.port != 0);
  http_request request{*where};
  if (header)
    request.headers.push_back(*header);
  if (token)
    request.headers.push_back(*token);
  auto text = to_bytes(request);
  auto lines = std::count(text.begin(), text.end(), '\n');
  HORDE_ASSERT(lines
               == 7 + static_cast<std::ptrdiff_t>(request.headers.size()));
  auto line = text.substr(0, text.find('\r'));
  HORDE_ASSERT(std::count(line.begin(), line.end(), ' ') == 2);
}

kubernetes_view view_of(script& in) {
  kubernetes_view result;
  result.from = static_cast<kubernetes_source>(in.below(3));
  result.naming = static_cast<kubernetes_naming>(in.below(3));
  result.port = in.flag() ? "horde" : "1";
  return result;
}

/// Honest and other answers in any order, in good time.
void check_watch(std::string_view bytes) {
  script in{bytes};
  kubernetes_watch x{view_of(in), {"shop", "app=a"}};
  instant now{std::chrono::hours{1}};
  while (!in.is_over()) {
    now += std::chrono::milliseconds{100} * in.byte();
    switch (in.below(4)) {
    case 0: x.ended(in.flag(), now); break;
    case 1:
    case 2:
      if (x.is_watching())
        (void)x.heard(in.bytes(), now);
      break;
    default: {
      x.begin(now);
      auto steps = 0;
      for (auto what = x.next(); what; what = x.next()) {
        HORDE_ASSERT(what->target.find_first_of(" \r\n") == std::string::npos);
        constexpr unsigned codes[] = {200, 200, 200, 401, 403, 410, 500};
        auto code = codes[in.below(std::size(codes))];
        // A script is finite; pages of a server that never ends have a limit.
        if (in.is_over() && ++steps > 8)
          x.failed({errc::timeout, "no answer"}, now);
        else if (what->is_watch)
          x.watched(code, in.bytes(), now);
        else
          x.listed(code, in.bytes());
        HORDE_ASSERT(steps <= 16);
      }
    }
    }
    check_nodes(x.result());
  }
}

using check = void (*)(std::string_view);
constexpr check checks[] = {check_response, check_addresses, check_request,
                            check_watch};

std::string seed(std::size_t place, const std::string& bytes) {
  return static_cast<char>(place) + bytes;
}

const std::string pod =
  R"({"metadata":{"name":"a","namespace":"b","resourceVersion":"5"},)"
  R"("status":{"podIP":"10.0.0.1","phase":"Running"},)"
  R"("spec":{"hostname":"a-0","subdomain":"s",)"
  R"("containers":[{"ports":[{"name":"horde","containerPort":7}]}]}})";
const std::string slice =
  R"({"metadata":{"name":"a","namespace":"b","resourceVersion":"6",)"
  R"("labels":{"kubernetes.io/service-name":"s"}},)"
  R"("endpoints":[{"addresses":["10.0.0.1"],"hostname":"a-0",)"
  R"("conditions":{"ready":true}}],"ports":[{"name":"horde","port":7}]})";
const std::string endpoints =
  R"({"metadata":{"name":"a","namespace":"b","resourceVersion":"7"},)"
  R"("subsets":[{"addresses":[{"ip":"fd00::1","hostname":"a"}],)"
  R"("ports":[{"name":"horde","port":7}]}]})";

std::string list_of(const std::string& items, const std::string& rest) {
  return R"({"kind":"XList","metadata":{"resourceVersion":"9","continue":")"
         + rest + R"("},"items":[)" + items + "]}";
}

/// A list in two pages, then a watch with all kinds of lines.
std::string watch_seed(std::size_t source, std::size_t naming,
                       const std::string& object) {
  script_writer out;
  out.byte(source).byte(naming).byte(1);
  out.byte(1).byte(3);                        // a lookup
  out.byte(0).bytes(list_of(object, "more")); // 200
  out.byte(5).bytes("");                      // 410
  out.byte(0).bytes(list_of("", ""));         // 200
  out.byte(0).bytes("");                      // the watch
  for (auto type : {"ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"})
    out.byte(1).byte(1).bytes("{\"type\":\"" + std::string{type}
                              + "\",\"object\":" + object + "}\n");
  out.byte(200).byte(0).byte(1); // it ends
  out.byte(1).byte(3).byte(0).bytes(list_of(object, "")).byte(4).bytes("");
  return out.take();
}

} // namespace

void run_lookups(std::string_view input) {
  if (input.empty())
    return;
  auto kind = static_cast<std::uint8_t>(input.front());
  checks[kind % std::size(checks)](input.substr(1));
}

std::vector<std::string> lookup_seeds() {
  std::vector<std::string> result{
    seed(0, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"),
    seed(0, "HTTP/1.0 404 Not Found\r\n\r\nnothing"),
    seed(0, "HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 200 OK\r\n"
            "Transfer-Encoding: chunked\r\n\r\n"
            "4;x\r\n[\"a\"\r\n1\r\n]\r\n0\r\nT: 1\r\n\r\n"),
    seed(1, R"(["10.0.0.1","db:1","fd00::1","[fd00::2]:7"])"),
    seed(1, R"([{"a":"","b":["x"],"p":7},{"a":"y","p":"8"},{"a":null}])"),
    seed(1, R"({"a":[{"b":["x","y"],"p":7},{"b":[],"p":1}]})"),
    seed(2, script_writer{}
              .bytes("https://[fd00::1]:6443/a?b=c")
              .bytes("X-Token: t")
              .bytes("token\n")
              .take()),
  };
  const std::string* objects[] = {&slice, &endpoints, &pod};
  for (std::size_t source = 0; source < 3; ++source)
    for (std::size_t naming = 0; naming < 3; ++naming)
      result.push_back(seed(3, watch_seed(source, naming, *objects[source])));
  return result;
}

} // namespace horde::fuzz
