// SPDX-License-Identifier: MIT

#include "horde/actors/formation/kubernetes_client.hpp"

#include <algorithm>
#include <utility>

#include <poll.h>

#include "horde/actors/door/poll_set.hpp"
#include "horde/actors/formation/await.hpp"
#include "horde/actors/formation/token_file.hpp"

namespace horde::formation {

namespace {

using actors::door_time;

constexpr unsigned ok = 200;
constexpr std::size_t max_page = 32 * 1024 * 1024;
constexpr std::size_t max_refusal = 64 * 1024;

} // namespace

kubernetes_client::kubernetes_client(kubernetes_access access,
                                     std::vector<kubernetes_watch> namespaces)
    : access_(std::move(access)) {
  for (auto& x : namespaces)
    parts_.push_back({std::move(x)});
}

lookup_result kubernetes_client::look_up(waker& by) {
  lookup found;
  std::optional<failure> problem;
  for (auto& x : parts_) {
    ask(x, by);
    auto result = x.machine.result();
    if (auto* part = std::get_if<lookup>(&result))
      found.nodes.insert(found.nodes.end(), part->nodes.begin(),
                         part->nodes.end());
    else if (!problem)
      problem = std::get<failure>(result);
  }
  if (problem) // what is known of the others is not all
    return failure{problem->code,
                   to_string(access_.api.at) + ": " + problem->what};
  return found;
}

void kubernetes_client::ask(part& x, waker& by) {
  x.machine.begin(door_time());
  while (auto what = x.machine.next()) {
    if (by.is_stopped())
      return x.machine.failed({errc::shutting_down, "the node stops"},
                              door_time());
    perform(x, *what, by);
  }
}

void kubernetes_client::perform(part& x, const kubernetes_watch::request& what,
                                waker& by) {
  ++requests_;
  x.stream.reset();
  auto request = make_request(what.target);
  if (auto* why = std::get_if<failure>(&request))
    x.machine.failed(*why, door_time());
  else if (what.is_watch)
    watch(x, std::get<http_request>(request), by);
  else
    list(x, std::get<http_request>(request), by);
}

/// With the files of the account as they are now.
outcome<http_request>
kubernetes_client::make_request(const std::string& target) const {
  http_request result{access_.api};
  result.where.target = target;
  if (!access_.api.is_encrypted)
    return result;
  auto token = read_token(access_.account + "/token");
  if (auto* why = std::get_if<failure>(&token))
    return *why;
  result.headers.push_back(std::get<http_header>(token));
  result.authorities = access_.account + "/ca.crt";
  return result;
}

void kubernetes_client::list(part& x, const http_request& request, waker& by) {
  auto got = http_get(request, {access_.timeout, max_page}, by);
  if (auto* answer = std::get_if<http_answer>(&got))
    x.machine.listed(answer->status, answer->body);
  else
    x.machine.failed(std::get<failure>(got), door_time());
}

void kubernetes_client::watch(part& x, const http_request& request, waker& by) {
  auto until = door_time() + access_.timeout;
  auto opened = http_stream::open(request, access_.timeout, by);
  auto* stream = std::get_if<http_stream>(&opened);
  if (stream == nullptr)
    return x.machine.failed(std::get<failure>(opened), door_time());
  if (stream->status() == ok) {
    x.machine.watched(ok, {}, door_time());
    x.stream = std::move(*stream);
    (void)listen(x); // to what came with the head
    return;
  }
  auto got = read_rest(*stream, until, max_refusal, by);
  auto* answer = std::get_if<http_answer>(&got);
  x.machine.watched(stream->status(), answer != nullptr ? answer->body : "",
                    door_time());
}

/// True: other addresses than before.
bool kubernetes_client::listen(part& x) {
  auto is_other = x.machine.heard(x.stream->read(), door_time());
  if (x.stream->is_over())
    x.machine.ended(x.stream->in_order(), door_time());
  if (!x.machine.is_watching())
    x.stream.reset();
  return is_other;
}

std::vector<formation_counter> kubernetes_client::counters() const {
  auto watching =
    std::count_if(parts_.begin(), parts_.end(),
                  [](const part& x) { return x.machine.is_watching(); });
  return {{"requests", requests_},
          {"watching", static_cast<std::uint64_t>(watching)}};
}

void kubernetes_client::wait(duration limit, waker& by) {
  auto until = door_time() + std::min<duration>(limit, std::chrono::hours{24});
  for (;;) {
    std::vector<pollfd> fds{{by.fd(), POLLIN, 0}};
    for (const auto& x : parts_) {
      if (x.machine.is_due())
        return;
      fds.push_back({x.stream ? x.stream->fd() : -1, POLLIN, 0});
    }
    auto time = poll_time(until);
    auto n = ::poll(fds.data(), fds.size(), time);
    if (fds[0].revents != 0)
      return by.clear();
    auto is_other = false;
    for (std::size_t i = 0; n > 0 && i < parts_.size(); ++i)
      if (fds[i + 1].revents != 0)
        is_other |= listen(parts_[i]);
    if (is_other || time == 0)
      return;
  }
}

} // namespace horde::formation
