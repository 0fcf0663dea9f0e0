// SPDX-License-Identifier: MIT

#include "horde/formation/beacon.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

#include "horde/assert.hpp"
#include "horde/codec.hpp"

namespace horde::formation {

namespace {

constexpr std::string_view magic = "HOGO";
constexpr char version = 1;
constexpr std::size_t key_at = 5;
constexpr std::size_t stream_at = 13;
constexpr std::size_t number_at = 29;
static_assert(number_at + 8 == beacon_head_size);

std::uint64_t number_from(std::string_view bytes, std::size_t at) {
  return reader{bytes.substr(at)}.fixed64();
}

/// It is printed: short and without control characters.
bool read_name(reader& in, std::string& name) {
  auto is_printable = [](unsigned char c) { return c >= ' ' && c != 0x7f; };
  name = in.bytes();
  return !in.failed() && name.size() <= max_beacon_name
         && std::all_of(name.begin(), name.end(), is_printable);
}

bool read_port(reader& in, std::uint16_t& port) {
  auto x = in.varint();
  port = static_cast<std::uint16_t>(x);
  return x > 0 && x <= std::numeric_limits<std::uint16_t>::max();
}

/// Far enough for all clocks, and no sum with it overflows.
constexpr std::uint64_t latest = 1ULL << 42; // the year 2109

bool read_time(reader& in, wall_time& time) {
  auto x = in.varint();
  if (x >= latest)
    return false;
  time = wall_time{std::chrono::milliseconds{x}};
  return true;
}

} // namespace

std::string to_bytes(const beacon_head& x) {
  std::string result;
  writer out{result};
  out.raw(magic);
  out.byte(version);
  out.fixed64(x.key);
  out.raw({x.stream.data(), x.stream.size()});
  out.fixed64(x.number);
  return result;
}

std::optional<beacon_head> head_of(std::string_view packet) {
  if (packet.size() <= beacon_head_size + beacon_proof_size
      || packet.size() > max_beacon_packet || !packet.starts_with(magic)
      || packet[magic.size()] != version)
    return std::nullopt;
  beacon_head result;
  result.key = number_from(packet, key_at);
  auto stream = packet.substr(stream_at, result.stream.size());
  std::copy(stream.begin(), stream.end(), result.stream.begin());
  result.number = number_from(packet, number_at);
  if (result.number == 0)
    return std::nullopt;
  return result;
}

std::string to_bytes(const beacon& x) {
  using std::chrono::duration_cast;
  using std::chrono::milliseconds;
  HORDE_ASSERT(x.node.name.size() <= max_beacon_name);
  HORDE_ASSERT(x.at.host.size() <= max_beacon_name);
  auto sent = duration_cast<milliseconds>(x.sent.time_since_epoch()).count();
  std::string result;
  writer out{result};
  out.varint(static_cast<std::uint64_t>(std::max<std::int64_t>(sent, 0)));
  out.fixed64(x.node.life.started);
  out.fixed64(x.node.life.random);
  out.bytes(x.node.name);
  out.varint(x.at.port);
  out.bytes(x.at.host);
  return result;
}

std::optional<beacon> parse_beacon(std::string_view bytes) {
  reader in{bytes};
  beacon x;
  if (!read_time(in, x.sent))
    return std::nullopt;
  x.node.life.started = in.fixed64();
  x.node.life.random = in.fixed64();
  if (!read_name(in, x.node.name) || x.node.name.empty()
      || !read_port(in, x.at.port) || !read_name(in, x.at.host))
    return std::nullopt;
  return x;
}

duration pause_between_beacons(random_engine& rng, duration longest) {
  auto shortest = longest / 5;
  auto range = static_cast<std::uint64_t>((longest - shortest).count()) + 1;
  return shortest + duration{static_cast<duration::rep>(below(rng, range))};
}

} // namespace horde::formation
