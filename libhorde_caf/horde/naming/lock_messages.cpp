// SPDX-License-Identifier: MIT

#include "horde/naming/lock_messages.hpp"

#include <algorithm>
#include <utility>

#include "horde/codec.hpp"
#include "horde/hash.hpp"

namespace horde::naming {

namespace {

constexpr std::uint8_t version = 1;

template <std::size_t... Is>
std::optional<lock_message> decode_body(reader& in, std::size_t kind,
                                        std::index_sequence<Is...>) {
  std::optional<lock_message> result;
  auto try_one = [&](auto index) {
    if (kind == index)
      decode(in, result.emplace().emplace<index>());
  };
  (try_one(std::integral_constant<std::size_t, Is>{}), ...);
  return result;
}

} // namespace

void lock::add(report& to, known_lease x, std::size_t& room) {
  auto size = sizeof(known_lease) + x.key.size();
  if (size > room) {
    room = 0;
    to.rest = std::max(to.rest, x.left);
    return;
  }
  room -= size;
  to.leases.push_back(std::move(x));
}

std::uint64_t lock_name(const member_id& who) {
  return hash64(to_string(who));
}

std::string encode_lock_message(const lock_message& x) {
  std::string result;
  writer out{result};
  out.byte(version);
  out.byte(static_cast<std::uint8_t>(x.index()));
  std::visit([&](const auto& body) { encode(out, body); }, x);
  return result;
}

std::optional<lock_message> decode_lock_message(std::string_view bytes) {
  reader in{bytes};
  if (in.byte() != version)
    return std::nullopt;
  auto kind = in.byte();
  auto result = decode_body(
    in, kind, std::make_index_sequence<std::variant_size_v<lock_message>>{});
  if (in.failed() || in.remaining() != 0)
    return std::nullopt;
  return result;
}

} // namespace horde::naming
