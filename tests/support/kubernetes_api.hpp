// SPDX-License-Identifier: MIT
//
// A stand-in for the Kubernetes API server: lists in pages and watches of named
// things, over TLS, for whoever has the token. It can be told to behave as real
// ones do on bad days.

#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "actors/door/certificates.hpp"

namespace httplib {
class DataSink;
class Server;
struct Request;
struct Response;
} // namespace httplib

namespace horde::test {

/// Thread-safe.
class kubernetes_api {
public:
  using json = nlohmann::json;

  /// For `names`, as of a certificate; listens on a loopback port.
  explicit kubernetes_api(const std::string& names = "IP:127.0.0.1");
  kubernetes_api(const kubernetes_api&) = delete;
  kubernetes_api& operator=(const kubernetes_api&) = delete;
  ~kubernetes_api();

  std::string url() const;
  /// A service account as a pod has it: token, ca.crt, namespace (`shop`).
  const std::string& account() const { return account_; }

  /// What the account says, and what the server takes.
  void write_token(const std::string& token);
  void take_token(const std::string& token);

  /// New or changed. `kind` as in paths: pods, endpointslices, endpoints.
  void put(const std::string& kind, const std::string& name, json object,
           const std::string& name_space = "shop");
  void erase(const std::string& kind, const std::string& name,
             const std::string& name_space = "shop");

  /// From now on: `verb` is list or watch; 0: no more.
  void refuse(const std::string& verb, int status);
  /// Connections of running watches: closed in good order, or cut.
  void end_watches();
  void cut_watches();
  /// Tells watches the version.
  void bookmark();
  /// Forgets what was: older versions and pages are too old.
  void compact();
  /// Each page has so many at most, whatever is asked for.
  void limit_pages(std::size_t objects);

  /// What was asked so far: `list`, `list NEXT`, `watch VERSION`, with the
  /// status if that is not 200.
  std::vector<std::string> asked() const;
  std::size_t count(const std::string& what) const;
  std::size_t watches() const; ///< that run

private:
  struct event {
    std::uint64_t version;
    std::string type;
    std::string kind;
    json object;
  };
  /// How far a watch has got.
  struct watcher {
    std::string kind;
    std::string name_space;
    std::string selector;
    std::uint64_t version;
    std::uint64_t ended; ///< as of `ends_` when it began
    std::uint64_t cut;
    std::uint64_t bookmarks;
  };

  void answer(const httplib::Request& request, httplib::Response& to);
  void list(const httplib::Request& request, const std::string& kind,
            const std::string& name_space, httplib::Response& to);
  void watch(const httplib::Request& request, const std::string& kind,
             const std::string& name_space, httplib::Response& to);
  bool feed(watcher& x, httplib::DataSink& sink);
  void note(const std::string& what, int status);
  int refusal(const httplib::Request& request, const std::string& verb) const;

  actors::test::authority authority_;
  std::string account_;
  std::unique_ptr<httplib::Server> server_;
  std::thread thread_;
  int port_ = 0;

  mutable std::mutex mtx_;
  std::condition_variable changed_;
  std::string token_ = "token-1";
  std::uint64_t version_ = 100;
  std::uint64_t oldest_ = 0; // version that a watch may begin with
  std::map<std::pair<std::string, std::string>, json> objects_; // kind, path
  std::vector<event> events_;
  std::map<std::string, int> refusals_;
  std::size_t page_ = 1000;
  std::uint64_t ends_ = 0;
  std::uint64_t cuts_ = 0;
  std::uint64_t bookmarks_ = 0;
  std::size_t watches_ = 0;
  bool stopped_ = false;
  std::vector<std::string> asked_;
};

} // namespace horde::test
