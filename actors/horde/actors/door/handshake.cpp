// SPDX-License-Identifier: MIT

#include "horde/actors/door/handshake.hpp"

#include "horde/assert.hpp"
#include "horde/codec.hpp"
#include "horde/hex.hpp"

#include <algorithm>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace horde::actors {

namespace {

// A head: "HORDE", kind, length of the rest in two bytes, the rest. This and
// the first three bytes of the rest never change, so that any two versions can
// tell each other why they do not match. Newer versions append to the rest.
constexpr std::string_view magic = "HORDE";
constexpr char server_kind = 'S';
constexpr char client_kind = 'C';
constexpr std::string_view tls_prefix{"HORDET\0\0", 8};
constexpr std::string_view plain_prefix{"HORDEC\0\0", 8};
constexpr std::size_t prefix_size = 8;
constexpr std::size_t mac_size = 32;
// What one side sends: at most a head and a proof, or a head and an answer.
constexpr std::size_t max_head_size = max_handshake_size - mac_size - 1;

std::string to_head(const introduction& x, char kind, const nonce& fresh) {
  std::string rest;
  writer out{rest};
  out.byte(x.min_version);
  out.byte(x.max_version);
  out.byte(x.caf_line);
  out.byte(static_cast<std::uint8_t>(x.role));
  out.fixed64(x.node.life.started);
  out.fixed64(x.node.life.random);
  out.raw({fresh.data(), fresh.size()});
  out.bytes(x.cluster);
  out.bytes(x.node.name);
  HORDE_ASSERT(prefix_size + rest.size() <= max_head_size);
  std::string result{magic};
  result += kind;
  result += static_cast<char>(rest.size() >> 8);
  result += static_cast<char>(rest.size() & 0xff);
  return result + rest;
}

/// The size of the whole head, 0 if the prefix can no longer become one.
std::size_t head_size(std::string_view prefix, char kind) {
  auto known = std::min(prefix.size(), magic.size());
  if (prefix.substr(0, known) != magic.substr(0, known))
    return 0;
  if (prefix.size() > magic.size() && prefix[magic.size()] != kind
      && !tls_prefix.starts_with(prefix))
    return 0;
  if (prefix.size() < prefix_size)
    return prefix_size; // no answer yet
  if (prefix[magic.size()] != kind)
    return 0;
  auto high = static_cast<unsigned char>(prefix[6]);
  auto low = static_cast<unsigned char>(prefix[7]);
  auto result = prefix_size + (std::size_t{high} << 8) + low;
  return result <= max_head_size ? result : 0;
}

bool is_printable(std::string_view x) {
  return std::all_of(x.begin(), x.end(),
                     [](unsigned char c) { return c >= ' ' && c != 0x7f; });
}

/// Names are printed and compared by people: short and without control
/// characters.
bool read_name(reader& in, std::string& name) {
  name = in.bytes();
  return !in.failed() && !name.empty() && name.size() <= max_name_size
         && is_printable(name);
}

/// All that can be read from a head. `no_horde_node` if it is malformed.
struct parsed_head {
  verdict problem = verdict::ok;
  std::optional<introduction> peer;
};

parsed_head parse_head(std::string_view head, const introduction& self) {
  reader in{head.substr(prefix_size)};
  introduction x;
  x.min_version = in.byte();
  x.max_version = in.byte();
  x.caf_line = in.byte();
  if (in.failed())
    return {verdict::no_horde_node, std::nullopt};
  if (x.min_version > self.max_version || x.max_version < self.min_version)
    return {verdict::other_version, x};
  auto role = in.byte();
  x.role = static_cast<peer_role>(role);
  x.node.life.started = in.fixed64();
  x.node.life.random = in.fixed64();
  for (std::size_t i = 0; i < std::tuple_size_v<nonce>; ++i)
    in.byte();
  if (in.failed() || role > static_cast<std::uint8_t>(peer_role::client))
    return {verdict::no_horde_node, std::nullopt};
  if (!read_name(in, x.cluster) || !read_name(in, x.node.name))
    return {verdict::no_horde_node, std::nullopt};
  if (x.cluster != self.cluster)
    return {verdict::other_cluster, x};
  if (x.caf_line != self.caf_line)
    return {verdict::other_caf_line, x};
  return {verdict::ok, x};
}

/// Of a whole prefix that is none of a head.
verdict other_protocol(std::string_view prefix) {
  return prefix == tls_prefix ? verdict::speaks_tls : verdict::no_horde_node;
}

bool is_authenticated(verdict x) {
  return x <= verdict::superseded;
}

bool equal_secretly(std::string_view a, std::string_view b) {
  return a.size() == b.size()
         && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace

std::string_view to_string(verdict x) {
  switch (x) {
  case verdict::ok: return "ok";
  case verdict::redundant: return "redundant";
  case verdict::self: return "self";
  case verdict::name_in_use: return "name_in_use";
  case verdict::shutting_down: return "shutting_down";
  case verdict::not_certified: return "not_certified";
  case verdict::superseded: return "superseded";
  case verdict::bad_proof: return "bad_proof";
  case verdict::other_cluster: return "other_cluster";
  case verdict::other_version: return "other_version";
  case verdict::other_caf_line: return "other_caf_line";
  case verdict::no_horde_node: return "no_horde_node";
  case verdict::speaks_tls: return "speaks_tls";
  }
  return "???";
}

// -- door_key ----------------------------------------------------------------

namespace {

std::string hmac(std::string_view key, std::string_view text) {
  std::string result(mac_size, '\0');
  auto to_bytes = [](const char* x) {
    return reinterpret_cast<const unsigned char*>(x);
  };
  unsigned size = 0;
  auto* done = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                    to_bytes(text.data()), text.size(),
                    reinterpret_cast<unsigned char*>(result.data()), &size);
  HORDE_ASSERT(done != nullptr && size == mac_size);
  return result;
}

} // namespace

door_key::door_key(std::string_view secret, std::string_view cluster)
    : key_(hmac(secret, "horde door 1/" + std::string{cluster})) {}

// The parts end themselves, so nothing can move from one to the next.
std::string door_key::sign(std::string_view label, std::string_view first,
                           std::string_view second,
                           std::string_view third) const {
  std::string text{label};
  text.append(first).append(second).append(third);
  return hmac(key_, text);
}

std::string door_key::tls_key() const {
  return hmac(key_, "tls key");
}

std::string door_key::tls_key_name() const {
  return to_hex(hmac(key_, "tls key name").substr(0, 8));
}

door_keys make_door_keys(const std::vector<std::string>& secrets,
                         std::string_view cluster) {
  door_keys result;
  for (const auto& x : secrets)
    result.emplace_back(x, cluster);
  if (result.empty())
    result.emplace_back(std::string_view{}, cluster);
  return result;
}

std::uint8_t common_version(const introduction& a, const introduction& b) {
  return std::min(a.max_version, b.max_version);
}

std::string_view tls_notice() {
  return tls_prefix;
}

std::string_view plain_notice() {
  return plain_prefix;
}

// -- server ------------------------------------------------------------------

server_handshake::server_handshake(introduction self,
                                   std::span<const door_key> keys,
                                   const nonce& fresh,
                                   const std::string& binding)
    : self_(std::move(self)), keys_(keys), binding_(binding),
      greeting_(to_head(self_, server_kind, fresh)), in_(prefix_size) {}

std::size_t server_handshake::wanted() const {
  return over_ || is_proven() ? 0 : in_.missing();
}

progress server_handshake::feed(std::string_view bytes) {
  HORDE_ASSERT(bytes.size() <= wanted());
  in_.add(bytes);
  if (!has_head_)
    return take_head();
  return in_.missing() == 0 ? take_proof() : progress::more;
}

progress server_handshake::take_head() {
  head_size_ = head_size(in_.bytes(), client_kind);
  if (head_size_ == 0)
    return end(other_protocol(in_.bytes()));
  if (in_.bytes().size() < prefix_size)
    return progress::more;
  // The proof is read in any case: closing on unread bytes resets the
  // connection, and our answer would be lost with it.
  has_head_ = true;
  in_.expect(head_size_ + mac_size);
  return progress::more;
}

progress server_handshake::take_proof() {
  auto all = std::string_view{in_.bytes()};
  auto head = all.substr(0, head_size_);
  auto parsed = parse_head(head, self_);
  peer_ = std::move(parsed.peer);
  if (parsed.problem != verdict::ok)
    return end(parsed.problem);
  auto proof = all.substr(head_size_);
  for (const auto& key : keys_)
    if (equal_secretly(key.sign("c" + binding_, greeting_, head), proof))
      key_ = &key;
  return is_proven() ? progress::decide : end(verdict::bad_proof);
}

progress server_handshake::end(verdict x) {
  verdict_ = x;
  over_ = true;
  return progress::over;
}

std::string server_handshake::answer(verdict decision) {
  HORDE_ASSERT(is_proven() == is_authenticated(decision));
  verdict_ = decision;
  if (decision >= verdict::no_horde_node)
    return {};
  std::string code(1, static_cast<char>(decision));
  if (!is_proven())
    return code;
  return code + key_->sign("s" + binding_, greeting_, in_.bytes(), code);
}

std::string server_handshake::link_secret() const {
  HORDE_ASSERT(key_ != nullptr);
  return key_->sign("d" + binding_, greeting_, in_.bytes());
}

// -- client ------------------------------------------------------------------

client_handshake::client_handshake(introduction self, const door_key& key,
                                   const nonce& fresh, std::string binding)
    : self_(std::move(self)), key_(&key), binding_(std::move(binding)),
      head_(to_head(self_, client_kind, fresh)), in_(prefix_size) {}

std::size_t client_handshake::wanted() const {
  if (state_ == state::deciding || state_ == state::over)
    return 0;
  return in_.missing();
}

progress client_handshake::feed(std::string_view bytes) {
  HORDE_ASSERT(bytes.size() <= wanted());
  in_.add(bytes);
  if (state_ == state::greeting)
    return take_greeting();
  return in_.bytes().empty() ? progress::more : take_answer();
}

progress client_handshake::take_greeting() {
  auto size = head_size(in_.bytes(), server_kind);
  if (size == 0)
    return end(other_protocol(in_.bytes()));
  in_.expect(size);
  if (in_.missing() != 0)
    return progress::more;
  greeting_ = in_.bytes();
  auto parsed = parse_head(greeting_, self_);
  peer_ = std::move(parsed.peer);
  if (parsed.problem != verdict::ok)
    return end(parsed.problem);
  state_ = state::deciding;
  return progress::decide;
}

std::string client_handshake::prove() {
  HORDE_ASSERT(state_ == state::deciding);
  state_ = state::answer;
  in_ = intake{1};
  claim_ = head_ + key_->sign("c" + binding_, greeting_, head_);
  return claim_;
}

std::string client_handshake::farewell() const {
  if (verdict_ == verdict::no_horde_node)
    return {};
  if (verdict_ == verdict::speaks_tls)
    return std::string{plain_prefix};
  return head_ + std::string(mac_size, '\0');
}

std::string client_handshake::link_secret() const {
  HORDE_ASSERT(state_ == state::over && verdict_ == verdict::ok);
  return key_->sign("d" + binding_, greeting_, claim_);
}

progress client_handshake::take_answer() {
  auto code = static_cast<verdict>(static_cast<unsigned char>(in_.bytes()[0]));
  if (code >= verdict::no_horde_node)
    return end(verdict::no_horde_node);
  if (!is_authenticated(code))
    return end(code);
  in_.expect(1 + mac_size);
  if (in_.missing() != 0)
    return progress::more;
  auto all = std::string_view{in_.bytes()};
  auto mac = key_->sign("s" + binding_, greeting_, claim_, all.substr(0, 1));
  return end(equal_secretly(mac, all.substr(1)) ? code : verdict::bad_proof);
}

progress client_handshake::end(verdict x) {
  verdict_ = x;
  state_ = state::over;
  return progress::over;
}

} // namespace horde::actors
