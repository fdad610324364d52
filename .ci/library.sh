# shellcheck shell=bash
# What `.ci/programs` and `.ci/edges` share: how a program is installed, or built once and kept. To be sourced.

readonly CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/amw-rw-e2e

mkdir -p "$CACHE"
trap 'rm -rf "$CACHE/unfinished.$$".*' EXIT

# What a killed run left behind; no build takes four hours.
find "$CACHE" -mindepth 1 -maxdepth 1 -name 'unfinished.*' -mmin +240 -exec rm -rf {} +

say() { printf '%s\n' "$*" >&2; }

# must_have PROGRAM...: ends the run where one is missing that this script does not install.
must_have() {
  local program
  for program; do
    command -v "$program" >/dev/null && continue
    say "error: $program is not on PATH; install it (Go 1.26, Node 20 with npm) and run this again"
    exit 1
  done
}

# need PROGRAM PACKAGE: installs the Debian package unless the program is there.
updated=''
need() {
  command -v "$1" >/dev/null && return
  say "installing $2 for $1"
  export DEBIAN_FRONTEND=noninteractive
  # On a new machine, unattended-upgrades may hold the lock.
  [ -n "$updated" ] || apt-get update -qq -o DPkg::Lock::Timeout=300 >&2
  updated=yes
  apt-get install -y -qq -o DPkg::Lock::Timeout=300 --no-install-recommends "$2" >&2
}

# keep FOLDER COMMAND...: runs the command in a new folder, which becomes FOLDER when all went well.
keep() {
  local folder=$1 unfinished
  shift
  [ -d "$folder" ] && return
  unfinished=$(mktemp -d "$CACHE/unfinished.$$.XXXXXX")
  "$@" "$unfinished" >&2
  # Another run may have been first.
  mv -T "$unfinished" "$folder" || [ -d "$folder" ]
}

# As upstream builds its releases, save for the web pages, which would need its JavaScript tool chain.
readonly GO_FLAGS=(-mod=readonly -buildvcs=false -trimpath -tags netgo)
readonly GO_VERSION_VARIABLE=github.com/prometheus/common/version.Version

# build RELEASE MODULE FOLDER: upstream's prometheus and promtool, unmodified.
build() {
  say "building prometheus $1"
  CGO_ENABLED=0 GOWORK=off go -C "$2" build "${GO_FLAGS[@]}" -ldflags "-s -w -X $GO_VERSION_VARIABLE=$1" -o "$3/" \
    github.com/prometheus/prometheus/cmd/prometheus github.com/prometheus/prometheus/cmd/promtool 2>&1 |
    sed '/^go: downloading /d'
}

# prometheus RELEASE: prints the folder of that release's programs.
prometheus() {
  local module=tests/e2e/tools/prometheus-${1%.*} key
  key=$({ go env GOVERSION; echo "${GO_FLAGS[@]}"; cat "$module/go.mod" "$module/go.sum"; } | sha256sum | cut -c1-16)
  keep "$CACHE/prometheus-$1-$key" build "$1" "$module"
  printf '%s' "$CACHE/prometheus-$1-$key"
}

# The version that kube-apiserver reports, without which clients see v0.0.0.
readonly KUBE_VERSION=k8s.io/component-base/version

# build_kube_apiserver RELEASE MODULE FOLDER: upstream's API server, unmodified.
build_kube_apiserver() {
  local release=$1 major minor
  IFS=. read -r major minor _ <<<"$release"
  say "building kube-apiserver $release"
  CGO_ENABLED=0 GOWORK=off go -C "$2" build "${GO_FLAGS[@]}" -o "$3/" \
    -ldflags "-s -w -X $KUBE_VERSION.gitVersion=v$release -X $KUBE_VERSION.gitMajor=$major -X $KUBE_VERSION.gitMinor=$minor" \
    k8s.io/kubernetes/cmd/kube-apiserver 2>&1 | sed '/^go: downloading /d'
}

readonly OPERATOR=github.com/prometheus-operator/prometheus-operator

# build_operator RELEASE MODULE FOLDER: upstream's Prometheus Operator, unmodified, and the definitions of its resources.
build_operator() {
  local source
  say "building prometheus-operator $1"
  CGO_ENABLED=0 GOWORK=off go -C "$2" build "${GO_FLAGS[@]}" -ldflags "-s -w -X $GO_VERSION_VARIABLE=$1" -o "$3/operator" \
    "$OPERATOR/cmd/operator" 2>&1 | sed '/^go: downloading /d'
  source=$(GOWORK=off go -C "$2" list -m -f '{{.Dir}}' "$OPERATOR")
  cp -r --no-preserve=mode "$source/example/prometheus-operator-crd" "$3/definitions"
}

# definitions RELEASE SUM: prints the folder of the definitions of another release, whose module has this checksum.
definitions() {
  keep "$CACHE/prometheus-operator-definitions-$1" fetch_definitions "$1" "$2"
  printf '%s' "$CACHE/prometheus-operator-definitions-$1"
}

fetch_definitions() {
  local module source
  say "fetching the definitions of prometheus-operator $1"
  module=$(cd "$3" && GOWORK=off go mod download -json "$OPERATOR@v$1")
  grep -qF "\"Sum\": \"$2\"" <<<"$module"
  source=$(sed -n 's/^\t"Dir": "\(.*\)",$/\1/p' <<<"$module")
  cp --no-preserve=mode "$source"/example/prometheus-operator-crd/*.yaml "$3"
}

# built PROGRAM RELEASE BUILD: prints the folder of what the function BUILD makes of the module of that release.
built() {
  local module=tests/e2e/tools/$1-${2%.*} key
  key=$({ go env GOVERSION; echo "${GO_FLAGS[@]}"; declare -f "$3"; cat "$module/go.mod" "$module/go.sum"; } | sha256sum | cut -c1-16)
  keep "$CACHE/$1-$2-$key" "$3" "$2" "$module"
  printf '%s' "$CACHE/$1-$2-$key"
}

# name_prometheus RELEASE...: prints `export` lines that name the programs of these releases.
name_prometheus() {
  local release line folder
  for release; do
    line=${release%.*}
    folder=$(prometheus "$release")
    printf "export AMW_RW_E2E_PROMETHEUS_%s='%s'\n" "${line/./_}" "$folder/prometheus"
    printf "export AMW_RW_E2E_PROMTOOL_%s='%s'\n" "${line/./_}" "$folder/promtool"
  done
}
