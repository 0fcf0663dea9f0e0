// SPDX-License-Identifier: MIT

#include "horde/scheduling/operations.hpp"

#include <algorithm>

#include "horde/overload.hpp"

namespace horde::scheduling {

namespace {

enum class kind : std::uint8_t {
  start,
  reply,
  move,
  fetch,
  kept,
  merge,
  merged,
  lease_request,
  lease_grant,
  fence_request,
  fence_reply,
};

constexpr std::size_t length_bytes = 3; ///< up to `max_message_bytes`

void encode_result(writer& out, const start_result& x) {
  out.byte(static_cast<std::uint8_t>(x.index()));
  std::visit(overload{
               [&](const started& y) { encode(out, y); },
               [](const ignored&) {},
               [&](const already_started& y) { encode(out, y); },
               [&](const failure& y) {
                 encode(out, y.code);
                 encode(out, y.what);
               },
             },
             x);
}

template <class T>
start_result decode_one(reader& in) {
  T result;
  decode(in, result);
  return result;
}

start_result decode_failure(reader& in) {
  failure result;
  decode(in, result.code);
  decode(in, result.what);
  // A success in disguise would leave a caller without an answer.
  if (result.code == errc::none)
    in.fail();
  return result;
}

start_result decode_result(reader& in) {
  switch (in.byte()) {
  case 0: return decode_one<started>(in);
  case 1: return ignored{};
  case 2: return decode_one<already_started>(in);
  case 3: return decode_failure(in);
  default: in.fail(); return ignored{};
  }
}

std::optional<operation> decode_start(reader& in) {
  forwarded_start x;
  decode(in, x);
  if (in.failed() || in.remaining() != 0 || x.time_left <= duration::zero())
    return std::nullopt;
  return x;
}

std::optional<operation> decode_reply(reader& in) {
  start_reply x;
  decode(in, x.request);
  decode(in, x.turn);
  x.result = decode_result(in);
  if (in.failed() || in.remaining() != 0)
    return std::nullopt;
  return x;
}

template <class T>
std::optional<T> decode_whole(reader& in) {
  T x;
  decode(in, x);
  if (in.failed() || in.remaining() != 0)
    return std::nullopt;
  return x;
}

std::optional<operation> decode_lease_request(reader& in) {
  auto x = decode_whole<lease_request>(in);
  auto is_sane = [](const claim& y) {
    return !y.id.empty() && y.attempt > 0 && y.attempt <= max_attempt;
  };
  if (!x || x->number == 0 || !std::ranges::all_of(x->claims, is_sane))
    return std::nullopt;
  return x;
}

std::optional<operation> decode_lease_grant(reader& in) {
  auto x = decode_whole<lease_grant>(in);
  auto is_sane = [](const claim_answer& y) {
    return y.is <= claim_stand::recorded && y.highest <= max_attempt;
  };
  if (!x || !std::ranges::all_of(x->claims, is_sane))
    return std::nullopt;
  return x;
}

std::optional<operation> decode_fence_reply(reader& in) {
  auto x = decode_whole<fence_reply>(in);
  if (!x || x->left < duration::zero())
    return std::nullopt;
  return x;
}

template <class T>
void encode_whole(writer& out, kind what, const T& x) {
  encode(out, what);
  encode(out, x);
}

} // namespace

std::string encode_operation(const operation& x) {
  std::string result;
  writer out{result};
  out.byte(operation_mark);
  std::visit(
    overload{
      [&](const forwarded_start& y) { encode_whole(out, kind::start, y); },
      [&](const start_reply& y) {
        encode(out, kind::reply);
        encode(out, y.request);
        encode(out, y.turn);
        encode_result(out, y.result);
      },
      [&](const move_children& y) { encode_whole(out, kind::move, y); },
      [&](const fetch_state& y) { encode_whole(out, kind::fetch, y); },
      [&](const kept_state& y) { encode_whole(out, kind::kept, y); },
      [&](const merge_state& y) { encode_whole(out, kind::merge, y); },
      [&](const merged& y) { encode_whole(out, kind::merged, y); },
      [&](const lease_request& y) {
        encode_whole(out, kind::lease_request, y);
      },
      [&](const lease_grant& y) { encode_whole(out, kind::lease_grant, y); },
      [&](const fence_request& y) {
        encode_whole(out, kind::fence_request, y);
      },
      [&](const fence_reply& y) { encode_whole(out, kind::fence_reply, y); },
    },
    x);
  return result;
}

std::vector<std::string> encode_messages(std::vector<std::string> operations) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < operations.size();) {
    auto bytes = std::size_t{1};
    auto next = i;
    for (; next < operations.size(); ++next) {
      bytes += operations[next].size() + length_bytes;
      if (bytes > max_message_bytes)
        break;
    }
    if (next <= i + 1) {
      result.push_back(std::move(operations[i++]));
      continue;
    }
    auto& message = result.emplace_back();
    writer out{message};
    out.byte(several_mark);
    for (; i < next; ++i)
      out.bytes(operations[i]);
  }
  return result;
}

std::optional<operation> decode_operation(std::string_view bytes) {
  reader in{bytes};
  if (in.byte() != operation_mark)
    return std::nullopt;
  switch (static_cast<kind>(in.byte())) {
  case kind::start: return decode_start(in);
  case kind::reply: return decode_reply(in);
  case kind::move: return decode_whole<move_children>(in);
  case kind::fetch: return decode_whole<fetch_state>(in);
  case kind::kept: return decode_whole<kept_state>(in);
  case kind::merge: return decode_whole<merge_state>(in);
  case kind::merged: return decode_whole<merged>(in);
  case kind::lease_request: return decode_lease_request(in);
  case kind::lease_grant: return decode_lease_grant(in);
  case kind::fence_request: return decode_whole<fence_request>(in);
  case kind::fence_reply: return decode_fence_reply(in);
  }
  return std::nullopt;
}

} // namespace horde::scheduling
