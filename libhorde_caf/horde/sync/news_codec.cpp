// SPDX-License-Identifier: MIT

#include "horde/sync/news_codec.hpp"

#include <algorithm>

namespace horde::sync {

// -- writing -----------------------------------------------------------------

void news_writer::write(writer& out, crdt::dot x) {
  if (recent_ >= ids_.size() || ids_[recent_] != x.who) {
    auto i = std::ranges::find(ids_, x.who);
    recent_ = static_cast<std::size_t>(i - ids_.begin());
  }
  if (recent_ < ids_.size()) {
    out.varint(recent_ + 1);
  } else {
    out.varint(0); // an id that is new in this message, or not remembered
    out.fixed64(static_cast<std::uint64_t>(x.who));
    if (ids_.size() < most_named_ids)
      ids_.push_back(x.who);
  }
  out.varint(x.counter);
}

void news_writer::dots(writer& out, std::span<const crdt::dot> xs) {
  out.varint(xs.size());
  for (auto x : xs)
    write(out, x);
}

void news_writer::write(writer& out, const crdt::version_view& x) {
  write(out, x.id);
  auto stamp = static_cast<std::uint64_t>(x.when);
  encode(out, static_cast<std::int64_t>(stamp - stamp_));
  stamp_ = stamp;
  out.bytes(x.value);
}

void news_writer::key(writer& out, const crdt::news::key& x) {
  out.bytes(x.name);
  out.varint(x.versions.size());
  for (const auto& v : x.versions)
    write(out, v);
}

void news_writer::item(writer& out, const crdt::news::item& x) {
  if (x.size() == 0) {
    mark(out, news_mark::no_key);
    out.fixed64(x.hash());
  } else if (x.size() == 1) {
    mark(out, news_mark::one_key);
  } else {
    mark(out, news_mark::keys);
    out.varint(x.size());
  }
  for (std::size_t i = 0; i < x.size(); ++i)
    key(out, x[i]);
  dots(out, x.gone());
}

// -- reading -----------------------------------------------------------------

crdt::dot news_reader::read(reader& in) {
  auto place = in.varint();
  if (place > ids_.size())
    in.fail();
  if (in.failed())
    return {};
  auto who = place == 0 ? replica_id{in.fixed64()} : ids_[place - 1];
  if (place == 0 && ids_.size() < most_named_ids)
    ids_.push_back(who);
  auto counter = in.varint();
  if (counter == 0 || counter > crdt::largest_counter)
    in.fail();
  return {who, counter};
}

void news_reader::dots(reader& in, std::vector<crdt::dot>& xs) {
  auto n = in.count();
  for (std::size_t i = 0; i < n && !in.failed(); ++i)
    xs.push_back(read(in));
}

news_mark news_reader::mark(reader& in) {
  auto x = in.byte();
  if (x > static_cast<std::uint8_t>(news_mark::relayed))
    in.fail();
  return in.failed() ? news_mark::end : static_cast<news_mark>(x);
}

void news_reader::versions(reader& in, crdt::news& xs) {
  auto n = in.count();
  if (n == 0)
    in.fail(); // says nothing
  for (std::size_t i = 0; i < n && !in.failed(); ++i) {
    auto id = read(in);
    std::int64_t difference = 0;
    decode(in, difference);
    stamp_ += static_cast<std::uint64_t>(difference);
    xs.add_version({id, crdt::stamp{stamp_}, in.bytes()});
  }
}

void news_reader::item(reader& in, news_mark mark, crdt::news& xs) {
  if (mark < news_mark::one_key || mark > news_mark::keys)
    return in.fail();
  if (mark == news_mark::no_key) {
    xs.add_hash(in.fixed64());
  } else {
    auto n = mark == news_mark::keys ? in.count() : 1;
    if (mark == news_mark::keys && n < 2)
      in.fail();
    for (std::size_t i = 0; i < n && !in.failed(); ++i) {
      auto name = in.bytes();
      auto hash = hash64(name, hash_key_);
      if (i == 0)
        xs.add_hash(hash);
      else if (hash != xs[xs.size() - 1].hash())
        in.fail();
      xs.add_key(name);
      versions(in, xs);
    }
  }
  auto n = in.count();
  if (n == 0 && mark == news_mark::no_key)
    in.fail(); // says nothing
  for (std::size_t i = 0; i < n && !in.failed(); ++i)
    xs.add_gone(read(in));
}

} // namespace horde::sync
