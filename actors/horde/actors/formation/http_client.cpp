// SPDX-License-Identifier: MIT

#include "horde/actors/formation/http_client.hpp"

#include <utility>

#include <poll.h>

#include "horde/actors/door/poll_set.hpp"
#include "horde/actors/formation/await.hpp"

namespace horde::formation {

namespace {

using state = http_response::state;

failure named(const http_request& request, failure why) {
  why.what = to_string(request.where.at) + ": " + why.what;
  return why;
}

} // namespace

http_stream::http_stream(http_channel channel) : channel_(std::move(channel)) {}

outcome<http_stream> http_stream::open(const http_request& request,
                                       duration limit, waker& by) {
  auto until = actors::door_time() + limit;
  auto channel = http_channel::connect(request, until, by);
  if (auto* why = std::get_if<failure>(&channel))
    return named(request, *why);
  http_stream result{std::get<http_channel>(std::move(channel))};
  if (auto why = result.channel_.write(to_bytes(request), until, by))
    return named(request, *why);
  while (result.response_.where() == state::head && !result.is_over()) {
    if (auto why = await(result.fd(), POLLIN, until, by))
      return named(request, *why);
    result.receive();
  }
  if (!result.problem_.empty())
    return named(request, {errc::cannot_connect, result.problem_});
  return result;
}

void http_stream::receive() {
  if (is_over())
    return;
  auto come = channel_.read();
  if (auto* why = std::get_if<failure>(&come)) {
    problem_ = why->what;
    return;
  }
  const auto& x = std::get<http_channel::piece>(come);
  response_.take(x.bytes);
  if (x.is_over && x.in_order)
    response_.close();
  if (response_.where() == state::invalid)
    problem_ = response_.problem();
  else if (x.is_over && response_.where() != state::complete)
    problem_ = "the answer is cut off";
}

std::string http_stream::read() {
  receive();
  return response_.take_body();
}

bool http_stream::is_over() const {
  return in_order() || !problem_.empty();
}

bool http_stream::in_order() const {
  return response_.where() == state::complete;
}

outcome<http_answer> read_rest(http_stream& from, instant until,
                               std::size_t size, waker& by) {
  http_answer result{from.status(), from.read()};
  while (!from.is_over() && result.body.size() <= size) {
    if (auto why = await(from.fd(), POLLIN, until, by))
      return *why;
    result.body += from.read();
  }
  if (result.body.size() > size)
    return failure{errc::too_large, "the answer has more than "
                                      + std::to_string(size) + " bytes"};
  if (!from.in_order())
    return failure{errc::cannot_connect, from.problem()};
  return result;
}

outcome<http_answer> http_get(const http_request& request,
                              const http_limits& limits, waker& by) {
  auto until = actors::door_time() + limits.time;
  auto stream = http_stream::open(request, limits.time, by);
  if (auto* why = std::get_if<failure>(&stream))
    return *why;
  auto result =
    read_rest(std::get<http_stream>(stream), until, limits.size, by);
  if (auto* why = std::get_if<failure>(&result))
    return named(request, *why);
  return result;
}

} // namespace horde::formation
