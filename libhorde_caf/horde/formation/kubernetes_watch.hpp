// SPDX-License-Identifier: MIT
//
// Keeps up with the objects of one namespace: lists them, page by page, then
// watches what changes from there on; lists again where the watch cannot go on,
// and at every lookup where watching is not allowed. Says what to ask; whoever
// asks tells it the answers.

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "horde/formation/kubernetes_answer.hpp"
#include "horde/formation/lookup.hpp"

namespace horde::formation {

/// Which objects are asked for.
struct kubernetes_scope {
  std::string name_space; ///< empty: all
  std::string selector;   ///< of labels; empty: all objects
  /// Lists from the API server's memory, which may be older than what was seen
  /// before, rather than what is agreed on.
  bool cached = false;
  bool watch = true; ///< otherwise only lists
  unsigned page = 500;
  /// After this the server ends a watch, and another one goes on.
  duration watch_time = std::chrono::minutes{5};
};

class kubernetes_watch {
public:
  /// Most objects and nodes; more is a failure.
  static constexpr std::size_t max_objects = 20'000;
  static constexpr std::size_t max_nodes = 10'000;
  static constexpr std::size_t max_pages = 1'000;
  static constexpr std::size_t max_line = 4 * 1024 * 1024;
  /// A refused watch is tried again after this time.
  static constexpr duration retry_watch = std::chrono::minutes{1};

  kubernetes_watch(kubernetes_view view, kubernetes_scope scope);

  /// A lookup begins: asks nothing while a watch is on.
  void begin(instant now);

  struct request {
    bool is_watch = false;
    std::string target; ///< path and query

    friend bool operator==(const request&, const request&) = default;
  };

  /// What to ask now, in a lookup. Nothing: it is over.
  std::optional<request> next() const;

  /// To a list; status of HTTP and body.
  void listed(unsigned status, std::string_view body);
  /// To a watch. With 200 what follows is told by `heard`, and then `ended`.
  void watched(unsigned status, std::string_view body, instant now);
  /// Either of them got no answer.
  void failed(const failure& why, instant now);

  /// Bytes of the watch. True: other addresses than before.
  bool heard(std::string_view bytes, instant now);
  /// The watch is over, in good order or not.
  void ended(bool in_order, instant now);

  bool is_watching() const { return phase_ == phase::watching; }

  /// There is something to ask, so another lookup should begin soon.
  bool is_due() const { return due_; }

  /// After the lookup.
  lookup_result result() const;

private:
  enum class phase : std::uint8_t {
    idle,     ///< polls: the next lookup lists
    listing,  ///< has to list
    starting, ///< has to watch
    watching,
  };
  using objects = std::map<std::string, kubernetes_object>;

  std::string base() const;
  void refused(unsigned status, std::string_view body);
  void take_page(kubernetes_page page);
  void give_up(failure why);
  void drop_watch(bool in_order, instant now);
  bool take_event(std::string_view line, instant now);
  bool may_try_again(bool& used);

  kubernetes_view view_;
  kubernetes_scope scope_;
  phase phase_ = phase::listing;
  objects objects_;
  objects gathered_; // of the pages so far
  std::size_t pages_ = 0;
  std::string rest_;    // asks for the next page
  std::string version_; // a watch begins there; empty: list first
  std::string unread_;  // of the watch, less than a line
  std::optional<failure> problem_;
  bool renewed_ = false;    // asked again with another token in this lookup
  bool began_anew_ = false; // listed again in this lookup
  bool is_fresh_ = false;   // a list is complete in this lookup
  bool due_ = false;
  instant watch_after_ = instant::min();
  instant watch_began_{};
  unsigned short_watches_ = 0; // in a row
};

} // namespace horde::formation
