// SPDX-License-Identifier: MIT

#include "horde/actors/formation/http_json.hpp"

#include <algorithm>
#include <utility>

#include "horde/actors/formation/bad_setting.hpp"
#include "horde/actors/formation/http_client.hpp"
#include "horde/actors/formation/token_file.hpp"
#include "horde/formation/json_addresses.hpp"

namespace horde::formation {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t most_bytes = 256 * 1024 * 1024;
constexpr unsigned ok = 200;

/// The settings as they are used.
struct plan {
  http_request request;
  json_layout layout;
};

std::optional<bad_setting> read_port(const std::string& port, json_layout& to) {
  if (port.empty())
    return std::nullopt;
  if (port.front() == '/') {
    to.port = parse_json_pointer(port);
    if (to.port)
      return std::nullopt;
  } else if (auto parsed = parse_endpoint(":" + port);
             parsed && parsed->port != 0) {
    to.usual_port = parsed->port;
    return std::nullopt;
  }
  return bad_setting{"port", "a number from 1 to 65535, or a JSON pointer such "
                             "as /*/port"};
}

std::variant<plan, bad_setting> make_plan(const http_json_settings& x) {
  plan result;
  auto where = parse_url(x.url);
  if (!where)
    return bad_setting{"url", "an address such as https://host:443/path"};
  result.request = {*where, {}, x.authorities};
  for (const auto& text : x.headers) {
    auto header = parse_http_header(text);
    if (!header)
      return bad_setting{"headers", "Name: value, apart from those that each "
                                    "request has"};
    result.request.headers.push_back(*header);
  }
  for (const auto& text : x.addresses) {
    auto pointer = parse_json_pointer(text);
    if (!pointer)
      return bad_setting{"addresses", "JSON pointers such as /nodes/*/ip"};
    result.layout.addresses.push_back(std::move(*pointer));
  }
  if (auto problem = read_port(x.port, result.layout))
    return *problem;
  if (auto problem = problem_of(result.layout); !problem.empty())
    return bad_setting{"addresses",
                       "pointers whose wildcards fit (" + problem + ")"};
  if (x.timeout < 10ms || x.timeout > 10min)
    return bad_setting{"timeout", "10ms to 10min"};
  if (x.size_limit < 1 || x.size_limit > most_bytes)
    return bad_setting{"size_limit", "1 to " + std::to_string(most_bytes)};
  return result;
}

class http_json : public strategy {
public:
  http_json(plan what, const http_json_settings& settings)
      : request_(std::move(what.request)), layout_(std::move(what.layout)),
        token_file_(settings.token_file), limits_{settings.timeout,
                                                  settings.size_limit} {}

  lookup_result look_up(waker& by) override {
    auto request = request_;
    if (!token_file_.empty()) {
      auto token = read_token(token_file_);
      if (auto* why = std::get_if<failure>(&token))
        return *why;
      request.headers.push_back(std::get<http_header>(token));
    }
    auto got = http_get(request, limits_, by);
    if (auto* why = std::get_if<failure>(&got))
      return *why;
    const auto& answer = std::get<http_answer>(got);
    auto result = answer.status == ok
                    ? read_addresses(answer.body, layout_)
                    : failure{errc::refused,
                              "it answered " + std::to_string(answer.status)};
    if (auto* why = std::get_if<failure>(&result))
      why->what = to_string(request.where.at) + ": " + why->what;
    return result;
  }

private:
  http_request request_;
  json_layout layout_;
  std::string token_file_;
  http_limits limits_;
};

} // namespace

topology http_json_topology(std::string name, http_json_settings settings) {
  topology result;
  result.name = std::move(name);
  result.kind = "http_json";
  result.make = [settings = std::move(settings),
                 name = result.name](const seeker&) -> outcome<strategy_ptr> {
    auto what = make_plan(settings);
    if (auto* problem = std::get_if<bad_setting>(&what))
      return to_failure(name, *problem);
    return strategy_ptr{
      std::make_unique<http_json>(std::get<plan>(std::move(what)), settings)};
  };
  return result;
}

outcome<topology> read_http_json(const std::string& name,
                                 settings_reader& from) {
  http_json_settings x;
  std::uint64_t size = x.size_limit;
  from.require("url");
  from.take_text("url", x.url);
  from.take_list("headers", x.headers);
  from.take_text("token_file", x.token_file);
  from.take_list("addresses", x.addresses);
  from.take_text("port", x.port);
  from.take_text("authorities", x.authorities);
  from.take_time("timeout", x.timeout);
  from.take_number("size_limit", size, 1, most_bytes);
  x.size_limit = size;
  auto what = make_plan(x);
  if (auto* problem = std::get_if<bad_setting>(&what))
    from.refuse(problem->key, problem->takes);
  return http_json_topology(name, std::move(x));
}

} // namespace horde::formation
