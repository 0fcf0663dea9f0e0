// SPDX-License-Identifier: MIT
//
// Every decoder of the core that takes bytes or text from outside. What is
// understood must be said again in the very same bytes: two forms of one value
// would be two digests, two log lines or two comparisons that disagree.

#include <algorithm>

#include "fuzz/harness.hpp"
#include "fuzz/script.hpp"
#include "horde/codec.hpp"
#include "horde/crdt/causal_context.hpp"
#include "horde/endpoint.hpp"
#include "horde/member_id.hpp"
#include "horde/membership/node_state.hpp"
#include "horde/naming/lock_messages.hpp"
#include "horde/naming/name_entry.hpp"
#include "horde/pid.hpp"
#include "horde/scheduling/operations.hpp"
#include "horde/scheduling/records.hpp"
#include "horde/supervision/child_spec.hpp"
#include "horde/sync/message.hpp"
#include "support/lock_messages.hpp"
#include "support/replica_bench.hpp"

namespace horde::fuzz {

namespace {

void check_sync_message(std::string_view bytes) {
  auto x = sync::decode_message(bytes);
  if (!x)
    return;
  // Not always the same bytes: a replica id may be spelled out twice, and what
  // is relayed may stand between own news.
  auto again = encode_message(*x);
  HORDE_ASSERT(sync::decode_message(again) == x);
}

template <class T>
void check_value(std::string_view bytes) {
  if (auto x = from_bytes<T>(bytes))
    HORDE_ASSERT(to_bytes(*x) == bytes);
}

void check_context(std::string_view bytes) {
  auto x = from_bytes<crdt::causal_context>(bytes);
  if (!x)
    return;
  HORDE_ASSERT(to_bytes(*x) == bytes);
  auto joined = *x;
  joined.join(*x);
  HORDE_ASSERT(joined == *x);
  crdt::causal_context fresh;
  fresh.join(*x);
  HORDE_ASSERT(fresh == *x);
}

void check_operation(std::string_view bytes) {
  auto x = scheduling::decode_operation(bytes);
  if (!x)
    return;
  HORDE_ASSERT(scheduling::is_operation(bytes));
  HORDE_ASSERT(!sync::decode_message(bytes));
  HORDE_ASSERT(encode_operation(*x) == bytes);
}

void check_lock_message(std::string_view bytes) {
  if (auto x = naming::decode_lock_message(bytes))
    HORDE_ASSERT(naming::encode_lock_message(*x) == bytes);
}

void check_spec(std::string_view bytes) {
  auto x = from_bytes<supervision::child_spec>(bytes);
  if (!x)
    return;
  HORDE_ASSERT(to_bytes(*x) == bytes);
  if (auto problem = supervision::validate(*x))
    HORDE_ASSERT(problem->code != errc::none && !problem->what.empty());
}

void check_wanted(std::string_view bytes) {
  script in{bytes};
  auto id = in.bytes();
  bytes.remove_prefix(std::min(bytes.size(), id.size() + 2));
  auto x = scheduling::decode_wanted(bytes, id);
  if (!x)
    return;
  HORDE_ASSERT(x->spec.id == id && !supervision::validate(x->spec));
  HORDE_ASSERT(to_bytes(*x) == bytes);
}

void check_placed(std::string_view bytes) {
  auto x = scheduling::decode_placed(bytes);
  if (!x)
    return;
  HORDE_ASSERT(x->attempt <= scheduling::max_attempt);
  HORDE_ASSERT(std::string_view{to_string(x->state)} != "???");
  HORDE_ASSERT(to_bytes(*x) == bytes);
}

// Text is typed by people too: more than one form may be understood, but what
// was understood is printed in a form that means the same.

void check_endpoint(std::string_view text) {
  if (auto x = parse_endpoint(text))
    HORDE_ASSERT(parse_endpoint(to_string(*x)) == x);
}

void check_member_id(std::string_view text) {
  if (auto x = parse_member_id(text))
    HORDE_ASSERT(to_string(*x) == text);
}

void check_pid(std::string_view text) {
  pid x{{1, 2}, 3};
  auto before = x;
  if (!parse_pid(std::string{text}, x)) {
    HORDE_ASSERT(x == before);
    return;
  }
  pid again;
  HORDE_ASSERT(parse_pid(to_string(x), again) && again == x);
}

using check = void (*)(std::string_view);

constexpr check checks[] = {
  check_sync_message, // often chosen: it is the one with a grammar
  check_context,
  check_operation,
  check_wanted,
  check_placed,
  check_spec,
  check_value<naming::name_entry>,
  check_value<members>,
  check_value<std::vector<peer_info>>,
  check_endpoint,
  check_member_id,
  check_pid,
  check_lock_message,
};

std::size_t place_of(check x) {
  return static_cast<std::size_t>(std::ranges::find(checks, x) - checks);
}

struct seed_list {
  std::vector<std::string> all;

