// SPDX-License-Identifier: MIT

#include "horde/crdt/key_table.hpp"

#include <limits>
#include <new>
#include <utility>

#include "horde/assert.hpp"

namespace horde::crdt {

/// The key and the value follow it in memory.
struct key_table::record {
  record* next;
  std::uint64_t hash;
  dot id;
  stamp when;
  std::uint32_t key_size;
  std::uint32_t value_size;

  char* bytes() { return reinterpret_cast<char*>(this + 1); }
  const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }
  std::string_view key() const { return {bytes(), key_size}; }
  std::string_view value() const { return {bytes() + key_size, value_size}; }
  bool has_same_key_as(const record& x) const {
    return hash == x.hash && key() == x.key();
  }

  static record* make(std::uint64_t hash, std::string_view key,
                      const version_view& x, record* next) {
    constexpr auto most = std::numeric_limits<std::uint32_t>::max();
    HORDE_ASSERT(key.size() <= most && x.value.size() <= most);
    auto memory = ::operator new(sizeof(record) + key.size() + x.value.size());
    auto result =
      new (memory) record{next,
                          hash,
                          x.id,
                          x.when,
                          static_cast<std::uint32_t>(key.size()),
                          static_cast<std::uint32_t>(x.value.size())};
    key.copy(result->bytes(), key.size());
    x.value.copy(result->bytes() + key.size(), x.value.size());
    return result;
  }

  static void destroy(record* x) {
    x->~record();
    ::operator delete(x);
  }
};

// -- versions ----------------------------------------------------------------

version_view key_table::versions::iterator::operator*() const {
  return view(record_);
}

key_table::versions::iterator& key_table::versions::iterator::operator++() {
  auto next = record_->next;
  record_ = next && next->has_same_key_as(*record_) ? next : nullptr;
  return *this;
}

bool key_table::is(const record* x, std::uint64_t hash, std::string_view key) {
  return x && x->hash == hash && x->key() == key;
}

version_view key_table::view(const record* x) {
  return {x->id, x->when, x->value()};
}

std::uint64_t key_table::hash_of(const record* x) {
  return x->hash;
}

std::string_view key_table::key_of(const record* x) {
  return x->key();
}

const key_table::record* key_table::next_key(const record* x) {
  auto result = x->next;
  while (result && result->has_same_key_as(*x))
    result = result->next;
  return result;
}

key_table::record** key_table::next(record** place) {
  return &(*place)->next;
}

// -- the table ---------------------------------------------------------------

key_table::key_table() : buckets_(std::size_t{1} << fewest_bits) {
  // nop
}

key_table::~key_table() {
  for (auto x : buckets_)
    while (x)
      record::destroy(std::exchange(x, x->next));
}

void key_table::swap(key_table& x) noexcept {
  std::swap(bits_, x.bits_);
  std::swap(size_, x.size_);
  std::swap(contended_, x.contended_);
  std::swap(buckets_, x.buckets_);
}

key_table::record* const* key_table::locate(std::uint64_t hash,
                                            std::string_view key) const {
  auto place = &buckets_[bucket_of(hash)];
  while (*place
         && ((*place)->hash < hash
             || ((*place)->hash == hash && (*place)->key() < key)))
    place = &(*place)->next;
  return place;
}

key_table::record** key_table::locate(std::uint64_t hash,
                                      std::string_view key) {
  return const_cast<record**>(std::as_const(*this).locate(hash, key));
}

key_table::versions key_table::find(std::uint64_t hash,
                                    std::string_view key) const {
  auto x = *locate(hash, key);
  return versions{is(x, hash, key) ? x : nullptr};
}

void key_table::insert(std::uint64_t hash, std::string_view key,
                       const version_view& x) {
  if (size_ == buckets_.size())
    grow();
  auto place = locate(hash, key);
  std::size_t others =
    versions{is(*place, hash, key) ? *place : nullptr}.size();
  while (is(*place, hash, key) && later(view(*place), x))
    place = &(*place)->next;
  *place = record::make(hash, key, x, *place);
  size_ += others == 0 ? 1 : 0;
  contended_ += others == 1 ? 1 : 0;
}

key_table::record** key_table::unlink(record** place) {
  auto x = *place;
  *place = x->next;
  record::destroy(x);
  return place;
}

void key_table::removed_some(std::size_t kept, std::size_t removed) {
  if (kept <= 1 && kept + removed > 1)
    --contended_;
  if (kept > 0)
    return;
  --size_;
  // A quarter of what growing would ask for, so that no key makes the table
  // change its size back and forth.
  if (bits_ > fewest_bits && size_ < buckets_.size() / 4)
    shrink();
}

void key_table::grow() {
  ++bits_;
  std::vector<record*> wider(std::size_t{1} << bits_);
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    // A chain is sorted by hash: the upper part goes to the upper bucket.
    auto place = &buckets_[i];
    while (*place && bucket_of((*place)->hash) == 2 * i)
      place = &(*place)->next;
    wider[2 * i + 1] = std::exchange(*place, nullptr);
    wider[2 * i] = buckets_[i];
  }
  buckets_ = std::move(wider);
}

void key_table::shrink() {
  --bits_;
  std::vector<record*> narrower(std::size_t{1} << bits_);
  for (std::size_t i = 0; i < narrower.size(); ++i) {
    auto place = &buckets_[2 * i];
    while (*place)
      place = &(*place)->next;
    *place = buckets_[2 * i + 1];
    narrower[i] = buckets_[2 * i];
  }
  buckets_ = std::move(narrower);
}

} // namespace horde::crdt
