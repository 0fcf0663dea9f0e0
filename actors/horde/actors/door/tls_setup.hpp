// SPDX-License-Identifier: MIT
//
// What all TLS connections of a door have in common: TLS 1.3 and nothing older,
// no tickets, both ends proven. The proof is either the cluster's secret or
// certificates on both sides.

#pragma once

#include <memory>

#include "horde/actors/transport.hpp"
#include "horde/errc.hpp"

struct ssl_ctx_st;

namespace horde::actors {

class tls_setup {
public:
  using context = std::unique_ptr<ssl_ctx_st, void (*)(ssl_ctx_st*)>;

  /// Both ends prove that they know the secret; see `tls_session`.
  static std::shared_ptr<const tls_setup> with_secret();

  /// Reads the files. Fails with `bad_option`, naming option and file.
  static outcome<std::shared_ptr<const tls_setup>>
  with_certificates(const certificate_files& files);

  bool has_certificates() const { return certified_; }
  ssl_ctx_st* for_server() const { return server_.get(); }
  ssl_ctx_st* for_client() const { return client_.get(); }

private:
  explicit tls_setup(bool certified);

  bool certified_;
  context server_;
  context client_;
};

} // namespace horde::actors
