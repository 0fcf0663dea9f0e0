# Shared by tools/check and tools/demo; read with `source`, not run.
# Sets `top` (the source tree). Wants `tool` (the name to print in messages).

top="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
# So that a second clone of the same tree finds what the first one compiled.
export CCACHE_BASEDIR="$top" CCACHE_NOHASHDIR=1
min_cmake=3.24

say() { printf '%s\n' "$tool: $*" >&2; }
usage_error() { say "$* (see $tool --help)"; exit 2; }
die() { say "$*"; exit 1; }

packages=(g++ cmake ninja-build ccache git pkg-config python3 iproute2
  libcaf-dev libssl-dev libspdlog-dev libfmt-dev libxxhash-dev liburcu-dev libsqlite3-dev
  libcli11-dev libc-ares-dev dnsmasq-base
  nlohmann-json3-dev libcpp-httplib-dev python3-yaml libboost-test-dev librapidcheck-dev libbenchmark-dev)
clang_packages=(clang clang-tidy)

# missing_packages NAME...: prints those that are not installed.
missing_packages() {
  local name
  for name in "$@"; do
    dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null \
      | grep -qx installed || printf '%s\n' "$name"
  done
}

# set_up INSTALL NAME...: installs what is missing. With INSTALL=no it stops
# and prints the line to run instead.
set_up() {
  local install="$1"; shift
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    say "no apt here, so nothing is installed; going on with what is there"
    return
  fi
  local missing
  mapfile -t missing < <(missing_packages "$@")
  if ((${#missing[@]} == 0)); then
    return
  fi
  local root=()
  if ((EUID != 0)); then
    root=(sudo)
  fi
  local line="${root[*]:+${root[*]} }apt-get install -y --no-install-recommends ${missing[*]}"
  if [[ $install == no ]]; then
    die "missing packages; run: $line"
  fi
  if ((EUID != 0)) && ! command -v sudo >/dev/null; then
    die "missing packages and no sudo; run as root: ${line#sudo }"
  fi
  say "installing: ${missing[*]}"
  local apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive
    apt-get -qq -o Dpkg::Use-Pty=0)
  local get=("${apt[@]}" install -y --no-install-recommends "${missing[@]}")
  # The lists may be absent (a fresh container) or older than the mirror.
  if ! "${get[@]}" >/dev/null 2>&1; then
    "${apt[@]}" update >&2 || die "apt-get update failed"
    "${get[@]}" >&2 || die "installing failed; the command was: $line"
  fi
}

# need_cmake: a sentence instead of CMake's own words about presets.
need_cmake() {
  command -v cmake >/dev/null || die "cmake is not installed"
  local have
  have="$(cmake --version | sed -n '1s/[^0-9]*\([0-9.]*\).*/\1/p')"
  [[ "$(printf '%s\n' "$min_cmake" "$have" | sort -V | head -n 1)" == "$min_cmake" ]] \
    || die "cmake $have is too old; $min_cmake is needed"
}

# presets: the names in CMakePresets.json, one a line.
presets() {
  need_cmake
  (cd "$top" && cmake --list-presets) | sed -n 's/^ *"\([^"]*\)".*/\1/p'
}

# build PRESET JOBS [TARGET...]: configures and builds into build/PRESET.
build() {
  local preset="$1" jobs="$2"; shift 2
  local targets=()
  if (($# > 0)); then
    targets=(--target "$@")
  fi
  say "building preset $preset in build/$preset"
  local output
  output="$(cd "$top" && cmake --preset "$preset" 2>&1)" \
    || die "configuring failed:"$'\n'"$output"
  cmake --build "$top/build/$preset" --parallel "$jobs" "${targets[@]}" \
    || die "building failed"
}
