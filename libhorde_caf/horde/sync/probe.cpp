// SPDX-License-Identifier: MIT

#include "horde/sync/probe.hpp"

#include <utility>

#include "horde/sync/news_codec.hpp"

namespace horde::sync {

namespace {

void write_node(writer& out, const crdt::tree_node& x) {
  out.byte(static_cast<std::uint8_t>(x.level));
  out.varint(x.prefix);
}

void read_node(reader& in, crdt::tree_node& x) {
  x.level = in.byte();
  x.prefix = in.varint();
  if (x.level > crdt::tree_node::deepest
      || x.prefix >> (crdt::tree_node::bits * x.level) != 0)
    in.fail();
}

// -- questions ---------------------------------------------------------------

enum kind : std::uint8_t { of_digests, of_list };

void write_question(writer& out, news_writer&, const digest_question& x) {
  out.byte(of_digests);
  write_node(out, x.where);
  encode(out, x.children);
}

void write_question(writer& out, news_writer& dots, const list_question& x) {
  out.byte(of_list);
  write_node(out, x.where);
  auto previous = x.where.first();
  out.varint(x.hashes.size());
  for (const auto& here : x.hashes) {
    out.varint(here.hash - std::exchange(previous, here.hash));
    dots.dots(out, here.dots);
  }
}

digest_question read_digest_question(reader& in) {
  digest_question x;
  read_node(in, x.where);
  if (x.where.level == crdt::tree_node::deepest)
    in.fail();
  decode(in, x.children);
  return x;
}

list_question read_list_question(reader& in, news_reader& dots) {
  list_question x;
  read_node(in, x.where);
  if (in.failed())
    return x;
  auto n = in.count();
  auto hash = x.where.first();
  for (std::size_t i = 0; i < n && !in.failed(); ++i) {
    auto difference = in.varint();
    if (difference > x.where.last() - hash || (difference == 0 && i > 0))
      in.fail();
    hash += difference;
    auto& here = x.hashes.emplace_back();
    here.hash = hash;
    dots.dots(in, here.dots);
    if (here.dots.empty())
      in.fail();
  }
  return x;
}

// -- answers -----------------------------------------------------------------

/// Writes the news of a report, list by list.
class answer_writer {
public:
  answer_writer(writer& out, const crdt::news& all) : out_(out), all_(all) {}

  void operator()(const digest_answer& x) {
    out_.byte(of_digests);
    encode(out_, x);
  }

  void forgotten(const crdt::news& x) {
    for (std::size_t i = 0; i < x.size(); ++i)
      items_.item(out_, x[i]);
    items_.mark(out_, news_mark::end);
  }

  void operator()(const list_answer& x) {
    out_.byte(of_list);
    encode(out_, x.upto.has_value());
    if (x.upto)
      out_.fixed64(*x.upto);
    for (std::size_t i = 0; i < x.items; ++i)
      items_.item(out_, all_[next_++]);
    items_.mark(out_, news_mark::end);
  }

private:
  writer& out_;
  const crdt::news& all_;
  std::size_t next_ = 0;
  news_writer items_;
};

void read_forgotten(reader& in, news_reader& items, crdt::news& all) {
  for (auto mark = items.mark(in); mark != news_mark::end;
       mark = items.mark(in)) {
    items.item(in, mark, all);
    if (!in.failed() && all[all.size() - 1].size() > 0)
      in.fail();
  }
}

list_answer read_list_answer(reader& in, news_reader& items, crdt::news& all) {
  list_answer x;
  auto is_partial = false;
  decode(in, is_partial);
  if (is_partial)
    x.upto = in.fixed64();
  for (auto mark = items.mark(in); mark != news_mark::end;
       mark = items.mark(in)) {
    items.item(in, mark, all);
    if (++x.items > 1 && !in.failed()
        && all[all.size() - 1].hash() <= all[all.size() - 2].hash())
      in.fail();
  }
  return x;
}

} // namespace

/// Which are not zero, then those.
void encode(writer& out, const short_digests& xs) {
  std::uint8_t present = 0;
  for (std::size_t i = 0; i < xs.size(); ++i)
    present |= static_cast<std::uint8_t>((xs[i] != 0 ? 1U : 0U) << i);
  out.byte(present);
  for (auto x : xs)
    if (x != 0)
      out.fixed64(x);
}

void decode(reader& in, short_digests& xs) {
  auto present = in.byte();
  for (std::size_t i = 0; i < xs.size(); ++i)
    if ((present >> i & 1) != 0) {
      xs[i] = in.fixed64();
      if (xs[i] == 0)
        in.fail();
    }
}

void encode(writer& out, const digest_answer& x) {
  out.byte(static_cast<std::uint8_t>(x.different.size()));
  for (const auto& child : x.different) {
    out.byte(child.place);
    encode(out, child.children);
  }
}

void decode(reader& in, digest_answer& x) {
  auto n = in.byte();
  if (n > crdt::tree_node::fan_out)
    in.fail();
  for (std::size_t i = 0; i < n && !in.failed(); ++i) {
    auto& child = x.different.emplace_back();
    child.place = in.byte();
    if (child.place >= crdt::tree_node::fan_out
        || (i > 0 && child.place <= x.different[i - 1].place))
      in.fail();
    decode(in, child.children);
  }
}

void encode(writer& out, const probe& x) {
  out.varint(x.round);
  out.varint(x.part);
  out.varint(x.questions.size());
  news_writer dots;
  for (const auto& question : x.questions)
    std::visit([&](const auto& q) { write_question(out, dots, q); }, question);
}

void decode(reader& in, probe& x) {
  x.round = in.varint();
  x.part = in.varint();
  auto n = in.count();
  news_reader dots{0}; // there are no keys
  for (std::size_t i = 0; i < n && !in.failed(); ++i)
    switch (in.byte()) {
    case of_digests: x.questions.emplace_back(read_digest_question(in)); break;
    case of_list: x.questions.emplace_back(read_list_question(in, dots)); break;
    default: in.fail(); break;
    }
}

void encode(writer& out, const report& x) {
  out.varint(x.round);
  out.varint(x.part);
  out.varint(x.forgettings);
  out.varint(x.answers.size());
  answer_writer write{out, x.news};
  for (const auto& answer : x.answers)
    std::visit(write, answer);
  write.forgotten(x.forgotten);
}

void decode(reader& in, report& x, std::uint64_t hash_key) {
  x.round = in.varint();
  x.part = in.varint();
  x.forgettings = in.varint();
  auto n = in.count();
  news_reader items{hash_key};
  for (std::size_t i = 0; i < n && !in.failed(); ++i)
    switch (in.byte()) {
    case of_digests:
      decode(in, x.answers.emplace_back().emplace<digest_answer>());
      break;
    case of_list:
      x.answers.emplace_back(read_list_answer(in, items, x.news));
      break;
    default: in.fail(); break;
    }
  read_forgotten(in, items, x.forgotten);
}

} // namespace horde::sync
