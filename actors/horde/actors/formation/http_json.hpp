// SPDX-License-Identifier: MIT
//
// Nodes as a web server tells them: Consul's catalogue, Rancher's or a cloud's
// metadata, or a program of your own; anything that answers a GET with JSON.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "horde/actors/formation/strategy.hpp"
#include "horde/formation/settings_reader.hpp"

namespace horde::formation {

/// In configurations the keys are called as the members.
struct http_json_settings {
  /// `http://host[:port]/path?query` or https. Required. libcluster F28.
  std::string url;
  /// Sent with each request, each `Name: value`. Default: none.
  std::vector<std::string> headers;
  /// A file with a token, sent as `Authorization: Bearer ...`; read again at
  /// each lookup. Empty (default): none.
  std::string token_file;
  /// JSON pointers to the texts that are addresses; `*` stands for every entry
  /// of a list or object. Of several the first one counts that leads to a text
  /// that is not empty. Default: a list of texts.
  std::vector<std::string> addresses{"/*"};
  /// For addresses without a port: a number, or a JSON pointer to it, whose
  /// n-th `*` stands for the same as the n-th in `addresses`. Empty (default):
  /// addresses have a port.
  std::string port;
  /// A PEM file of those who may have signed the certificate of an https
  /// server. Empty (default): whom this machine trusts.
  std::string authorities;
  /// For all of a lookup. Default: 10 s.
  duration timeout = std::chrono::seconds{10};
  /// Most bytes of an answer. Default: 1 MiB.
  std::size_t size_limit = 1024 * 1024;
};

/// Bad settings are told by `make`: `bad_option`, naming topology and key.
topology http_json_topology(std::string name, http_json_settings settings);

/// From a configuration; takes the keys of `http_json_settings`.
outcome<topology> read_http_json(const std::string& name,
                                 settings_reader& from);

} // namespace horde::formation
