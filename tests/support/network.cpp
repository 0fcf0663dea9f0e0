// SPDX-License-Identifier: MIT

#include "support/network.hpp"

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/pkt_cls.h>
#include <sched.h>
#include <unistd.h>

#include "support/process.hpp"

namespace horde::test {

namespace {

const std::string search_path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";

finished run_script(const std::string& script) {
  return run({"/usr/bin/env", search_path, "/bin/sh", "-ec", script});
}

void must_run(const std::string& what, const std::string& script) {
  auto done = run_script(script);
  if (done.exit_code != 0)
    throw std::runtime_error("this machine has no " + what + ": " + done.out);
}

/// Many commands for one `ip` or `tc`: starting a program takes longer.
std::string batch(const std::string& program, const std::string& lines) {
  return program + " -batch - <<'END'\n" + lines + "END\n";
}

std::string unique_name() {
  static std::atomic<unsigned> count = 0;
  return "hordetest-" + std::to_string(getpid()) + '-'
         + std::to_string(++count);
}

std::string number(network::host x) {
  return std::to_string(x + 1);
}

std::string port(network::host x) {
  return "port" + number(x);
}

/// Ends with the number of the host.
std::string hardware_address(network::host x) {
  return "02:00:00:00:00:0" + number(x);
}

/// A program for the kernel's packet filter (classic BPF), as `tc` takes it.
/// Kernels without netem can do this, too.
std::string losing_filter(network::host from, double share) {
  auto random = static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_RANDOM);
  auto lost = static_cast<std::uint32_t>(share * 0xffff'ffff);
  std::ostringstream out;
  out << "'6,32 0 0 8,"            // load the end of the sender's address
      << "21 0 3 " << number(from) // another's: to the last line
      << ",32 0 0 " << random      // load a random number
      << ",53 1 0 " << lost        // not below: to the last line
      << ",6 0 0 " << TC_ACT_SHOT  // drop it
      << ",6 0 0 4294967295'";     // TC_ACT_UNSPEC: see the next filter
  return out.str();
}

} // namespace

// -- life --------------------------------------------------------------------

network::network(std::size_t size) : size_(size), name_(unique_name()) {
  if (size > 9)
    throw std::invalid_argument("a network has at most 9 hosts");
  try {
    set_up();
  } catch (...) {
    tear_down();
    throw;
  }
}

network::~network() {
  tear_down();
}

void network::set_up() {
  must_run("network namespaces (they take root, and the package iproute2)",
           batch("ip", for_spaces("netns add ")));
  auto in_switch = "ip -n " + space("switch");
  must_run("bridge", batch(in_switch, "link add switch type bridge\n"
                                      "link set switch up\n"));
  std::string cables;
  std::string ends;
  for (host x = 0; x < size_; ++x) {
    cables += "link add " + port(x) + " type veth peer name eth0 netns "
              + space(x) + " address " + hardware_address(x) + "\nlink set "
              + port(x) + " master switch up\n";
    ends += batch("ip -n " + space(x), "addr add " + address(x)
                                         + "/24 dev eth0\nlink set lo up\n"
                                           "link set eth0 up\n");
  }
  must_run("veth", batch(in_switch, cables) + ends);
}

void network::tear_down() noexcept {
  try {
    run_script(batch("ip -force", for_spaces("netns del ")));
  } catch (...) {
    // what remains is removed by the next run
  }
}

std::string network::for_spaces(const std::string& command) const {
  auto result = command + space("switch") + '\n';
  for (host x = 0; x < size_; ++x)
    result += command + space(x) + '\n';
  return result;
}

void remove_old_networks() {
  run_script(R"(
    ip netns list | while read -r name rest; do
      case "$name" in hordetest-[0-9]*-*-*) ;; *) continue ;; esac
      owner="${name#hordetest-}"; owner="${owner%%-*}"
      [ -d "/proc/$owner" ] && continue
      ip netns pids "$name" | xargs -r kill -KILL
      ip netns del "$name"
    done)");
}

// -- names -------------------------------------------------------------------

std::string network::space(const std::string& of) const {
  return name_ + '-' + of;
}

std::string network::space(host x) const {
  return space(number(x));
}

std::string network::address(host x) {
  return "10.77.0." + number(x);
}

std::vector<std::string> network::on(host x,
                                     std::vector<std::string> args) const {
  std::vector<std::string> result{"/usr/bin/env", search_path, "ip",
                                  "netns",        "exec",      space(x)};
  result.insert(result.end(), args.begin(), args.end());
  return result;
}

void network::enter(host x) const {
  auto path = "/run/netns/" + space(x);
  auto fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  auto done = fd >= 0 && ::setns(fd, CLONE_NEWNET) == 0;
  auto error = errno; // closing may change it
  if (fd >= 0)
    ::close(fd);
  if (!done)
    throw std::system_error(error, std::generic_category(), path);
}

// -- cables and loss ---------------------------------------------------------

std::string network::direct_address(host x) {
  return "10.78.0." + number(x);
}

void network::connect_directly(host a, host b) {
  must_run("veth", "ip -n " + space(a) + " link add eth1 type veth peer name "
                     + "eth1 netns " + space(b));
  for (auto x : {a, b})
    must_run("veth", batch("ip -n " + space(x),
                           "addr add " + direct_address(x)
                             + "/24 dev eth1\nlink set eth1 up\n"));
}

void network::unplug(host x) {
  must_run("cable",
           "ip -n " + space("switch") + " link set " + port(x) + " down");
}

void network::plug_in(host x) {
  must_run("cable",
           "ip -n " + space("switch") + " link set " + port(x) + " up");
}

void network::lose_everywhere(double share) {
  std::vector<loss> changes;
  for (host from = 0; from < size_; ++from)
    for (host to = 0; to < size_; ++to)
      if (from != to)
        changes.push_back({from, to, share});
  lose(changes);
}

void network::split(const hosts& side) {
  std::vector<loss> changes;
  for (host from = 0; from < size_; ++from)
    for (host to = 0; to < size_; ++to)
      if (side.contains(from) != side.contains(to))
        changes.push_back({from, to, 1});
  lose(changes);
}

void network::lose(const std::vector<loss>& changes) {
  std::string script;
  for (const auto& [from, to, share] : changes) {
    auto& lost = lost_[{from, to}];
    auto where = " dev " + port(to) + " egress pref " + number(from);
    if (with_filters_.insert(to).second)
      script += "qdisc add dev " + port(to) + " clsact\n";
    if (lost > 0)
      script += "filter del" + where + '\n';
    if (share > 0)
      script += "filter add" + where + " bpf da bytecode "
                + losing_filter(from, share) + '\n';
    lost = share;
  }
  must_run("packet filters for tc (clsact, bpf)",
           batch("tc -n " + space("switch"), script));
}

} // namespace horde::test
