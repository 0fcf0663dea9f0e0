// SPDX-License-Identifier: MIT

#include "horde/sync/message.hpp"

#include <type_traits>
#include <utility>

#include "horde/overload.hpp"

namespace horde::sync {

namespace {

constexpr std::uint8_t kind_of_push = 0;

void begin(writer& out, std::uint8_t kind) {
  out.byte(protocol_version);
  out.byte(kind);
}

/// Reads the byte before an entry. False at the end or after a failure.
bool has_another(reader& in) {
  auto x = in.byte();
  if (x > push_writer::another)
    in.fail();
  return x == push_writer::another && !in.failed();
}

// -- one message each --------------------------------------------------------

void read_body(reader& in, push& x) {
  delta_reader deltas;
  x.previous = in.varint();
  while (has_another(in)) {
    auto& news = x.news.emplace_back();
    news.key = in.bytes();
    deltas.versions(in, news.versions);
    deltas.dots(in, news.gone);
    if (news.versions.empty() && news.gone.empty())
      in.fail(); // says nothing
  }
  x.upto = in.varint();
  if (x.upto < x.previous)
    in.fail();
}

void write_body(writer& out, const ack& x) {
  out.varint(x.upto);
  out.varint(x.have);
}

void read_body(reader& in, ack& x) {
  x.upto = in.varint();
  x.have = in.varint();
}

void write_hash(writer& out, const hash128& x) {
  out.fixed64(x.low);
  out.fixed64(x.high);
}

void read_hash(reader& in, hash128& x) {
  x.low = in.fixed64();
  x.high = in.fixed64();
}

void write_body(writer& out, const compare& x) {
  out.varint(x.round);
  out.varint(x.sequence);
  write_hash(out, x.digest);
  write_hash(out, x.context);
}

void read_body(reader& in, compare& x) {
  x.round = in.varint();
  x.sequence = in.varint();
  read_hash(in, x.digest);
  read_hash(in, x.context);
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
  encode(out, x.seen);
  encode(out, x.children.has_value());
  if (x.children)
    encode(out, *x.children);
}

void read_body(reader& in, differs& x) {
  x.round = in.varint();
  x.sequence = in.varint();
  decode(in, x.seen);
  auto has_children = false;
  decode(in, has_children);
  if (has_children)
    decode(in, x.children.emplace());
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

void read_body(reader& in, report& x) {
  decode(in, x);
}

template <class T>
std::optional<message> read_message(reader& in) {
  T x;
  read_body(in, x);
  if (in.failed() || in.remaining() != 0)
    return std::nullopt;
  return x;
}

/// The reader of the kind that is the place in the variant.
template <std::size_t... I>
std::optional<message> read_kind(reader& in, std::uint8_t kind,
                                 std::index_sequence<I...>) {
  std::optional<message> result;
  (void)((kind == I
          && (result = read_message<std::variant_alternative_t<I, message>>(in),
              true))
         || ...);
  return result;
}

} // namespace

push_writer::push_writer(std::uint64_t previous) {
  writer out{bytes_};
  begin(out, kind_of_push);
  out.varint(previous);
}

std::string push_writer::finish(std::uint64_t upto) {
  writer out{bytes_};
  out.byte(0);
  out.varint(upto);
  return std::move(bytes_);
}

std::string encode_message(const message& x) {
  if (auto p = std::get_if<push>(&x)) {
    push_writer result{p->previous};
    for (const auto& news : p->news)
      result.add(news.key, news.versions, news.gone);
    return result.finish(p->upto);
  }
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

std::optional<message> decode_message(std::string_view bytes) {
  reader in{bytes};
  if (in.byte() != protocol_version)
    return std::nullopt;
  auto kind = in.byte();
  if (in.failed())
    return std::nullopt;
  return read_kind(in, kind,
                   std::make_index_sequence<std::variant_size_v<message>>{});
}

} // namespace horde::sync
