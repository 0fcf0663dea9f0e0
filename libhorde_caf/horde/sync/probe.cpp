// SPDX-License-Identifier: MIT

#include "horde/sync/probe.hpp"

#include <utility>

#include "horde/sync/delta_codec.hpp"

namespace horde::sync {

namespace {

// -- hashes: ascending, each as the difference to the one before -------------

class hash_writer {
public:
  void write(writer& out, std::uint64_t x) {
    out.varint(x - previous_);
    previous_ = x;
  }

private:
  std::uint64_t previous_ = 0;
};

class hash_reader {
public:
  /// Nothing below `first` or above `last`.
  hash_reader(std::uint64_t first, std::uint64_t last)
      : previous_(first), last_(last) {}

  std::uint64_t read(reader& in) {
    auto difference = in.varint();
    if (difference > last_ - previous_ || (difference == 0 && !is_first_))
      in.fail();
    else
      previous_ += difference;
    is_first_ = false;
    return previous_;
  }

private:
  std::uint64_t previous_;
  std::uint64_t last_;
  bool is_first_ = true;
};

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

/// What the kinds of questions and answers share across one message.
struct probe_writer {
  delta_writer deltas;

  void write(writer& out, const digest_question& x) {
    write_node(out, x.where);
    encode(out, x.children);
  }

  void write(writer& out, const list_question& x) {
    write_node(out, x.where);
    auto previous = x.where.first();
    out.varint(x.hashes.size());
    for (const auto& here : x.hashes) {
      out.varint(here.hash - std::exchange(previous, here.hash));
      deltas.dots(out, here.dots);
    }
  }

  void write(writer& out, const digest_answer& x) {
    out.byte(static_cast<std::uint8_t>(x.different.size()));
    for (const auto& child : x.different) {
      out.byte(child.place);
      encode(out, child.children);
    }
  }

  void write(writer& out, const list_answer& x) {
    out.fixed64(x.upto);
    hash_writer hashes;
    out.varint(x.hashes.size());
    for (const auto& here : x.hashes) {
      hashes.write(out, here.hash);
      deltas.dots(out, here.gone);
      out.varint(here.keys.size());
      for (const auto& k : here.keys) {
        out.bytes(k.key);
        deltas.versions(out, k.versions);
      }
    }
  }
};

struct probe_reader {
  delta_reader deltas;

  void read(reader& in, digest_question& x) {
    read_node(in, x.where);
    if (x.where.level == crdt::tree_node::deepest)
      in.fail();
    decode(in, x.children);
  }

  void read(reader& in, list_question& x) {
    read_node(in, x.where);
    if (in.failed())
      return;
    hash_reader hashes{x.where.first(), x.where.last()};
    auto n = in.count();
    for (std::size_t i = 0; i < n && !in.failed(); ++i) {
      auto& here = x.hashes.emplace_back();
      here.hash = hashes.read(in);
      deltas.dots(in, here.dots);
      if (here.dots.empty())
        in.fail();
    }
  }

  void read(reader& in, digest_answer& x) {
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

  void read(reader& in, list_answer& x) {
    x.upto = in.fixed64();
    hash_reader hashes{0, x.upto};
    auto n = in.count();
    for (std::size_t i = 0; i < n && !in.failed(); ++i) {
      auto& here = x.hashes.emplace_back();
      here.hash = hashes.read(in);
      deltas.dots(in, here.gone);
      auto keys = in.count();
      for (std::size_t j = 0; j < keys && !in.failed(); ++j) {
        auto& k = here.keys.emplace_back();
        k.key = in.bytes();
        deltas.versions(in, k.versions);
        if (k.versions.empty())
          in.fail();
      }
    }
  }
};

/// A list of one of two kinds each.
template <class T>
void write_items(writer& out, const std::vector<T>& xs) {
  probe_writer items;
  out.varint(xs.size());
  for (const auto& x : xs) {
    out.byte(static_cast<std::uint8_t>(x.index()));
    std::visit([&](const auto& item) { items.write(out, item); }, x);
  }
}

template <class First, class Second>
void read_items(reader& in, std::vector<std::variant<First, Second>>& xs) {
  probe_reader items;
  auto n = in.count();
  for (std::size_t i = 0; i < n && !in.failed(); ++i) {
    auto kind = in.byte();
    if (kind == 0)
      items.read(in, xs.emplace_back().template emplace<First>());
    else if (kind == 1)
      items.read(in, xs.emplace_back().template emplace<Second>());
    else
      in.fail();
  }
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

void encode(writer& out, const probe& x) {
  out.varint(x.round);
  out.varint(x.part);
  write_items(out, x.questions);
}

void decode(reader& in, probe& x) {
  x.round = in.varint();
  x.part = in.varint();
  read_items(in, x.questions);
}

void encode(writer& out, const report& x) {
  out.varint(x.round);
  out.varint(x.part);
  write_items(out, x.answers);
}

void decode(reader& in, report& x) {
  x.round = in.varint();
  x.part = in.varint();
  read_items(in, x.answers);
}

} // namespace horde::sync
