// SPDX-License-Identifier: MIT
//
// Callers and listeners that speak TLS, but not as we do: without a secret, of
// an old version, with a certificate nobody asked for.

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string>

#include <boost/test/unit_test.hpp>
#include <openssl/ssl.h>

#include "actors/door/certificates.hpp"
#include "actors/door/house.hpp"

using namespace horde;
using namespace horde::actors;
using namespace horde::actors::test;
using namespace horde::actors::door_events;

namespace {

using context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using connection = std::unique_ptr<SSL, decltype(&SSL_free)>;

connection over(const context& ctx, int fd) {
  connection result{SSL_new(ctx.get()), SSL_free};
  SSL_set_fd(result.get(), fd);
  return result;
}

unsigned any_key(SSL*, const char*, char* name, unsigned, unsigned char* key,
                 unsigned) {
  std::fill_n(key, 32, static_cast<unsigned char>(7));
  std::snprintf(name, 20, "0123456789abcdef");
  return 32;
}

/// What OpenSSL writes to a closed connection would end this process.
struct no_sigpipe {
  no_sigpipe() : before_(std::signal(SIGPIPE, SIG_IGN)) {}
  ~no_sigpipe() { std::signal(SIGPIPE, before_); }

private:
  void (*before_)(int);
};

/// Connects as any TLS client; whether it got through and may say something.
bool gets_in(house& where, const context& ctx) {
  no_sigpipe here;
  stranger caller{where.at.port};
  if (caller.hear(tls_notice().size()) != tls_notice())
    return false;
  auto tls = over(ctx, caller.fd());
  char byte = 0;
  return SSL_connect(tls.get()) == 1 && SSL_read(tls.get(), &byte, 1) == 1;
}

} // namespace

BOOST_AUTO_TEST_SUITE(tls_strangers)

BOOST_AUTO_TEST_CASE(callers_without_the_secret_do_not_get_in) {
  house right{"right", 1, patient_for(patience)};
  authority ca;
  auto files = ca.sign("DNS:left");
  context plain{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
  BOOST_TEST(!gets_in(right, plain));
  context old{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
  SSL_CTX_set_max_proto_version(old.get(), TLS1_2_VERSION);
  BOOST_TEST(!gets_in(right, old));
  SSL_CTX_set_psk_client_callback(old.get(), any_key);
  BOOST_TEST(!gets_in(right, old));
  context guess{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
  SSL_CTX_set_psk_client_callback(guess.get(), any_key);
  BOOST_TEST(!gets_in(right, guess));
  context certified{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
  SSL_CTX_use_certificate_chain_file(certified.get(),
                                     files.certificate.c_str());
  SSL_CTX_use_PrivateKey_file(certified.get(), files.private_key.c_str(),
                              SSL_FILETYPE_PEM);
  BOOST_TEST(!gets_in(right, certified));
  BOOST_TEST(eventually([&] { return right.counts().refused == 5u; }));
  BOOST_TEST(right.counts().admitted == 0u);
  house left{"left"};
  left.dial(right.at);
  BOOST_TEST(left.told.next<admitted>().has_value());
}

BOOST_AUTO_TEST_CASE(callers_without_a_certificate_do_not_get_in) {
  authority ca;
  auto config = patient_for(patience);
  auto loaded = tls_setup::with_certificates(ca.sign("DNS:right"));
  config.certificates = std::get<std::shared_ptr<const tls_setup>>(loaded);
  house right{"right", 1, config};
  context plain{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
  BOOST_TEST(!gets_in(right, plain));
  BOOST_TEST(eventually([&] { return right.counts().refused == 1u; }));
}

/// It shows a certificate instead of knowing the secret.
BOOST_AUTO_TEST_CASE(a_listener_without_the_secret_is_not_believed) {
  authority ca;
  auto files = ca.sign("DNS:localhost,IP:127.0.0.1");
  context ctx{SSL_CTX_new(TLS_server_method()), SSL_CTX_free};
  SSL_CTX_use_certificate_chain_file(ctx.get(), files.certificate.c_str());
  SSL_CTX_use_PrivateKey_file(ctx.get(), files.private_key.c_str(),
                              SSL_FILETYPE_PEM);
  no_sigpipe here;
  house left{"left", 1, patient_for(patience)};
  strange_listener other;
  left.dial({"127.0.0.1", other.port()});
  auto caller = other.greet(tls_notice());
  auto tls = over(ctx, caller.get());
  BOOST_TEST(SSL_accept(tls.get()) != 1);
  auto x = left.told.next<dial_failed>();
  BOOST_REQUIRE(x);
  BOOST_TEST(x->why.find("the secrets or the cluster names differ")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(listeners_that_garble_tls_are_survived) {
  house left{"left", 1, patient_for(patience)};
  for (std::string text :
       {std::string{tls_notice()} + std::string(200, 'x'),
        std::string{tls_notice()} + "\x15\x03\x03\x00\x02\x02\x28",
        std::string{"HORDETxx"}, std::string{"HORDE"}, std::string{}}) {
    strange_listener other;
    left.dial({"127.0.0.1", other.port()});
    auto caller = other.greet(text);
    ::shutdown(caller.get(), SHUT_WR);
    BOOST_TEST(left.told.next<dial_failed>().has_value());
  }
}

BOOST_AUTO_TEST_SUITE_END()
