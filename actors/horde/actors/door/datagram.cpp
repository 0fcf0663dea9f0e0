// SPDX-License-Identifier: MIT

#include "horde/actors/door/datagram.hpp"

#include "horde/assert.hpp"
#include "horde/codec.hpp"

#include <array>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace horde::actors {

namespace {

constexpr std::string_view magic = "HODG";
constexpr char version = 1;
constexpr std::size_t life_at = 5;
constexpr std::size_t tag_at = 21;
constexpr std::size_t number_at = 29;
constexpr std::size_t payload_at = 37;
constexpr std::size_t proof_size = 16;
static_assert(payload_at + proof_size == datagram_frame_size);

using proof = std::array<char, 32>;

proof sign(std::string_view secret, std::string_view text) {
  proof result;
  auto to_bytes = [](const char* x) {
    return reinterpret_cast<const unsigned char*>(x);
  };
  unsigned size = 0;
  auto* done =
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         to_bytes(text.data()), text.size(),
         reinterpret_cast<unsigned char*>(result.data()), &size);
  HORDE_ASSERT(done != nullptr && size == result.size());
  return result;
}

std::uint64_t number_from(std::string_view bytes, std::size_t at) {
  return reader{bytes.substr(at)}.fixed64();
}

/// No datagram begins like this text, so no proof of one tells a tag.
link_tag derive_tag(std::string_view secret) {
  auto bytes = sign(secret, "tag of a link");
  return number_from({bytes.data(), bytes.size()}, 0);
}

} // namespace

std::optional<link_tag> tag_of(std::string_view bytes) {
  if (bytes.size() < datagram_frame_size || bytes.size() > max_datagram_size
      || !bytes.starts_with(magic) || bytes[magic.size()] != version)
    return std::nullopt;
  return number_from(bytes, tag_at);
}

datagram_seal::datagram_seal(std::string_view secret, const incarnation& self,
                             const incarnation& peer)
    : secret_(secret), self_(self), peer_(peer), tag_(derive_tag(secret)) {}

std::string datagram_seal::seal(std::string_view payload) {
  HORDE_ASSERT(payload.size() <= max_datagram_payload);
  std::string result;
  result.reserve(datagram_frame_size + payload.size());
  writer out{result};
  out.raw(magic);
  out.byte(version);
  out.fixed64(self_.started);
  out.fixed64(self_.random);
  out.fixed64(tag_);
  out.fixed64(++last_sent_);
  out.raw(payload);
  auto mac = sign(secret_, result);
  out.raw({mac.data(), proof_size});
  return result;
}

std::optional<datagram_seal::opened>
datagram_seal::open(std::string_view bytes) {
  HORDE_ASSERT(tag_of(bytes) == tag_);
  incarnation sender{number_from(bytes, life_at),
                     number_from(bytes, life_at + 8)};
  auto number = number_from(bytes, number_at);
  if (sender != peer_ || !came_.is_new(number))
    return std::nullopt;
  auto claimed = bytes.substr(bytes.size() - proof_size);
  bytes.remove_suffix(proof_size);
  auto mac = sign(secret_, bytes);
  if (CRYPTO_memcmp(mac.data(), claimed.data(), proof_size) != 0)
    return std::nullopt;
  auto is_newest = number > came_.newest();
  came_.note(number);
  return opened{bytes.substr(payload_at), is_newest};
}

} // namespace horde::actors
