// SPDX-License-Identifier: MIT

#include "horde/sync/delta_codec.hpp"

#include <algorithm>

namespace horde::sync {

void delta_writer::write(writer& out, crdt::dot x) {
  if (recent_ >= ids_.size() || ids_[recent_] != x.who) {
    auto i = std::ranges::find(ids_, x.who);
    recent_ = static_cast<std::size_t>(i - ids_.begin());
  }
  if (recent_ < ids_.size()) {
    out.varint(recent_ + 1);
  } else {
    out.varint(0); // an id that is new in this message
    out.fixed64(static_cast<std::uint64_t>(x.who));
    ids_.push_back(x.who);
  }
  out.varint(x.counter);
}

void delta_writer::dots(writer& out, std::span<const crdt::dot> xs) {
  out.varint(xs.size());
  for (auto x : xs)
    write(out, x);
}

void delta_writer::write(writer& out, const crdt::version_view& x) {
  write(out, x.id);
  auto stamp = static_cast<std::uint64_t>(x.when);
  encode(out, static_cast<std::int64_t>(stamp - stamp_));
  stamp_ = stamp;
  out.bytes(x.value);
}

crdt::dot delta_reader::read(reader& in) {
  auto place = in.varint();
  if (place > ids_.size())
    in.fail();
  if (in.failed())
    return {};
  if (place == 0)
    ids_.push_back(replica_id{in.fixed64()});
  auto who = place == 0 ? ids_.back() : ids_[place - 1];
  auto counter = in.varint();
  if (counter == 0)
    in.fail();
  return {who, counter};
}

void delta_reader::dots(reader& in, std::vector<crdt::dot>& xs) {
  auto n = in.count();
  for (std::size_t i = 0; i < n && !in.failed(); ++i)
    xs.push_back(read(in));
}

void delta_reader::versions(reader& in, std::vector<crdt::version>& xs) {
  auto n = in.count();
  for (std::size_t i = 0; i < n && !in.failed(); ++i) {
    auto& x = xs.emplace_back();
    x.id = read(in);
    std::int64_t difference = 0;
    decode(in, difference);
    stamp_ += static_cast<std::uint64_t>(difference);
    x.when = crdt::stamp{stamp_};
    x.value = in.bytes();
  }
}

} // namespace horde::sync
