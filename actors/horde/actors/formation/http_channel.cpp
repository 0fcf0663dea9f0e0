// SPDX-License-Identifier: MIT

#include "horde/actors/formation/http_channel.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>

#include "horde/actors/door/poll_set.hpp"
#include "horde/actors/formation/await.hpp"

namespace horde::formation {

namespace {

using actors::address;
using actors::unique_fd;
using context = std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)>;

constexpr std::size_t piece_size = 16 * 1024;

failure no_connection(const std::string& why) {
  return {errc::cannot_connect, why};
}

std::string last_reason() {
  auto* text = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return text != nullptr ? text : "closed by the server";
}

/// A peer that is gone without a word is noticed within half a minute.
void watch_over(int fd) {
  auto set = [fd](int level, int option, int value) {
    (void)setsockopt(fd, level, option, &value, sizeof value);
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 15);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 5);
  set(IPPROTO_TCP, TCP_KEEPCNT, 3);
}

outcome<unique_fd> connect_to(const address& to, instant until, waker& by) {
  auto fd = actors::start_connect(to);
  if (!fd)
    return no_connection(std::strerror(errno));
  if (auto why = await(fd.get(), POLLOUT, until, by))
    return *why;
  if (auto error = actors::connect_result(fd.get()); error != 0)
    return no_connection(std::strerror(error));
  watch_over(fd.get());
  return fd;
}

/// Each address gets its share of the time, so that one that is silent does not
/// hide the others.
outcome<unique_fd> connect_to(const endpoint& to, instant until, waker& by) {
  auto found = await_addresses(to, until, by);
  if (auto* why = std::get_if<failure>(&found))
    return *why;
  const auto& all = std::get<std::vector<address>>(found);
  outcome<unique_fd> result = no_connection("it has no address");
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto now = actors::door_time();
    auto share = (until - now) / static_cast<long>(all.size() - i);
    result = connect_to(all[i], now + share, by);
    if (std::holds_alternative<unique_fd>(result) || by.is_stopped())
      break;
  }
  return result;
}

outcome<context> make_context(const std::string& authorities) {
  context result{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
  if (!result)
    return no_connection(last_reason());
  auto* ctx = result.get();
  SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
  SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  ERR_clear_error();
  auto done =
    authorities.empty()
      ? SSL_CTX_set_default_verify_paths(ctx)
      : SSL_CTX_load_verify_locations(ctx, authorities.c_str(), nullptr);
  if (done != 1)
    return no_connection("cannot use the authorities in '" + authorities
                         + "': " + last_reason());
  return result;
}

/// Its certificate must name `host`.
bool expect_host(SSL* ssl, const std::string& host) {
  auto* rules = SSL_get0_param(ssl);
  if (actors::numeric({host, 0}))
    return X509_VERIFY_PARAM_set1_ip_asc(rules, host.c_str()) == 1;
  X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return X509_VERIFY_PARAM_set1_host(rules, host.data(), host.size()) == 1
         && SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
}

} // namespace

http_channel::http_channel(unique_fd fd, session ssl)
    : fd_(std::move(fd)), ssl_(std::move(ssl)) {}

http_channel::http_channel(http_channel&&) noexcept = default;
http_channel& http_channel::operator=(http_channel&&) noexcept = default;
http_channel::~http_channel() = default;

outcome<http_channel> http_channel::connect(const http_request& to,
                                            instant until, waker& by) {
  session ssl{nullptr, SSL_free};
  const auto& where = to.where;
  if (where.is_encrypted) {
    auto ctx = make_context(to.authorities);
    if (auto* why = std::get_if<failure>(&ctx))
      return *why;
    ssl.reset(SSL_new(std::get<context>(ctx).get()));
    if (!ssl)
      return no_connection("cannot begin TLS: " + last_reason());
    SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    if (!expect_host(ssl.get(), where.at.host))
      return no_connection("no certificate can name this host");
    SSL_set_connect_state(ssl.get());
  }
  auto fd = connect_to(where.at, until, by);
  if (auto* why = std::get_if<failure>(&fd))
    return *why;
  http_channel result{std::get<unique_fd>(std::move(fd)), std::move(ssl)};
  if (where.is_encrypted)
    if (auto why = result.shake_hands(until, by))
      return *why;
  return result;
}

