// SPDX-License-Identifier: MIT

#include "horde/formation/kubernetes_watch.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "horde/formation/url.hpp"

namespace horde::formation {

namespace {

constexpr unsigned ok = 200;
constexpr unsigned unauthorized = 401;
constexpr unsigned gone = 410;

/// A watch that ends earlier is no good.
constexpr duration short_time = std::chrono::seconds{1};

/// A watch that goes on for so much longer than it was asked for is not
/// believed.
constexpr duration overtime = std::chrono::seconds{30};

constexpr unsigned most_doublings = 6;

bool is_other(const kubernetes_object& x,
              const std::map<std::string, kubernetes_object>& than) {
  auto i = than.find(x.key);
  return i == than.end() ? !x.nodes.empty() : i->second.nodes != x.nodes;
}

} // namespace

kubernetes_watch::kubernetes_watch(kubernetes_view view, kubernetes_scope scope)
    : view_(std::move(view)), scope_(std::move(scope)) {}

void kubernetes_watch::begin(instant now) {
  due_ = renewed_ = began_anew_ = is_fresh_ = false;
  auto has_time = now - watch_began_ < scope_.watch_time + overtime;
  if (phase_ == phase::watching && has_time)
    return;
  problem_.reset();
  gathered_.clear();
  rest_.clear();
  pages_ = 0;
  auto may_go_on = phase_ == phase::starting && now >= watch_after_;
  phase_ = may_go_on ? phase::starting : phase::listing;
  if (scope_.watch && now >= watch_after_)
    watch_after_ = instant::min();
}

std::optional<kubernetes_watch::request> kubernetes_watch::next() const {
  if (phase_ != phase::listing && phase_ != phase::starting)
    return std::nullopt;
  auto target = base() + "?labelSelector=" + percent_encoded(scope_.selector);
  if (phase_ == phase::starting) {
    auto limit = std::chrono::ceil<std::chrono::seconds>(scope_.watch_time);
    return request{true,
                   target + "&watch=1&allowWatchBookmarks=true"
                     + "&resourceVersion=" + percent_encoded(version_)
                     + "&timeoutSeconds=" + std::to_string(limit.count())};
  }
  target += "&limit=" + std::to_string(scope_.page);
  if (!rest_.empty())
    target += "&continue=" + percent_encoded(rest_);
  else if (scope_.cached)
    target += "&resourceVersion=0";
  return request{false, target};
}

std::string kubernetes_watch::base() const {
  auto is_slices = view_.from == kubernetes_source::slices;
  std::string result = is_slices ? "/apis/discovery.k8s.io/v1" : "/api/v1";
  if (!scope_.name_space.empty())
    result += "/namespaces/" + percent_encoded(scope_.name_space);
  switch (view_.from) {
  case kubernetes_source::slices: return result + "/endpointslices";
  case kubernetes_source::endpoints: return result + "/endpoints";
  case kubernetes_source::pods: break;
  }
  return result + "/pods";
}

// -- lists --------------------------------------------------------------------

void kubernetes_watch::listed(unsigned status, std::string_view body) {
  if (status == ok) {
    auto page = read_kubernetes_list(body, view_);
    if (auto* why = std::get_if<failure>(&page))
      return give_up(*why);
    return take_page(std::get<kubernetes_page>(std::move(page)));
  }
  if (status == unauthorized && may_try_again(renewed_))
    return;
  if (status == gone && may_try_again(began_anew_)) {
    gathered_.clear();
    rest_.clear();
    pages_ = 0;
    return;
  }
  refused(status, body);
}

void kubernetes_watch::take_page(kubernetes_page page) {
  for (auto& x : page.objects)
    gathered_.insert_or_assign(x.key, std::move(x));
  if (gathered_.size() > max_objects || ++pages_ > max_pages)
    return give_up({errc::too_large, "the list is too long: more than "
                                       + std::to_string(max_objects)
                                       + " objects"});
  rest_ = std::move(page.rest);
  if (!rest_.empty())
    return;
  objects_ = std::exchange(gathered_, {});
  version_ = std::move(page.version);
  is_fresh_ = true;
  auto may_watch =
    scope_.watch && !version_.empty() && watch_after_ == instant::min();
  phase_ = may_watch ? phase::starting : phase::idle;
}

void kubernetes_watch::refused(unsigned status, std::string_view body) {
  auto text = kubernetes_refusal(body);
  give_up({errc::refused, "the API answered " + std::to_string(status)
                            + (text.empty() ? "" : ": " + text)});
}

void kubernetes_watch::give_up(failure why) {
  problem_ = std::move(why);
  phase_ = phase::idle;
  gathered_.clear();
}

/// Once a lookup.
bool kubernetes_watch::may_try_again(bool& used) {
  return !std::exchange(used, true);
}

void kubernetes_watch::failed(const failure& why, instant now) {
  if (phase_ != phase::starting)
    return give_up(why);
  phase_ = is_fresh_ ? phase::idle : phase::listing;
  watch_after_ = now + retry_watch;
}

// -- the watch ----------------------------------------------------------------

void kubernetes_watch::watched(unsigned status, std::string_view body,
                               instant now) {
  if (status == ok) {
    phase_ = phase::watching;
    watch_began_ = now;
    unread_.clear();
    return;
  }
  if (status == unauthorized && may_try_again(renewed_))
    return;
  if (status == gone && may_try_again(began_anew_)) {
    phase_ = phase::listing;
    return;
  }
  failed({errc::refused, std::string{body}}, now);
}

bool kubernetes_watch::heard(std::string_view bytes, instant now) {
  auto is_other = false;
  unread_ += bytes;
  std::size_t begin = 0;
  while (phase_ == phase::watching) {
    auto end = unread_.find('\n', begin);
    if (end == std::string::npos)
      break;
    auto line = std::string_view{unread_}.substr(begin, end - begin);
    begin = end + 1;
    if (!line.empty() && line != "\r")
      is_other |= take_event(line, now);
  }
  if (phase_ != phase::watching)
    return is_other;
  unread_.erase(0, begin);
  if (unread_.size() > max_line)
    drop_watch(false, now);
  return is_other;
}

bool kubernetes_watch::take_event(std::string_view line, instant now) {
  using kind = kubernetes_event::kind;
  auto read = read_kubernetes_event(line, view_);
  auto* x = std::get_if<kubernetes_event>(&read);
  if (x == nullptr || x->what == kind::error) {
    drop_watch(false, now);
    return false;
  }
  version_ = x->version;
  if (x->what == kind::bookmark)
    return false;
  if (x->what == kind::gone)
    x->object.nodes.clear();
  auto result = is_other(x->object, objects_);
  if (x->what == kind::gone)
    objects_.erase(x->object.key);
  else if (objects_.size() < max_objects || objects_.contains(x->object.key))
    objects_.insert_or_assign(x->object.key, std::move(x->object));
  else
    drop_watch(false, now);
  return result;
}

void kubernetes_watch::ended(bool in_order, instant now) {
  if (phase_ == phase::watching)
    drop_watch(in_order, now);
}

/// Goes on from the last version if the server ended the watch as asked, and
/// lists otherwise. Soon, unless watches end as soon as they begin.
void kubernetes_watch::drop_watch(bool in_order, instant now) {
  phase_ = in_order && unread_.empty() ? phase::starting : phase::listing;
  unread_.clear();
  if (now - watch_began_ >= short_time) {
    short_watches_ = 0;
    due_ = true;
    return;
  }
  auto wait = short_time * (1U << std::min(short_watches_, most_doublings));
  watch_after_ = now + std::min<duration>(wait, retry_watch);
  ++short_watches_;
}

// -- what is known ------------------------------------------------------------

lookup_result kubernetes_watch::result() const {
  if (problem_)
    return *problem_;
  lookup found;
  std::string left_out;
  for (const auto& [key, x] : objects_) {
    found.nodes.insert(found.nodes.end(), x.nodes.begin(), x.nodes.end());
    if (left_out.empty())
      left_out = x.problem;
  }
  if (found.nodes.size() > max_nodes)
    return failure{errc::too_large, "there are more than "
                                      + std::to_string(max_nodes) + " nodes"};
  if (found.nodes.empty() && !left_out.empty())
    return failure{errc::not_found, left_out};
  return found;
}

} // namespace horde::formation
