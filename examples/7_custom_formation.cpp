// SPDX-License-Identifier: MIT
//
// A way of one's own to find other nodes: here a list in memory, as a database
// or the API of a cloud would be.

#include <algorithm>
#include <mutex>

#include "support.hpp"

namespace {

/// Stands for what your machines have anyway.
class phone_book {
public:
  void add(const horde::endpoint& at) {
    std::lock_guard guard{mutex_};
    all_.push_back(at);
  }

  void remove(const horde::endpoint& at) {
    std::lock_guard guard{mutex_};
    std::erase(all_, at);
  }

  std::vector<horde::endpoint> all() {
    std::lock_guard guard{mutex_};
    return all_;
  }

private:
  std::mutex mutex_;
  std::vector<horde::endpoint> all_;
};

// snippet: custom_formation
/// Writes its node down, and reads who else is there.
class from_phone_book : public horde::formation::strategy {
public:
  from_phone_book(phone_book& book, const horde::formation::seeker& who)
      : book_(book), self_(who.at) {
    book_.add(self_);
  }
  ~from_phone_book() override { book_.remove(self_); }

  /// In a thread of the topology: may block, and say why it could not look.
  horde::formation::lookup_result look_up(horde::formation::waker&) override {
    return horde::formation::lookup{book_.all()};
  }

private:
  phone_book& book_;
  horde::endpoint self_;
};

horde::topology use(phone_book& book) {
  horde::topology result;
  result.name = "book";
  result.kind = "phone book";
  result.interval = std::chrono::milliseconds{100};
  result.make = [&book](const horde::formation::seeker& who)
    -> horde::outcome<horde::formation::strategy_ptr> {
    return std::make_unique<from_phone_book>(book, who);
  };
  return result;
}
// end snippet

struct place {
  explicit place(phone_book& book) {
    horde::node_settings settings;
    settings.formation = {use(book)};
    node = must(horde::node::start(sys, std::move(settings)));
  }

  horde::config cfg;
  caf::actor_system sys{cfg};
  horde::node node;
};

} // namespace

int main() {
  phone_book book;
  place a{book}, b{book}, c{book};
  for (auto* x : {&a, &b, &c})
    if (!x->node.wait_for_nodes(3, std::chrono::seconds{20}))
      return EXIT_FAILURE;
  std::cout << "three nodes found each other\n";
  for (const auto& x : a.node.status().formation)
    std::cout << "a asked the " << x.kind << ", which knows "
              << x.addresses.size() << " others\n";
  for (auto* x : {&a, &b, &c})
    x->node.stop();
  std::cout << "the book is "
            << (book.all().empty() ? "empty again" : "not empty") << '\n';
}
