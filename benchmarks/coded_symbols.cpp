// SPDX-License-Identifier: MIT
//
// Two ways to find the difference of two maps, side by side: the digest tree of
// `sync::replica`, and coded symbols (rateless_table.hpp) over (key hash, dot),
// of which nothing but this measurement exists. In: sizes of the map
// (arguments; default 1000 100000 1000000). Out: a table of the exchanges and
// one of the cost per put. Decision record 5 has the figures.
//
// All bytes are those of real messages: of coded symbols hash, id and checksum
// in full, the counter and the count (as the difference to what is expected)
// as short as they are. Exit code 1 if anything was decoded wrong.

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <iostream>
#include <random>
#include <sstream>

#include "bench_data.hpp"
#include "horde/codec.hpp"
#include "rateless_table.hpp"
#include "table.hpp"

namespace {

using namespace horde;
using bench::symbols;
using tools::own_seconds;
using tools::replica_pair;

constexpr std::uint64_t check_key = 42;

std::string text(double x) {
  std::ostringstream out;
  auto digits = x < 10 ? 2 : x < 100 ? 1 : 0;
  out << std::fixed << std::setprecision(digits) << x;
  return out.str();
}

std::string text(std::size_t x) {
  return std::to_string(x);
}

/// What is summed up: all of (key hash, dot), or a 64-bit hash of it, which
/// both sides must then be able to look up.
enum class item_form { full, hashed };

/// The bytes of coded symbols in a message.
std::size_t wire_bytes(const symbols& row, std::size_t keys, item_form form) {
  std::string bytes;
  writer out{bytes};
  for (std::size_t i = 0; i < row.size(); ++i) {
    const auto& x = row[i];
    out.fixed64(x.sum.hash);
    if (form == item_form::full) {
      out.fixed64(x.sum.id);
      out.varint(x.sum.counter);
    }
    out.fixed64(x.checks);
    auto expected =
      static_cast<double>(keys) / (1 + static_cast<double>(i) / 2);
    encode(out, x.count - std::llround(expected));
  }
  return bytes.size();
}

/// Symbols until so many differences are known, mean of many sets of items.
/// What both sides have cancels out, so the size of the map does not matter.
double mean_symbols(std::size_t items) {
  auto times = std::clamp<std::size_t>(100'000 / items, 5, 500);
  std::size_t sum = 0;
  for (std::size_t seed = 0; seed < times; ++seed) {
    std::mt19937_64 rng{seed};
    symbols row(2 * items + 100);
    for (std::size_t i = 0; i < items; ++i)
      bench::add(row, {rng(), 1, rng()}, i % 2 == 0 ? 1 : -1, check_key);
    bench::decoder x{check_key};
    for (std::size_t i = 0; i < row.size() && !x.is_done(); ++i)
      x.take(row[i]);
    sum += x.size();
  }
  return static_cast<double>(sum) / static_cast<double>(times);
}

/// An asker that asks for as many symbols again as it has, until it can decode.
struct blocks {
  double symbols = 8;
  std::size_t rounds = 1;

  explicit blocks(double needed) {
    for (; symbols < needed; symbols *= 2)
      ++rounds;
  }
};

bool holds(const crdt::aw_lww_map& map, const bench::share& x) {
  auto found = false;
  map.visit(x.hash, x.hash, [&](std::uint64_t, std::string_view, auto all) {
    for (const auto& v : all)
      found = found || v.id == crdt::dot{replica_id{x.id}, x.counter};
    return true;
  });
  return found;
}

enum class kind { rewritten, added };

/// One difference between two replicas, found in both ways.
class comparison {
public:
  /// `start`: the bytes that both ways begin with, to learn that they differ.
  comparison(replica_pair& x, kind what, std::size_t d, std::size_t start)
      : x_(x), what_(what), d_(d), items_(what == kind::rewritten ? 2 * d : d),
        start_(static_cast<double>(start)) {}

  /// Appends a row. Returns false if something was decoded wrong.
  bool run(tools::table& out);

private:
  bool decode_all();

  replica_pair& x_;
  kind what_;
  std::size_t d_;
  std::size_t items_; ///< in the symmetric difference
  double start_;
  // Coded symbols.
  double full_ = 0;   ///< bytes a symbol
  double hashed_ = 0; ///< bytes a symbol
  double encode_ = 0; ///< seconds, one side
  double decode_ = 0; ///< seconds
};

bool comparison::decode_all() {
  const auto& ours = x_.a.map();
  const auto& theirs = x_.b.map();
  auto most = 2 * items_ + 100;
  auto difference = bench::encode(ours, most, check_key);
  auto own = bench::encode(theirs, most, check_key);
  for (std::size_t i = 0; i < most; ++i)
    difference[i].subtract(own[i]);
  bench::decoder x{check_key};
  decode_ = own_seconds([&] {
    for (std::size_t i = 0; i < most && !x.is_done(); ++i)
      x.take(difference[i]);
  });
  symbols sent;
  encode_ =
    own_seconds([&] { sent = bench::encode(ours, x.size(), check_key); });
  auto bytes = [&](item_form form) {
    return static_cast<double>(wire_bytes(sent, ours.size(), form))
           / static_cast<double>(sent.size());
  };
  full_ = bytes(item_form::full);
  hashed_ = bytes(item_form::hashed);
  auto is_ours = [&](const auto& s) {
    return holds(ours, s) && !holds(theirs, s);
  };
  auto is_theirs = [&](const auto& s) {
    return !holds(ours, s) && holds(theirs, s);
  };
  return x.is_done() && x.added().size() == d_
         && x.missing().size() == items_ - d_
         && std::ranges::all_of(x.added(), is_ours)
         && std::ranges::all_of(x.missing(), is_theirs);
}

bool comparison::run(tools::table& out) {
  auto keys = x_.b.map().size();
  auto is_right = decode_all();
  auto tree = own_seconds([&] { x_.reconcile(); });
  // Each entry is asked for by its hash and sent as it is pushed.
  constexpr double question = 8;
  auto n = static_cast<double>(d_);
  auto entries = n * tools::pushed_entry_bytes(x_.a.map());
  auto needed = mean_symbols(items_);
  auto fixed = start_ + n * question + entries;
  blocks asked{needed};
  out.add({text(keys), what_ == kind::rewritten ? "rewritten" : "new", text(d_),
           text(entries), text(needed / static_cast<double>(items_)),
           text(needed * full_), text((fixed + needed * full_) / n),
           text((fixed + needed * hashed_) / n),
           text((fixed + asked.symbols * full_) / n), text(asked.rounds + 1),
           text(encode_ * 1e3), text(decode_ * 1e3),
           text(static_cast<double>(x_.bytes) / n), text(x_.rounds),
           text(tree * 1e3)});
  return is_right;
}

bool compare_exchanges(replica_pair& x, std::size_t keys, tools::table& out) {
  auto is_right = true;
  x.reconcile(); // equal replicas
  auto start = x.bytes;
  auto next = keys; // number of the next new key
  for (std::size_t d : {1, 10, 100, 1'000, 10'000}) {
    if (d > keys)
      break;
    x.rewrite(d, keys);
    is_right = comparison{x, kind::rewritten, d, start}.run(out) && is_right;
    x.fill(next, next + d);
    next += d;
    is_right = comparison{x, kind::added, d, start}.run(out) && is_right;
  }
  return is_right;
}

/// What a put costs: all of a replica's part without symbols, and what it takes
/// beside to keep the first so many symbols of the row true.
void cost_per_put(sync::replica& x, std::size_t keys, tools::table& out) {
  constexpr std::size_t times = 100'000;
  moment now;
  std::vector<std::string> names;
  std::mt19937_64 rng{1};
  for (std::size_t i = 0; i < times; ++i)
    names.push_back(tools::key_of(rng() % keys));
  auto put = own_seconds([&] {
    for (const auto& name : names)
      x.put(name, tools::some_value, x.stamp_at(now));
  });
  for (std::size_t size : {150, 1'500, 15'000, 30'000}) {
    symbols row(size);
    std::uint64_t counter = keys;
    auto time = own_seconds([&] {
      for (std::size_t i = 0; i < times; ++i) {
        auto hash = rng();
        auto before = rng() % keys;
        bench::add(row, {hash, 1, before}, -1, check_key);
        bench::add(row, {hash, 1, ++counter}, 1, check_key);
      }
    });
    auto each = 1e9 / static_cast<double>(times);
    out.add({text(keys), text(put * each), text(size),
             text(static_cast<double>(size * sizeof(row[0])) / 1e3),
             text(time * each)});
  }
}

std::vector<std::size_t> sizes_of(int argc, char** argv) {
  std::vector<std::size_t> result;
  for (auto i = 1; i < argc; ++i)
    result.push_back(std::stoul(argv[i]));
  if (result.empty())
    result = {1'000, 100'000, 1'000'000};
  return result;
}

} // namespace

int main(int argc, char** argv) {
  tools::table exchanges{{"KEYS", "DIFFERENT", "D", "ENTRIES B", "SYMBOLS/ITEM",
                          "SYMBOLS B", "CODED B/D", "HASHED B/D",
                          "IN BLOCKS B/D", "ROUNDS", "ENCODE ms", "DECODE ms",
                          "TREE B/D", "ROUNDS", "TREE ms"}};
  tools::table puts{
    {"KEYS", "REPLICA ns/PUT", "SYMBOLS KEPT", "kB", "SYMBOLS ns/PUT"}};
  auto is_right = true;
  for (auto keys : sizes_of(argc, argv)) {
    replica_pair x;
    x.fill(0, keys);
    x.reconcile();
    is_right = compare_exchanges(x, keys, exchanges) && is_right;
    cost_per_put(x.a, keys, puts);
  }
  std::cout << exchanges << '\n' << puts;
  if (!is_right)
    std::cerr << "coded_symbols: decoded wrong\n";
  return is_right ? 0 : 1;
}
