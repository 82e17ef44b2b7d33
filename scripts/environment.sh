# shellcheck shell=bash
# Sourced by every script here: where things live, and how to say things. Explicit variables win over `.env`.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 1

say() { printf '\033[1m▸ %s\033[0m\n' "$*" >&2; }
fail() {
  printf '\033[1;31m✗ %s\033[0m\n' "$*" >&2
  exit 1
}

# Docker Compose reads the same file, so the values are taken literally: no quotes, no expansion.
if [ -f .env ]; then
  while IFS='=' read -r name value || [ -n "$name" ]; do
    [[ $name =~ ^[A-Z][A-Z0-9_]*$ ]] || continue
    [ -z "$value" ] || [ -n "${!name+set}" ] || export "$name=$value"
  done <.env
fi

export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$HOME/.cache/wafaa/target}"
export WAFAA_MODEL_DIR="${WAFAA_MODEL_DIR:-$HOME/.cache/wafaa/models/all-MiniLM-L6-v2}"
export WAFAA_DATA_DIR="${WAFAA_DATA_DIR:-$root/data}"
export WAFAA_LANCE_URI="${WAFAA_LANCE_URI:-$root/lance_data}"
case ":$PATH:" in
*":$HOME/.cargo/bin:"*) ;;
*) export PATH="$HOME/.cargo/bin:$PATH" ;;
esac

# Node of our own, where `setup` found none new enough; it goes first because an old one may be there too.
readonly node_dir=$HOME/.cache/wafaa/node
[ -x "$node_dir/bin/npm" ] && export PATH="$node_dir/bin:$PATH"

# GCC before 12.1 does not know the linker that .cargo/config.toml names. RUSTFLAGS replaces those flags as a whole.
choose_linker() {
  [ "$(uname -sm)" = "Linux x86_64" ] || return 0
  [ -z "${RUSTFLAGS:-}" ] || return 0
  if ! echo 'int main(void) { return 0; }' | cc -fuse-ld=mold -x c -o /dev/null - 2>/dev/null; then
    export RUSTFLAGS="-C link-arg=-Wl,-O1"
  fi
}

random_hex() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; } # random_hex <bytes>

# The directory of the newest installed PostgreSQL server binaries, or nothing.
postgres_bin() {
  local candidate
  for candidate in $(printf '%s\n' /usr/lib/postgresql/*/bin /opt/homebrew/opt/postgresql*/bin /usr/pgsql-*/bin | sort -rV) \
    "$(dirname "$(command -v initdb 2>/dev/null || echo /nowhere/initdb)")"; do
    if [ -x "$candidate/initdb" ] && [ -x "$candidate/postgres" ]; then
      echo "$candidate"
      return
    fi
  done
}
