// SPDX-License-Identifier: MIT

#include "support/kubernetes_api.hpp"

#include <filesystem>
#include <fstream>
#include <regex>

#include <boost/test/unit_test.hpp>
#include <httplib.h>

namespace horde::test {

namespace {

using json = nlohmann::json;

void write_file(const std::string& path, const std::string& text) {
  std::ofstream{path + ".new"} << text;
  std::filesystem::rename(path + ".new", path); // as Kubernetes does
}

/// `key=value,...`; all of an empty one.
bool selects(const std::string& selector, const json& object) {
  const auto labels =
    object.value("/metadata/labels"_json_pointer, json::object());
  std::istringstream parts{selector};
  for (std::string part; std::getline(parts, part, ',');) {
    auto sign = part.find('=');
    if (labels.value(part.substr(0, sign), "") != part.substr(sign + 1))
      return false;
  }
  return true;
}

json status(int code, const std::string& message) {
  return {{"kind", "Status"},
          {"apiVersion", "v1"},
          {"status", "Failure"},
          {"message", message},
          {"code", code}};
}

void send(httplib::Response& to, int code, const json& body) {
  to.status = code;
  to.set_content(body.dump(), "application/json");
}

std::string kind_of_list(const std::string& kind) {
  if (kind == "pods")
    return "PodList";
  return kind == "endpoints" ? "EndpointsList" : "EndpointSliceList";
}

} // namespace

kubernetes_api::kubernetes_api(const std::string& names)
    : account_(
      (std::filesystem::temp_directory_path() / "horde-k8s-XXXXXX").string()) {
  BOOST_REQUIRE(mkdtemp(account_.data()) != nullptr);
  auto files = authority_.sign(names);
  std::filesystem::copy_file(files.authorities, account_ + "/ca.crt");
  write_file(account_ + "/namespace", "shop");
  write_token(token_);
  server_ = std::make_unique<httplib::SSLServer>(files.certificate.c_str(),
                                                 files.private_key.c_str());
  server_->new_task_queue = [] { return new httplib::ThreadPool(32); };
  server_->Get(".*",
               [this](const auto& request, auto& to) { answer(request, to); });
  port_ = server_->bind_to_any_port("127.0.0.1");
  BOOST_REQUIRE(port_ > 0);
  thread_ = std::thread{[this] { server_->listen_after_bind(); }};
}

kubernetes_api::~kubernetes_api() {
  {
    std::lock_guard lock{mtx_};
    stopped_ = true;
  }
  changed_.notify_all();
  while (!server_->is_running()) // stop() before that would be lost
    std::this_thread::yield();
  server_->stop();
  thread_.join();
  std::filesystem::remove_all(account_);
}

std::string kubernetes_api::url() const {
  return "https://127.0.0.1:" + std::to_string(port_);
}

void kubernetes_api::write_token(const std::string& token) {
  write_file(account_ + "/token", token + "\n");
}

void kubernetes_api::take_token(const std::string& token) {
  std::lock_guard lock{mtx_};
  token_ = token;
}

// -- what there is ------------------------------------------------------------

void kubernetes_api::put(const std::string& kind, const std::string& name,
                         json object, const std::string& name_space) {
  {
    std::lock_guard lock{mtx_};
    auto& place = objects_[{kind, name_space + "/" + name}];
    auto type = place.is_null() ? "ADDED" : "MODIFIED";
    object["metadata"]["name"] = name;
    object["metadata"]["namespace"] = name_space;
    object["metadata"]["resourceVersion"] = std::to_string(++version_);
    place = object;
    events_.push_back({version_, type, kind, std::move(object)});
  }
  changed_.notify_all();
}

void kubernetes_api::erase(const std::string& kind, const std::string& name,
                           const std::string& name_space) {
  {
    std::lock_guard lock{mtx_};
    auto found = objects_.extract({kind, name_space + "/" + name});
    BOOST_REQUIRE(!found.empty());
    auto object = std::move(found.mapped());
    object["metadata"]["resourceVersion"] = std::to_string(++version_);
    events_.push_back({version_, "DELETED", kind, std::move(object)});
  }
  changed_.notify_all();
}

// -- bad days -----------------------------------------------------------------

void kubernetes_api::refuse(const std::string& verb, int status) {
  std::lock_guard lock{mtx_};
  refusals_[verb] = status;
}

void kubernetes_api::end_watches() {
  std::lock_guard lock{mtx_};
  ++ends_;
  changed_.notify_all();
}

void kubernetes_api::cut_watches() {
  std::lock_guard lock{mtx_};
  ++cuts_;
  changed_.notify_all();
}

void kubernetes_api::bookmark() {
  std::lock_guard lock{mtx_};
  ++bookmarks_;
  changed_.notify_all();
}

void kubernetes_api::compact() {
  std::lock_guard lock{mtx_};
  events_.clear();
  oldest_ = ++version_;
}

void kubernetes_api::limit_pages(std::size_t objects) {
  std::lock_guard lock{mtx_};
  page_ = objects;
}

std::vector<std::string> kubernetes_api::asked() const {
  std::lock_guard lock{mtx_};
  return asked_;
}

std::size_t kubernetes_api::count(const std::string& what) const {
  std::lock_guard lock{mtx_};
  return static_cast<std::size_t>(
    std::count_if(asked_.begin(), asked_.end(),
                  [&](const auto& x) { return x.starts_with(what); }));
}

std::size_t kubernetes_api::watches() const {
  std::lock_guard lock{mtx_};
  return watches_;
}

// -- requests -----------------------------------------------------------------

void kubernetes_api::note(const std::string& what, int status) {
  asked_.push_back(status == 200 ? what : what + " " + std::to_string(status));
}

int kubernetes_api::refusal(const httplib::Request& request,
                            const std::string& verb) const {
  if (request.get_header_value("Authorization") != "Bearer " + token_)
    return 401;
  auto i = refusals_.find(verb);
  return i == refusals_.end() ? 0 : i->second;
}

void kubernetes_api::answer(const httplib::Request& request,
                            httplib::Response& to) {
  static const std::regex path{
    "/api(?:s/discovery.k8s.io)?/v1(?:/namespaces/([^/]+))?/([a-z]+)"};
  std::smatch parts;
  std::lock_guard lock{mtx_};
  if (!std::regex_match(request.path, parts, path))
    return send(to, 404, status(404, "not found"));
  auto verb = request.has_param("watch") ? "watch" : "list";
  auto kind = parts[2].str();
  auto is_slices = request.path.starts_with("/apis/");
  if (is_slices != (kind == "endpointslices"))
    return send(to, 404, status(404, "not found"));
  if (auto code = refusal(request, verb); code != 0) {
    note(verb, code);
    return send(to, code, status(code, kind + " is refused"));
  }
  if (request.has_param("watch"))
    watch(request, kind, parts[1].str(), to);
  else
    list(request, kind, parts[1].str(), to);
}

void kubernetes_api::list(const httplib::Request& request,
                          const std::string& kind,
                          const std::string& name_space,
                          httplib::Response& to) {
  // A page goes on after VERSION:PATH.
  auto from = request.get_param_value("continue");
  auto version = version_;
  std::string after;
  if (!from.empty()) {
    version = std::stoull(from);
    after = from.substr(from.find(':') + 1);
  }
  if (version < oldest_) {
    note("list " + from, 410);
    return send(to, 410, status(410, "the continue token is too old"));
  }
  note(from.empty() ? "list" : "list " + from, 200);
  auto limit =
    std::min<std::size_t>(page_, std::stoul(request.get_param_value("limit")));
  json items = json::array();
  json metadata{{"resourceVersion", std::to_string(version)}};
  std::string last;
  for (const auto& [key, object] : objects_) {
    if (key.first != kind || key.second <= after
        || (!name_space.empty() && !key.second.starts_with(name_space + "/"))
        || !selects(request.get_param_value("labelSelector"), object))
      continue;
    if (items.size() == limit) {
      metadata["continue"] = std::to_string(version) + ":" + last;
      break;
    }
    items.push_back(object);
    last = key.second;
  }
  send(
    to, 200,
    {{"kind", kind_of_list(kind)}, {"metadata", metadata}, {"items", items}});
}

void kubernetes_api::watch(const httplib::Request& request,
                           const std::string& kind,
                           const std::string& name_space,
                           httplib::Response& to) {
  auto version = request.get_param_value("resourceVersion");
  note("watch " + version, 200);
  auto x = std::make_shared<watcher>(
    watcher{kind, name_space, request.get_param_value("labelSelector"),
            std::stoull(version), ends_, cuts_, bookmarks_});
  ++watches_;
  to.set_chunked_content_provider(
    "application/json",
    [this, x](std::size_t, httplib::DataSink& sink) { return feed(*x, sink); },
    [this](bool) {
      std::lock_guard lock{mtx_};
      --watches_;
    });
}

/// What there is to say now. False: the connection is cut.
bool kubernetes_api::feed(watcher& x, httplib::DataSink& sink) {
  std::string lines;
  auto add = [&](const std::string& type, const json& object) {
    lines += json{{"type", type}, {"object", object}}.dump() + "\n";
  };
  std::unique_lock lock{mtx_};
  auto has_news = [&] {
    return stopped_ || x.ended != ends_ || x.cut != cuts_
           || x.bookmarks != bookmarks_ || x.version < version_;
  };
  // Now and then nothing, so that a client that has gone is noticed.
  changed_.wait_for(lock, std::chrono::milliseconds{100}, has_news);
  if (stopped_ || x.cut != cuts_)
    return false;
  if (x.version < oldest_) {
    add("ERROR", status(410, "too old resource version"));
    x.ended = ~ends_;
  }
  for (const auto& each : events_)
    if (each.version > x.version && each.kind == x.kind
        && (x.name_space.empty()
            || each.object["metadata"]["namespace"] == x.name_space)
        && selects(x.selector, each.object))
      add(each.type, each.object);
  x.version = version_;
  if (std::exchange(x.bookmarks, bookmarks_) != bookmarks_)
    add("BOOKMARK",
        {{"metadata", {{"resourceVersion", std::to_string(version_)}}}});
  auto is_over = x.ended != ends_;
  lock.unlock();
  if (!lines.empty() && !sink.write(lines.data(), lines.size()))
    return false;
  if (is_over)
    sink.done();
  return sink.is_writable();
}

} // namespace horde::test
