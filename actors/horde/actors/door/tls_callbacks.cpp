// SPDX-License-Identifier: MIT
//
// What OpenSSL asks a TLS session: for keys, and for bytes.

#include "horde/actors/door/tls_session.hpp"

#include "horde/assert.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include <openssl/ssl.h>
#include <sys/socket.h>

namespace horde::actors {

struct tls_callbacks {
  static tls_session& session_of(const SSL* ssl) {
    return *static_cast<tls_session*>(SSL_get_app_data(ssl));
  }

  static unsigned put(const std::string& key, unsigned char* to,
                      unsigned limit) {
    if (key.size() > limit)
      return 0;
    std::memcpy(to, key.data(), key.size());
    return static_cast<unsigned>(key.size());
  }

  static unsigned ask_client(SSL* ssl, const char*, char* name,
                             unsigned name_limit, unsigned char* key,
                             unsigned limit) {
    const auto& ours = session_of(ssl).keys_->front();
    auto text = ours.tls_key_name();
    if (text.size() + 1 > name_limit)
      return 0;
    std::memcpy(name, text.c_str(), text.size() + 1);
    return put(ours.tls_key(), key, limit);
  }

  static unsigned ask_server(SSL* ssl, const char* name, unsigned char* key,
                             unsigned limit) {
    auto& session = session_of(ssl);
    for (const auto& x : *session.keys_)
      if (x.tls_key_name() == name)
        return put(x.tls_key(), key, limit);
    session.unknown_key_ = true;
    return 0;
  }

  // The socket as OpenSSL sees it. Its own kind of socket raises SIGPIPE, and
  // knows no limit.

  static tls_session& session_of(BIO* bio) {
    return *static_cast<tls_session*>(BIO_get_data(bio));
  }

  static int send(BIO* bio, const char* bytes, int size) {
    BIO_clear_retry_flags(bio);
    session_of(bio).unsent_.append(bytes, static_cast<std::size_t>(size));
    return size;
  }

  static int receive(BIO* bio, char* bytes, int size) {
    BIO_clear_retry_flags(bio);
    auto& session = session_of(bio);
    auto wanted = std::min(session.budget_, static_cast<std::size_t>(size));
    if (wanted == 0)
      return -1;
    auto n = ::recv(session.fd_, bytes, wanted, 0);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
      BIO_set_retry_read(bio);
    if (n > 0 && session.budget_ != SIZE_MAX)
      session.budget_ -= static_cast<std::size_t>(n);
    return static_cast<int>(n);
  }

  static long control(BIO*, int command, long, void*) {
    return command == BIO_CTRL_FLUSH ? 1 : 0;
  }

  static int create(BIO* bio) {
    BIO_set_init(bio, 1);
    return 1;
  }

  static const BIO_METHOD* socket() {
    static const auto* result = [] {
      auto* x = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK,
                             "horde socket");
      auto done = x != nullptr && BIO_meth_set_write(x, send) == 1
                  && BIO_meth_set_read(x, receive) == 1
                  && BIO_meth_set_ctrl(x, control) == 1
                  && BIO_meth_set_create(x, create) == 1;
      HORDE_ASSERT(done);
      return x; // for the whole life of the process
    }();
    return result;
  }
};

void tls_session::use_secret(ssl_ctx_st* server, ssl_ctx_st* client) {
  SSL_CTX_set_psk_server_callback(server, tls_callbacks::ask_server);
  SSL_CTX_set_psk_client_callback(client, tls_callbacks::ask_client);
}

bio_st* tls_session::make_socket() {
  auto* result = BIO_new(tls_callbacks::socket());
  HORDE_ASSERT(result != nullptr);
  BIO_set_data(result, this);
  return result;
}

} // namespace horde::actors
