// SPDX-License-Identifier: MIT

#include "horde/actors/door/tls_session.hpp"

#include "horde/assert.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

namespace horde::actors {

namespace {

// From somebody not yet proven: enough for long chains of certificates.
constexpr std::size_t unproven_budget = 64 * 1024;
constexpr std::size_t binding_size = 32;
constexpr char first_byte_of_tls = 0x16;
// Records, each 16 KiB at most, are sent together: a call of the system for
// each would cost more than to encrypt it. And without several such batches a
// turn two that both send much slow each other down.
constexpr int records_a_batch = 8;
constexpr int batches_a_turn = 4;

bool is_transient_errno(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

/// What is there without taking it.
std::string_view peek(int fd, std::array<char, 8>& to) {
  auto n = ::recv(fd, to.data(), to.size(), MSG_PEEK);
  return {to.data(), n > 0 ? static_cast<std::size_t>(n) : 0};
}

bool is_closed(int fd) {
  char next = 0;
  auto n = ::recv(fd, &next, 1, MSG_PEEK);
  return n == 0 || (n < 0 && !is_transient_errno(errno));
}

/// To close on unread bytes resets the connection, and what we said may be
/// lost.
void drain(int fd) {
  std::array<char, max_handshake_size> bytes;
  (void)!::recv(fd, bytes.data(), bytes.size(), 0);
}

bool send_all(int fd, std::string_view x) {
  return ::send(fd, x.data(), x.size(), MSG_NOSIGNAL)
         == static_cast<ssize_t>(x.size());
}

} // namespace

// -- bringing it up -----------------------------------------------------------

tls_session::tls_session(std::shared_ptr<const tls_setup> setup,
                         std::shared_ptr<const door_keys> keys, tls_side side,
                         int fd)
    : setup_(std::move(setup)), keys_(std::move(keys)), side_(side), fd_(fd),
      ssl_(nullptr, SSL_free), budget_(unproven_budget) {}

tls_session::~tls_session() = default;

tls_session::state tls_session::shake_hands() {
  switch (stage_) {
  case stage::fresh: return greet();
  case stage::waiting:
    return side_ == tls_side::client ? take_notice() : take_first_bytes();
  case stage::negotiating: return negotiate();
  case stage::up: return state::ready;
  case stage::over: break;
  }
  return state::failed;
}

tls_session::state tls_session::greet() {
  stage_ = stage::waiting;
  if (side_ == tls_side::client)
    return take_notice();
  if (!send_all(fd_, tls_notice()))
    return give_up(tls_problem::closed);
  return take_first_bytes();
}

/// The dialed side says that it speaks TLS, or it greets us in plain. What came
/// is taken at once: bytes that are left would wake the loop again and again.
tls_session::state tls_session::take_notice() {
  std::array<char, 8> bytes;
  auto wanted = tls_notice().size() - notice_.size();
  auto n = ::recv(fd_, bytes.data(), wanted, 0);
  if (n == 0 || (n < 0 && !is_transient_errno(errno)))
    return give_up(tls_problem::closed);
  notice_.append(bytes.data(), n > 0 ? static_cast<std::size_t>(n) : 0);
  if (!tls_notice().starts_with(std::string_view{notice_}.substr(0, 5)))
    return give_up(tls_problem::no_horde_node);
  if (notice_.size() < tls_notice().size())
    return state::busy;
  if (notice_ == tls_notice()) {
    start();
    return negotiate();
  }
  drain(fd_);
  (void)send_all(fd_, tls_notice()); // so that it learns why we go
  return give_up(tls_problem::other_transport);
}

/// Whoever wants TLS begins with its first message, as all TLS clients do.
tls_session::state tls_session::take_first_bytes() {
  std::array<char, 8> bytes;
  auto first = peek(fd_, bytes);
  if (first.empty())
    return is_closed(fd_) ? give_up(tls_problem::closed) : state::busy;
  if (first[0] == first_byte_of_tls) {
    start();
    return negotiate();
  }
  auto is_plain = first.starts_with(plain_notice().substr(0, 6));
  drain(fd_);
  return give_up(is_plain ? tls_problem::other_transport
                          : tls_problem::no_horde_node);
}

void tls_session::start() {
  stage_ = stage::negotiating;
  auto is_client = side_ == tls_side::client;
  ssl_.reset(SSL_new(is_client ? setup_->for_client() : setup_->for_server()));
  HORDE_ASSERT(ssl_ != nullptr);
  auto* bio = make_socket();
  SSL_set_bio(ssl_.get(), bio, bio); // owns it
  SSL_set_app_data(ssl_.get(), this);
  if (is_client)
    SSL_set_connect_state(ssl_.get());
  else
    SSL_set_accept_state(ssl_.get());
}

tls_session::state tls_session::negotiate() {
  if (!flush())
    return give_up(tls_problem::closed);
  waits_to_write_ = has_unsent();
  if (waits_to_write_)
    return state::busy;
  ERR_clear_error();
  auto result = SSL_do_handshake(ssl_.get());
  auto busy = result != 1 && is_transient(result);
  (void)flush(); // also tells the peer why we give up
  waits_to_write_ = has_unsent();
  if (result == 1)
    return establish();
  if (busy)
    return state::busy;
  note_failure();
  return give_up(problem_);
}

tls_session::state tls_session::establish() {
  stage_ = stage::up;
  // A handshake by secret counts as the continuation of an earlier session.
  auto* ssl = ssl_.get();
  auto by_secret = SSL_session_reused(ssl) == 1;
  if (by_secret == setup_->has_certificates()
      || (!by_secret && SSL_get_verify_result(ssl) != X509_V_OK))
    return give_up(tls_problem::no_proof);
  constexpr std::string_view label = "EXPORTER-horde-door";
  binding_.resize(binding_size);
  auto done = SSL_export_keying_material(
    ssl, reinterpret_cast<unsigned char*>(binding_.data()), binding_.size(),
    label.data(), label.size(), nullptr, 0, 0);
  HORDE_ASSERT(done == 1);
  return state::ready;
}

tls_session::state tls_session::give_up(tls_problem why) {
  problem_ = why;
  stage_ = stage::over;
  return state::failed;
}

/// Requires: no other call of OpenSSL since.
bool tls_session::is_transient(int result) const {
  return SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_READ;
}

void tls_session::note_failure() {
  auto error = ERR_peek_last_error(); // the first ones are details
  auto reason = ERR_GET_REASON(error);
  auto rejected = SSL_get_verify_result(ssl_.get());
  if (auto* text = ERR_reason_error_string(error))
    detail_ = text;
  ERR_clear_error();
  if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED && setup_->has_certificates()) {
    detail_ = X509_verify_cert_error_string(rejected);
    problem_ = tls_problem::bad_certificate;
    return;
  }
  constexpr int not_agreed[] = {
    SSL_R_CERTIFICATE_VERIFY_FAILED, SSL_R_BINDER_DOES_NOT_VERIFY,
    SSL_R_NO_SHARED_CIPHER, SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM,
    SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE};
  auto is_alert = reason > SSL_AD_REASON_OFFSET; // the peer gave up on us
  auto is_known =
    std::find(std::begin(not_agreed), std::end(not_agreed), reason)
    != std::end(not_agreed);
  if (unknown_key_ || is_alert || is_known)
    problem_ = tls_problem::no_proof;
  else if (error == 0 || reason == SSL_R_UNEXPECTED_EOF_WHILE_READING)
    problem_ = tls_problem::closed;
  else
    problem_ = tls_problem::no_horde_node;
}

bool tls_session::certifies(const std::vector<std::string>& names) const {
  if (!setup_->has_certificates())
    return true;
  std::unique_ptr<X509, void (*)(X509*)> shown{
    SSL_get_peer_certificate(ssl_.get()), X509_free};
  // OpenSSL takes a name that begins with a dot for any host below it.
  return shown && std::any_of(names.begin(), names.end(), [&](const auto& x) {
           return !x.empty() && x[0] != '.'
                  && (X509_check_host(shown.get(), x.data(), x.size(),
                                      X509_CHECK_FLAG_NEVER_CHECK_SUBJECT,
                                      nullptr)
                        == 1
                      || X509_check_ip_asc(shown.get(), x.c_str(), 0) == 1);
         });
}

// -- in use -------------------------------------------------------------------

tls_session::moved tls_session::read(void* to, std::size_t size) {
  ERR_clear_error();
  std::size_t n = 0;
  auto result = SSL_read_ex(ssl_.get(), to, size, &n);
  auto failed = result != 1 && !is_transient(result);
  if (failed)
    note_failure();
  if (has_unsent()) // answers that OpenSSL gives by itself
    (void)flush();
  return {n, failed};
}

tls_session::moved tls_session::write(const void* from, std::size_t size) {
  auto* bytes = static_cast<const char*>(from);
  moved result;
  for (int i = 0;; ++i) {
    result.failed = !flush();
    if (result.failed || has_unsent())
      return result;
    result.bytes += std::exchange(held_, 0);
    if (result.bytes == size || i == batches_a_turn)
      return result;
    result.failed = !encrypt(bytes + result.bytes, size - result.bytes);
    if (result.failed)
      return result;
  }
}

/// The next batch. What it takes is `held_` until the socket has all of it:
/// what is reported as written, nobody wakes us up for.
bool tls_session::encrypt(const char* bytes, std::size_t size) {
  for (int i = 0; i < records_a_batch && held_ < size; ++i) {
    ERR_clear_error();
    if (written_ >= renew_after_) {
      written_ = 0;
      SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_NOT_REQUESTED);
    }
    std::size_t n = 0;
    if (SSL_write_ex(ssl_.get(), bytes + held_, size - held_, &n) != 1)
      return false;
    held_ += n;
    written_ += n;
  }
  return true;
}

/// As far as the socket takes it. False: the connection is over.
bool tls_session::flush() {
  while (sent_ < unsent_.size()) {
    auto n =
      ::send(fd_, unsent_.data() + sent_, unsent_.size() - sent_, MSG_NOSIGNAL);
    if (n < 0)
      return is_transient_errno(errno);
    sent_ += static_cast<std::size_t>(n);
  }
  unsent_.clear();
  sent_ = 0;
  return true;
}

bool tls_session::has_unread() const {
  return ssl_ != nullptr && SSL_pending(ssl_.get()) > 0;
}

bool tls_session::is_over() {
  ERR_clear_error();
  char next = 0;
  std::size_t n = 0;
  auto result = SSL_peek_ex(ssl_.get(), &next, 1, &n);
  return result == 1 || !is_transient(result);
}

void tls_session::trust() {
  budget_ = SIZE_MAX;
}

} // namespace horde::actors
