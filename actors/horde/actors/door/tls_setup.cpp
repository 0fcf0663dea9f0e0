// SPDX-License-Identifier: MIT

#include "horde/actors/door/tls_setup.hpp"

#include "horde/actors/door/tls_session.hpp"
#include "horde/assert.hpp"

#include <cerrno>
#include <cstring>
#include <optional>
#include <string>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <unistd.h>

namespace horde::actors {

namespace {

/// A key file that is encrypted is refused: nobody is there to be asked.
int no_password(char*, int, int, void*) {
  return 0;
}

tls_setup::context make_context(const SSL_METHOD* side) {
  tls_setup::context result{SSL_CTX_new(side), SSL_CTX_free};
  HORDE_ASSERT(result != nullptr);
  auto* ctx = result.get();
  auto done = SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) == 1
              && SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) == 1
              // External keys need a suite with SHA-256.
              && SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256") == 1
              && SSL_CTX_set_num_tickets(ctx, 0) == 1;
  HORDE_ASSERT(done);
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
  SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE);
  // Also with a secret: without an authority no certificate is good enough, so
  // that nobody gets around the secret by showing one.
  SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                     nullptr);
  SSL_CTX_set_default_passwd_cb(ctx, no_password);
  return result;
}

std::string last_reason() {
  auto* text = ERR_reason_error_string(ERR_get_error());
  return text != nullptr ? text : "no such content";
}

failure unusable(const char* option, const std::string& file, const char* takes,
                 const std::string& why) {
  return {errc::bad_option, std::string{option} + " = '" + file + "': takes "
                              + takes + " (" + why + ")"};
}

std::optional<failure> load(SSL_CTX* ctx, const certificate_files& x) {
  ERR_clear_error();
  auto* certificate = x.certificate.c_str();
  if (SSL_CTX_use_certificate_chain_file(ctx, certificate) != 1)
    return unusable("certificate", x.certificate,
                    "a PEM file with this node's certificate", last_reason());
  auto* key = x.private_key.c_str();
  if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1)
    return unusable("private_key", x.private_key,
                    "a PEM file with the key of the certificate, not encrypted",
                    last_reason());
  auto* authorities = x.authorities.c_str();
  if (SSL_CTX_load_verify_locations(ctx, authorities, nullptr) != 1)
    return unusable("authorities", x.authorities,
                    "a PEM file with the certificates of those who sign",
                    last_reason());
  return std::nullopt;
}

/// OpenSSL's words for a file that is not there are none for people.
std::optional<failure> find(const char* option, const std::string& file) {
  if (file.empty())
    return failure{errc::bad_option,
                   std::string{option}
                     + " is not set: certificate, private_key and authorities "
                       "take a PEM file each, all three or none"};
  if (::access(file.c_str(), R_OK) != 0)
    return unusable(option, file, "a PEM file", std::strerror(errno));
  return std::nullopt;
}

} // namespace

tls_setup::tls_setup(bool certified)
    : certified_(certified), server_(make_context(TLS_server_method())),
      client_(make_context(TLS_client_method())) {
  // OpenSSL wants a name from a server that verifies, and none from a client.
  constexpr unsigned char name[] = "horde door";
  auto done =
    SSL_CTX_set_session_id_context(server_.get(), name, sizeof name) == 1;
  HORDE_ASSERT(done);
}

std::shared_ptr<const tls_setup> tls_setup::with_secret() {
  std::shared_ptr<tls_setup> result{new tls_setup{false}};
  tls_session::use_secret(result->for_server(), result->for_client());
  return result;
}

outcome<std::shared_ptr<const tls_setup>>
tls_setup::with_certificates(const certificate_files& files) {
  if (auto problem = find("certificate", files.certificate))
    return *problem;
  if (auto problem = find("private_key", files.private_key))
    return *problem;
  if (auto problem = find("authorities", files.authorities))
    return *problem;
  std::shared_ptr<tls_setup> result{new tls_setup{true}};
  for (auto* ctx : {result->for_server(), result->for_client()})
    if (auto problem = load(ctx, files))
      return *problem;
  return std::shared_ptr<const tls_setup>{std::move(result)};
}

} // namespace horde::actors
