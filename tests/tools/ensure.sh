#!/usr/bin/env bash
# Installs what the tests need and the machine lacks; fails naming what it cannot get.
#   ensure.sh [system|python|node]...     default: all three
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
missing=()

has() { command -v "$1" >/dev/null 2>&1; }
lack() { missing+=("$1"); }
has_postgres() { has postgres || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null; }
has_browser() { has "${CHROMIUM:-chromium}"; }
has_fonts() { has fc-list && [ -n "$(fc-list)" ]; }
new_node() { has node && [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ]; }

# Debian's own Python first: one that a version manager chose may not suit the pinned packages.
find_python() {
  local candidate
  for candidate in "${PYTHON:-}" /usr/bin/python3 python3.12 python3.11 python3; do
    [ -n "$candidate" ] && "$candidate" - <<<'import sys, ensurepip; sys.exit(not (3, 10) <= sys.version_info < (3, 14))' \
      2>/dev/null && echo "$candidate" && return
  done
  return 1
}

# The Debian packages of the tools that are absent, one a line.
absent_packages() {
  has_postgres || echo postgresql
  has_browser || echo chromium
  has_fonts || echo fontconfig fonts-dejavu-core
  has nginx || has /usr/sbin/nginx || echo nginx
  find_python >/dev/null || echo python3 python3-venv
  has curl || echo curl
  has openssl || echo openssl
  has node || echo nodejs
  has npm || echo npm
}

install_packages() {
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    has sudo || return 0
    as_root=(sudo -n)
  fi
  has apt-get || return 0
  echo "ensure: installing $*" >&2
  export DEBIAN_FRONTEND=noninteractive
  # A failure shows in the check that follows, which names the tool.
  "${as_root[@]}" apt-get update -qq >&2 || true
  "${as_root[@]}" apt-get install -y -qq --no-install-recommends "$@" >&2 || true
}

ensure_system() {
  local packages
  packages=$(absent_packages)
  # shellcheck disable=SC2086
  [ -z "$packages" ] || install_packages $packages
  has_postgres || lack "PostgreSQL (Debian package postgresql)"
  has_browser || lack "Chromium (Debian package chromium, or set CHROMIUM)"
  has_fonts || lack "a font (Debian packages fontconfig, fonts-dejavu-core)"
  has nginx || has /usr/sbin/nginx || lack "nginx (Debian package nginx)"
  has curl || lack "curl (Debian package curl)"
  has openssl || lack "openssl (Debian package openssl)"
  new_node || lack "Node.js 20 or newer (Debian package nodejs)"
  has npm || lack "npm (Debian package npm)"
}

# Runs an installer unless its stamp already holds the checksum of what it installs from.
once() { # stamp source name command...
  local stamp=$1 source=$2 name=$3 sum
  shift 3
  sum=$(sha256sum <"$source")
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$sum" ] && return 0
  echo "ensure: installing $name" >&2
  if "$@" >&2; then echo "$sum" >"$stamp"; else lack "$name"; fi
}

make_venv() { # folder requirements
  rm -rf "$1"
  "$interpreter" -m venv "$1" && "$1/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement "$2"
}

ensure_python() {
  local file name interpreter
  interpreter=$(find_python) || { lack "Python 3.10 to 3.13 with venv (Debian package python3-venv)"; return; }
  mkdir -p "$root/.venv"
  for file in "$root"/tests/{rp,api}/requirements/*.txt; do
    name=$(basename "$file" .txt)
    once "$root/.venv/$name/stamp" "$file" "Python packages of ${file#"$root"/}" \
      make_venv "$root/.venv/$name" "$file"
  done
}

ensure_node() {
  local folder
  for folder in tests/rp/js tests/browser; do
    once "$root/$folder/node_modules/.stamp" "$root/$folder/package-lock.json" "npm packages of $folder" \
      npm ci --prefix "$root/$folder" --ignore-scripts --no-audit --no-fund --loglevel=error
  done
}

[ $# -gt 0 ] || set -- system python node
for part in "$@"; do "ensure_$part"; done
if [ ${#missing[@]} -gt 0 ]; then
  printf 'ensure: missing and not installable here: %s\n' "${missing[@]}" >&2
  exit 1
fi
