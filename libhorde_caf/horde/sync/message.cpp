// SPDX-License-Identifier: MIT

#include "horde/sync/message.hpp"

#include <concepts>
#include <utility>

#include "horde/overload.hpp"

namespace horde::sync {

namespace {

constexpr std::uint8_t kind_of_push = 0;

void begin(writer& out, std::uint8_t kind) {
  out.byte(protocol_version);
  out.byte(kind);
}

// -- one message each --------------------------------------------------------

void read_body(reader& in, push& x, std::uint64_t hash_key) {
  news_reader items{hash_key};
  x.previous = in.varint();
  x.number = in.varint();
  for (auto mark = items.mark(in); mark != news_mark::end;
       mark = items.mark(in))
    if (mark == news_mark::cleared) {
      if (x.cleared)
        in.fail();
      decode(in, x.cleared.emplace());
    } else if (mark == news_mark::relayed) {
      items.item(in, items.mark(in), x.relayed);
    } else {
      items.item(in, mark, x.own);
    }
  x.upto = in.varint();
  if (x.upto < x.previous)
    in.fail();
}

void write_body(writer& out, const ack& x) {
  out.varint(x.upto);
  out.varint(x.number);
  out.varint(x.have);
}

void read_body(reader& in, ack& x) {
  x.upto = in.varint();
  x.number = in.varint();
  x.have = in.varint();
}

void write_body(writer& out, const compare& x) {
  out.varint(x.round);
  out.varint(x.sequence);
  out.fixed64(x.context.low);
  out.fixed64(x.context.high);
  encode(out, x.children);
}

void read_body(reader& in, compare& x) {
  x.round = in.varint();
  x.sequence = in.varint();
  x.context.low = in.fixed64();
  x.context.high = in.fixed64();
  decode(in, x.children);
}

void write_body(writer& out, const equal& x) {
  out.varint(x.round);
  out.varint(x.sequence);
}

void read_body(reader& in, equal& x) {
  x.round = in.varint();
  x.sequence = in.varint();
}

void write_body(writer& out, const differs& x) {
  out.varint(x.round);
  out.varint(x.sequence);
  out.varint(x.forgettings);
  encode(out, x.seen);
  encode(out, x.root);
}

void read_body(reader& in, differs& x) {
  x.round = in.varint();
  x.sequence = in.varint();
  x.forgettings = in.varint();
  decode(in, x.seen);
  decode(in, x.root);
}

void write_body(writer& out, const probe& x) {
  encode(out, x);
}

void read_body(reader& in, probe& x) {
  decode(in, x);
}

void write_body(writer& out, const report& x) {
  encode(out, x);
}

void read_body(reader& in, report& x, std::uint64_t hash_key) {
  decode(in, x, hash_key);
}

void write_ids(writer& out, const std::vector<replica_id>& xs) {
  out.varint(xs.size());
  for (auto id : xs)
    out.fixed64(static_cast<std::uint64_t>(id));
}

/// They must be ascending.
void read_ids(reader& in, std::vector<replica_id>& xs) {
  auto n = in.count();
  for (std::size_t i = 0; i < n && !in.failed(); ++i) {
    auto id = replica_id{in.fixed64()};
    if (i > 0 && id <= xs.back())
      in.fail();
    xs.push_back(id);
  }
}

void write_body(writer& out, const notice& x) {
  out.varint(x.version);
  write_ids(out, x.reached);
  encode(out, x.invites);
  encode(out, x.asks);
}

void read_body(reader& in, notice& x) {
  x.version = in.varint();
  read_ids(in, x.reached);
  decode(in, x.invites);
  decode(in, x.asks);
}

void write_body(writer& out, const noted& x) {
  out.varint(x.version);
  encode(out, x.is_kept);
}

void read_body(reader& in, noted& x) {
  x.version = in.varint();
  decode(in, x.is_kept);
}

void write_body(writer&, const hail&) {}

void read_body(reader&, hail&) {}

era read_horizon(reader& in) {
  auto result = in.varint();
  if (result > crdt::last_horizon)
    in.fail();
  return static_cast<era>(result);
}

/// Rounded up to milliseconds.
void write_time(writer& out, duration x) {
  auto rounded = std::chrono::ceil<std::chrono::milliseconds>(x);
  out.varint(static_cast<std::uint64_t>(rounded.count()));
}

duration read_time(reader& in) {
  constexpr std::chrono::milliseconds most = std::chrono::hours{24 * 365};
  auto result = in.varint();
  if (result > static_cast<std::uint64_t>(most.count()))
    in.fail();
  return in.failed() ? duration::zero() : std::chrono::milliseconds{result};
}

void write_side(writer& out, const side& x) {
  out.varint(x.size);
  if (x.size > 0)
    out.fixed64(static_cast<std::uint64_t>(x.oldest));
}

void read_side(reader& in, side& x) {
  x.size = in.varint();
  if (x.size > largest_side)
    in.fail();
  if (x.size > 0)
    x.oldest = replica_id{in.fixed64()};
}

void write_body(writer& out, const stance& x) {
  out.varint(x.number);
  out.fixed64(static_cast<std::uint64_t>(x.where.who));
  out.varint(x.where.horizon);
  write_ids(out, x.where.known);
  write_ids(out, x.where.alive);
  write_side(out, x.where.side);
  write_time(out, x.young_for);
}

void read_body(reader& in, stance& x) {
  x.number = in.varint();
  x.where.who = replica_id{in.fixed64()};
  x.where.horizon = read_horizon(in);
  read_ids(in, x.where.known);
  read_ids(in, x.where.alive);
  read_side(in, x.where.side);
  x.young_for = read_time(in);
  x.where.is_young = x.young_for > duration::zero();
}

void write_body(writer& out, const judgement& x) {
  out.varint(x.number);
  out.varint(x.horizon);
  write_time(out, x.young_for);
  write_side(out, x.side);
  encode(out, x.yields);
  write_ids(out, x.whom);
}

void read_body(reader& in, judgement& x) {
  x.number = in.varint();
  x.horizon = read_horizon(in);
  x.young_for = read_time(in);
  read_side(in, x.side);
  decode(in, x.yields);
  read_ids(in, x.whom);
}

template <class T>
std::optional<message> read_message(reader& in, std::uint64_t hash_key) {
  T x;
  if constexpr (std::same_as<T, push> || std::same_as<T, report>)
    read_body(in, x, hash_key); // they have keys
  else
    read_body(in, x);
  if (in.failed() || in.remaining() != 0)
    return std::nullopt;
  return x;
}

/// The reader of the kind that is the place in the variant.
template <std::size_t... I>
std::optional<message> read_kind(reader& in, std::uint8_t kind,
                                 std::uint64_t hash_key,
                                 std::index_sequence<I...>) {
  std::optional<message> result;
  auto read = [&]<std::size_t Kind>() {
    if (kind == Kind)
      result =
        read_message<std::variant_alternative_t<Kind, message>>(in, hash_key);
    return kind == Kind;
  };
  (void)(read.template operator()<I>() || ...);
  return result;
}

} // namespace

push_writer::push_writer(std::uint64_t previous, std::uint64_t number) {
  writer out{bytes_};
  begin(out, kind_of_push);
  out.varint(previous);
  out.varint(number);
}

void push_writer::clear(const crdt::causal_context& seen) {
  writer out{bytes_};
  items_.mark(out, news_mark::cleared);
  encode(out, seen);
}

void push_writer::add(const crdt::news::item& x) {
  writer out{bytes_};
  items_.item(out, x);
}

void push_writer::relay(const crdt::news::item& x) {
  writer out{bytes_};
  items_.mark(out, news_mark::relayed);
  items_.item(out, x);
}

std::string push_writer::finish(std::uint64_t upto) {
  writer out{bytes_};
  items_.mark(out, news_mark::end);
  out.varint(upto);
  return std::move(bytes_);
}

namespace {

std::string encode_push(const push& x) {
  push_writer result{x.previous, x.number};
  if (x.cleared)
    result.clear(*x.cleared);
  for (std::size_t i = 0; i < x.own.size(); ++i)
    result.add(x.own[i]);
  for (std::size_t i = 0; i < x.relayed.size(); ++i)
    result.relay(x.relayed[i]);
  return result.finish(x.upto);
}

} // namespace

std::string encode_message(const message& x) {
  if (auto p = std::get_if<push>(&x))
    return encode_push(*p);
  std::string result;
  writer out{result};
  begin(out, static_cast<std::uint8_t>(x.index()));
  std::visit(overload{
               [](const push&) {},
               [&](const auto& body) { write_body(out, body); },
             },
             x);
  return result;
}

std::optional<message> decode_message(std::string_view bytes,
                                      std::uint64_t hash_key) {
  reader in{bytes};
  if (in.byte() != protocol_version)
    return std::nullopt;
  auto kind = in.byte();
  if (in.failed())
    return std::nullopt;
  return read_kind(in, kind, hash_key,
                   std::make_index_sequence<std::variant_size_v<message>>{});
}

} // namespace horde::sync