  void add(check x, std::string_view bytes) {
    all.push_back(static_cast<char>(place_of(x)) + std::string{bytes});
  }
};

/// All messages of a few replicas that write, meet and catch up.
void add_messages(seed_list& out) {
  sync::config small;
  small.max_asked_nodes = 4;
  small.max_group_keys = 3;
  sim::replica_bench bench{3, small};
  auto run = [&] {
    while (!bench.mail.empty()) {
      out.add(check_sync_message, *bench.mail.front().bytes);
      bench.deliver_next();
    }
  };
  for (int i = 0; i < 24; ++i)
    bench.put(0, "key " + std::to_string(i), "v");
  bench.up(1, 0);
  run();
  bench.connect_all();
  for (std::size_t i = 0; i < 3; ++i)
    bench.put(i, "key 1", "concurrent");
  run();
  bench.down(1, 0);
  bench.put(0, "key 2", "new");
  bench.put(1, "key 2", "newer");
  bench.erase(0, "key 3");
  bench.up(1, 0);
  run();
}

void add_contexts(seed_list& out) {
  crdt::causal_context x;
  out.add(check_context, to_bytes(x));
  for (std::uint64_t i = 1; i < 40; ++i)
    if (i % 7 != 0)
      x.add({replica_id{i % 3}, i});
  out.add(check_context, to_bytes(x));
  x.add({replica_id{~std::uint64_t{0}}, ~std::uint64_t{0}});
  out.add(check_context, to_bytes(x));
}

supervision::child_spec spec_of_ada() {
  supervision::child_spec result;
  result.id = "ada";
  result.type = "worker";
  result.args = "arguments";
  return result;
}

void add_records(seed_list& out) {
  auto spec = spec_of_ada();
  scheduling::request_id request{replica_id{7}, 1};
  out.add(check_spec, to_bytes(spec));
  auto placed_by_rules = spec;
  placed_by_rules.place = {{"ssd"}, {"zone=b"}, "db", true};
  out.add(check_spec, to_bytes(placed_by_rules));
  out.add(check_wanted, script_writer{}.bytes(spec.id).take()
                          + to_bytes(scheduling::wanted_record{spec, request}));
  scheduling::placed_record placed;
  placed.member = {"workers", "node-1"};
  placed.pid = {{1700000000000, 5}, 9};
  placed.attempt = 2;
  placed.state = scheduling::child_state::running;
  out.add(check_placed, to_bytes(placed));
  out.add(check_value<naming::name_entry>,
          to_bytes(naming::name_entry{placed.pid.actor, "value"}));
  out.add(check_value<members>,
          to_bytes(members{placed.member, {"workers", "node-2"}}));
  node_id node{"10.0.0.1:4711", placed.pid.node};
  out.add(check_value<std::vector<peer_info>>,
          to_bytes(std::vector<peer_info>{
            {node, {"10.0.0.1", 4711}, node_state::up}}));
}

void add_operations(seed_list& out) {
  using namespace scheduling;
  auto spec = spec_of_ada();
  request_id request{replica_id{7}, 1};
  pid who{{1700000000000, 5}, 9};
  out.add(check_operation, encode_operation(forwarded_start{
                             request, 1, 3, std::chrono::seconds{9}, spec}));
  for (const auto& result :
       {start_result{started{"ada", who, "info"}}, start_result{ignored{}},
        start_result{already_started{"ada", who}},
        start_result{failure{errc::timeout, "too late"}}})
    out.add(check_operation, encode_operation(start_reply{request, 1, result}));
  for (const auto& x : {operation{fetch_state{"ada", 3}},
                        operation{kept_state{"ada", 3, true, "state"}},
                        operation{merge_state{"ada", 3, request, "state"}},
                        operation{merged{"ada", 3}}})
    out.add(check_operation, encode_operation(x));
  out.add(check_operation,
          encode_operation(lease_request{1, 2, {{"a", 3}, {"b", 4, true}}}));
  out.add(check_operation,
          encode_operation(lease_grant{1, 2, {{claim_stand::recorded, 3}}}));
  out.add(check_operation,
          encode_operation(fence_request{1, 2, replica_id{3}, false}));
  out.add(check_operation, encode_operation(fence_reply{
                             1, 2, replica_id{3}, std::chrono::seconds{1}}));
}

} // namespace

void run_decoders(std::string_view input) {
  if (input.empty())
    return;
  auto kind = static_cast<std::uint8_t>(input.front());
  checks[kind % std::size(checks)](input.substr(1));
}

std::vector<std::string> decoder_seeds() {
  seed_list out;
  add_messages(out);
  add_contexts(out);
  add_records(out);
  add_operations(out);
  for (auto text : {"host:1", "[::1]:65535", ":0"})
    out.add(check_endpoint, text);
  out.add(check_member_id, "names@10.0.0.1:4711");
  out.add(check_pid, to_string(pid{{1700000000000, 5}, 9}));
  for (const auto& x : test::one_of_each())
    out.add(check_lock_message, naming::encode_lock_message(x));
  return std::move(out.all);
}

} // namespace horde::fuzz
