# shellcheck shell=bash
# Sourced by scripts/test, scripts/servers and scripts/topology: a throw-away PostgreSQL with a password of its own, on a free port of 127.0.0.1.
# Sets WAFAA_TEST_POSTGRES_URL (a superuser, so that tests can make roles and databases) and `stop_postgres`.

start_postgres() { # start_postgres <scratch directory> [durable: what is committed survives a power failure]
  local bin home=$1/postgres durable=${2:-} owner password log=$1/postgres.log as_owner=() port attempt options mode=immediate
  bin=$(postgres_bin)
  [ -n "$bin" ] || fail "No PostgreSQL server programs were found."
  mkdir "$home"
  owner=$(id -un)
  if [ "$owner" = root ]; then # PostgreSQL refuses to run as root
    owner=nobody
    ! id postgres >/dev/null 2>&1 || owner=postgres
    chown "$owner" "$home"
    as_owner=(runuser -u "$owner" --)
    command -v runuser >/dev/null || fail "runuser (util-linux) is needed to start PostgreSQL as root."
  fi
  password=$(random_hex 16)
  (umask 077 && printf '%s\n' "$password" >"$1/password")
  chown "$owner" "$1/password"
  (cd "$home" && "${as_owner[@]+"${as_owner[@]}"}" "$bin/initdb" --pgdata="$home/data" --username=wafaa --pwfile="$1/password" \
    --auth=scram-sha-256 --encoding=UTF8 --no-locale --no-sync >"$log" 2>&1) || { cat "$log" >&2 && fail "initdb failed."; }
  rm "$1/password"

  options="-c listen_addresses=127.0.0.1 -c unix_socket_directories=$home -c max_connections=300"
  if [ -n "$durable" ]; then mode=fast; else options+=" -c fsync=off -c synchronous_commit=off -c full_page_writes=off"; fi
  for attempt in 1 2 3 4 5; do
    port=$((20000 + RANDOM % 12000)) # below the ports that outgoing connections get
    if (cd "$home" && "${as_owner[@]+"${as_owner[@]}"}" "$bin/pg_ctl" start --pgdata="$home/data" --log="$home/server.log" --wait --timeout=30 \
      --options="-p $port $options" >>"$log" 2>&1); then
      postgres_restart=("${as_owner[@]+"${as_owner[@]}"}" "$bin/pg_ctl" restart --pgdata="$home/data" --log="$home/server.log" --wait --silent)
      postgres_stop=("${as_owner[@]+"${as_owner[@]}"}" "$bin/pg_ctl" stop --pgdata="$home/data" --mode="$mode" --silent)
      # shellcheck disable=SC2034 # whoever sourced this runs it
      stop_postgres=stop_this_postgres
      export WAFAA_TEST_POSTGRES_URL="postgres://wafaa:$password@127.0.0.1:$port/postgres"
      return
    fi
  done
  cat "$log" "$home/server.log" >&2
  fail "PostgreSQL did not start after $attempt attempts."
}

# Makes the roles and the database of an installation, as the container does.
make_roles() { # make_roles <owner's password> <app's password>
  "$(postgres_bin)/psql" --no-psqlrc --quiet --set owner_password="$1" --set app_password="$2" \
    --set backup_password="$(random_hex 16)" --file deploy/postgres/roles.sql "$WAFAA_TEST_POSTGRES_URL"
}

postgres_address() { # host:port
  local address=${WAFAA_TEST_POSTGRES_URL##*@}
  echo "${address%/*}"
}

restart_postgres() { # restart_postgres fast|immediate
  (cd / && "${postgres_restart[@]}" --mode="$1")
}

stop_this_postgres() { (cd / && "${postgres_stop[@]}") || true; }