std::optional<failure> http_channel::shake_hands(instant until, waker& by) {
  for (;;) {
    ERR_clear_error();
    auto done = SSL_do_handshake(ssl_.get());
    auto is_busy =
      done != 1 && SSL_get_error(ssl_.get(), done) == SSL_ERROR_WANT_READ;
    auto rejected = SSL_get_verify_result(ssl_.get());
    auto reason = done == 1 || is_busy ? std::string{} : last_reason();
    auto unsent = flush(until, by); // also tells why we give up
    if (rejected != X509_V_OK)
      return no_connection(std::string{"its certificate is refused: "}
                           + X509_verify_cert_error_string(rejected));
    if (!reason.empty())
      return no_connection("no TLS: " + reason);
    if (unsent || done == 1)
      return unsent;
    if (auto why = await(fd_.get(), POLLIN, until, by))
      return why;
    auto come = receive();
    if (auto* why = std::get_if<failure>(&come))
      return *why;
    if (std::get<piece>(come).is_over)
      return no_connection("closed by the server");
  }
}

std::optional<failure> http_channel::write(std::string_view bytes,
                                           instant until, waker& by) {
  if (!ssl_)
    return send_all(bytes, until, by);
  ERR_clear_error();
  std::size_t n = 0; // a memory BIO takes all
  if (SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &n) != 1)
    return no_connection("cannot send: " + last_reason());
  return flush(until, by);
}

std::optional<failure> http_channel::send_all(std::string_view bytes,
                                              instant until, waker& by) {
  while (!bytes.empty()) {
    auto n = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(n));
      continue;
    }
    if (errno != EAGAIN && errno != EINTR)
      return no_connection(std::strerror(errno));
    if (auto why = await(fd_.get(), POLLOUT, until, by))
      return why;
  }
  return std::nullopt;
}

/// What OpenSSL has to say.
std::optional<failure> http_channel::flush(instant until, waker& by) {
  std::array<char, piece_size> bytes;
  for (;;) {
    auto n = BIO_read(SSL_get_wbio(ssl_.get()), bytes.data(),
                      static_cast<int>(bytes.size()));
    if (n <= 0)
      return std::nullopt;
    if (auto why =
          send_all({bytes.data(), static_cast<std::size_t>(n)}, until, by))
      return why;
  }
}

/// Bytes of the connection; with TLS they go to OpenSSL.
outcome<http_channel::piece> http_channel::receive() {
  std::array<char, piece_size> bytes;
  auto n = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
  if (n < 0) {
    if (errno == EAGAIN || errno == EINTR)
      return piece{};
    return no_connection(std::strerror(errno));
  }
  piece result;
  result.is_over = result.in_order = n == 0;
  if (!ssl_)
    result.bytes.assign(bytes.data(), static_cast<std::size_t>(n));
  else if (n > 0)
    BIO_write(SSL_get_rbio(ssl_.get()), bytes.data(), static_cast<int>(n));
  return result;
}

outcome<http_channel::piece> http_channel::read() {
  auto come = receive();
  auto* result = std::get_if<piece>(&come);
  if (result == nullptr || !ssl_)
    return come;
  std::array<char, piece_size> bytes;
  for (;;) {
    ERR_clear_error();
    std::size_t n = 0;
    auto done = SSL_read_ex(ssl_.get(), bytes.data(), bytes.size(), &n);
    if (done == 1) {
      result->bytes.append(bytes.data(), n);
      continue;
    }
    auto error = SSL_get_error(ssl_.get(), done);
    result->in_order = error == SSL_ERROR_ZERO_RETURN;
    result->is_over |= result->in_order;
    if (error != SSL_ERROR_WANT_READ && !result->in_order)
      return no_connection("TLS failed: " + last_reason());
    return come;
  }
}

} // namespace horde::formation
