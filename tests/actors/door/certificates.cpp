// SPDX-License-Identifier: MIT

#include "actors/door/certificates.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include <boost/test/unit_test.hpp>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace horde::actors::test {

namespace {

template <class Write>
std::string write_file(const std::string& path, Write write) {
  auto* file = std::fopen(path.c_str(), "w");
  BOOST_REQUIRE(file != nullptr);
  BOOST_REQUIRE(write(file) == 1);
  std::fclose(file);
  return path;
}

} // namespace

void authority::key_free::operator()(evp_pkey_st* x) const {
  EVP_PKEY_free(x);
}

void authority::certificate_free::operator()(x509_st* x) const {
  X509_free(x);
}

authority::authority()
    : folder_(
      (std::filesystem::temp_directory_path() / "horde-ca-XXXXXX").string()),
      key_(EVP_EC_gen("P-256")) {
  BOOST_REQUIRE(mkdtemp(folder_.data()) != nullptr);
  self_ = make(key_.get(), "basicConstraints", "critical,CA:TRUE");
  write_file(folder_ + "/ca.pem",
             [&](FILE* to) { return PEM_write_X509(to, self_.get()); });
}

authority::~authority() {
  std::filesystem::remove_all(folder_);
}

authority::certificate_ptr authority::make(const evp_pkey_st* owner,
                                           const std::string& extension,
                                           const std::string& value) {
  certificate_ptr result{X509_new()};
  auto* x = result.get();
  X509_set_version(x, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x), ++files_);
  X509_gmtime_adj(X509_getm_notBefore(x), -60);
  X509_gmtime_adj(X509_getm_notAfter(x), 3600);
  X509_set_pubkey(x, const_cast<evp_pkey_st*>(owner));
  auto name = self_ ? "node" : "authority";
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name), -1,
                             -1, 0);
  auto* issuer = self_ ? self_.get() : x;
  X509_set_issuer_name(x, X509_get_subject_name(issuer));
  auto* more =
    X509V3_EXT_conf(nullptr, nullptr, extension.c_str(), value.c_str());
  BOOST_REQUIRE(more != nullptr);
  X509_add_ext(x, more, -1);
  X509_EXTENSION_free(more);
  BOOST_REQUIRE(X509_sign(x, key_.get(), EVP_sha256()) > 0);
  return result;
}

certificate_files authority::sign(const std::string& names,
                                  const authority* trusted) {
  key_ptr key{EVP_EC_gen("P-256")};
  auto signed_one = make(key.get(), "subjectAltName", names);
  auto base = folder_ + "/" + std::to_string(files_);
  certificate_files result;
  result.certificate = write_file(base + ".pem", [&](FILE* to) {
    return PEM_write_X509(to, signed_one.get());
  });
  result.private_key = write_file(base + ".key", [&](FILE* to) {
    return PEM_write_PrivateKey(to, key.get(), nullptr, nullptr, 0, nullptr,
                                nullptr);
  });
  result.authorities =
    (trusted != nullptr ? trusted->folder_ : folder_) + "/ca.pem";
  return result;
}

} // namespace horde::actors::test
