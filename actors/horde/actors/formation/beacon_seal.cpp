// SPDX-License-Identifier: MIT

#include "horde/actors/formation/beacon_seal.hpp"

#include <algorithm>
#include <array>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "horde/assert.hpp"
#include "horde/codec.hpp"

namespace horde::formation {

namespace {

using key_bytes = std::array<unsigned char, 32>;

const unsigned char* raw(std::string_view x) {
  return reinterpret_cast<const unsigned char*>(x.data());
}

unsigned char* raw(char* x) {
  return reinterpret_cast<unsigned char*>(x);
}

key_bytes hmac(std::string_view key, std::string_view text) {
  key_bytes result;
  unsigned size = 0;
  auto* done = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                    raw(text), text.size(), result.data(), &size);
  HORDE_ASSERT(done != nullptr && size == result.size());
  return result;
}

std::string text_of(const key_bytes& x) {
  return {reinterpret_cast<const char*>(x.data()), x.size()};
}

/// HKDF (RFC 5869) with SHA-256, for at most 32 bytes: one block.
std::string hkdf(std::string_view salt, std::string_view secret,
                 const std::string& info) {
  auto extracted = text_of(hmac(salt, secret));
  return text_of(hmac(extracted, info + '\1'));
}

/// No stream's key is derived from this text: it is of another length.
constexpr std::string_view name_of_key = "name of a key";

key_bytes key_of_stream(std::string_view cluster_key, const stream_id& x) {
  return hmac(cluster_key, {x.data(), x.size()});
}

using nonce = std::array<unsigned char, 12>;

nonce nonce_of(std::uint64_t number) {
  nonce result{};
  for (std::size_t i = 0; i < 8; ++i)
    result[i] = static_cast<unsigned char>(number >> (8 * i));
  return result;
}

} // namespace

/// Made once: to look the algorithm up takes longer than to use it.
struct beacon_seal::cipher {
  EVP_CIPHER* algorithm =
    EVP_CIPHER_fetch(nullptr, "ChaCha20-Poly1305", nullptr);
  EVP_CIPHER_CTX* ctx = EVP_CIPHER_CTX_new();

  cipher() { HORDE_ASSERT(algorithm != nullptr && ctx != nullptr); }
  ~cipher() {
    EVP_CIPHER_CTX_free(ctx);
    EVP_CIPHER_free(algorithm);
  }
  cipher(const cipher&) = delete;
  cipher& operator=(const cipher&) = delete;

  void begin(const key_bytes& key, std::uint64_t number, std::string_view head,
             bool encrypts) {
    auto iv = nonce_of(number);
    int n = 0;
    auto done = EVP_CipherInit_ex2(ctx, algorithm, key.data(), iv.data(),
                                   encrypts ? 1 : 0, nullptr)
                  == 1
                && EVP_CipherUpdate(ctx, nullptr, &n, raw(head),
                                    static_cast<int>(head.size()))
                     == 1;
    HORDE_ASSERT(done);
  }

  /// ChaCha20 is a stream: as many bytes come out as go in.
  void update(char* out, std::string_view in) {
    int n = 0;
    auto done =
      EVP_CipherUpdate(ctx, raw(out), &n, raw(in), static_cast<int>(in.size()));
    HORDE_ASSERT(done == 1 && static_cast<std::size_t>(n) == in.size());
  }
};

beacon_seal::beacon_seal(const std::vector<std::string>& secrets,
                         const std::string& cluster)
    : cipher_(std::make_unique<cipher>()) {
  for (const auto& secret : secrets)
    keys_.push_back(derive(secret, cluster));
  if (keys_.empty())
    keys_.push_back(derive("", cluster));
  auto done = RAND_bytes(raw(stream_.data()), stream_.size());
  HORDE_ASSERT(done == 1);
}

beacon_seal::~beacon_seal() = default;

beacon_seal::cluster_key beacon_seal::derive(std::string_view secret,
                                             const std::string& cluster) {
  cluster_key result{hkdf("horde gossip 1", secret, cluster), 0};
  auto name = text_of(hmac(result.bytes, name_of_key));
  result.name = reader{name}.fixed64();
  return result;
}

std::string beacon_seal::seal(const beacon& x) {
  const auto& key = keys_.front();
  beacon_head head{key.name, stream_, ++last_};
  auto result = to_bytes(head);
  auto body = to_bytes(x);
  cipher_->begin(key_of_stream(key.bytes, stream_), head.number, result, true);
  result.resize(beacon_head_size + body.size() + beacon_proof_size);
  cipher_->update(result.data() + beacon_head_size, body);
  auto* proof = result.data() + beacon_head_size + body.size();
  int n = 0;
  auto done = EVP_CipherFinal_ex(cipher_->ctx, raw(proof), &n) == 1
              && EVP_CIPHER_CTX_ctrl(cipher_->ctx, EVP_CTRL_AEAD_GET_TAG,
                                     beacon_proof_size, proof)
                   == 1;
  HORDE_ASSERT(done && result.size() <= max_beacon_packet);
  return result;
}

bool beacon_seal::knows(const beacon_head& x) const {
  return std::any_of(keys_.begin(), keys_.end(),
                     [&](const auto& key) { return key.name == x.key; });
}

std::optional<std::string_view> beacon_seal::open(const beacon_head& head,
                                                  std::string_view packet) {
  HORDE_ASSERT(packet.size() > beacon_head_size + beacon_proof_size
               && packet.size() <= max_beacon_packet);
  auto key = std::find_if(keys_.begin(), keys_.end(),
                          [&](const auto& k) { return k.name == head.key; });
  HORDE_ASSERT(key != keys_.end());
  auto body = packet.substr(beacon_head_size);
  std::string proof{body.substr(body.size() - beacon_proof_size)};
  body.remove_suffix(beacon_proof_size);
  cipher_->begin(key_of_stream(key->bytes, head.stream), head.number,
                 packet.substr(0, beacon_head_size), false);
  cipher_->update(plain_, body);
  int n = 0;
  auto is_proven = EVP_CIPHER_CTX_ctrl(cipher_->ctx, EVP_CTRL_AEAD_SET_TAG,
                                       beacon_proof_size, proof.data())
                     == 1
                   && EVP_CipherFinal_ex(cipher_->ctx, raw(plain_), &n) == 1;
  if (!is_proven)
    return std::nullopt;
  return std::string_view{plain_, body.size()};
}

} // namespace horde::formation
