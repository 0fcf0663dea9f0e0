// SPDX-License-Identifier: MIT
//
// An authority that signs certificates, for tests; the files are gone with it.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "horde/actors/transport.hpp"

struct evp_pkey_st;
struct x509_st;

namespace horde::actors::test {

class authority {
public:
  authority();
  authority(const authority&) = delete;
  authority& operator=(const authority&) = delete;
  ~authority();

  /// A certificate for these names, like `DNS:left` or `IP:127.0.0.1`, whose
  /// owner accepts certificates of `trusted` (none: of this authority).
  certificate_files sign(const std::string& names,
                         const authority* trusted = nullptr);

private:
  struct key_free {
    void operator()(evp_pkey_st* x) const;
  };
  struct certificate_free {
    void operator()(x509_st* x) const;
  };
  using key_ptr = std::unique_ptr<evp_pkey_st, key_free>;
  using certificate_ptr = std::unique_ptr<x509_st, certificate_free>;

  certificate_ptr make(const evp_pkey_st* owner, const std::string& extension,
                       const std::string& value);

  std::string folder_;
  int files_ = 0;
  key_ptr key_;
  certificate_ptr self_;
};

} // namespace horde::actors::test
