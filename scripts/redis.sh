# shellcheck shell=bash
# Sourced by scripts/test and scripts/topology: a throw-away Redis with a password of its own, on a free port of 127.0.0.1,
# set up as deploy/redis/redis.conf says. Sets WAFAA_TEST_REDIS_URL, `redis_pid` and `stop_redis`.

start_redis() { # start_redis <scratch directory> [durable: an append-only file, synced every second]
  local home=$1/redis durable=${2:-} password port attempt _
  command -v redis-server >/dev/null || fail "redis-server was not found."
  mkdir "$home"
  password=$(random_hex 16)
  for attempt in 1 2 3 4 5; do
    port=$((20000 + RANDOM % 12000)) # below the ports that outgoing connections get
    # In a file that only we can read: arguments are in the list of processes. A later line wins over an earlier one.
    (
      umask 077
      {
        # shellcheck disable=SC2154 # set by environment.sh
        cat "$root/deploy/redis/redis.conf"
        printf '%s\n' "dir $home" "bind 127.0.0.1" "port $port" "requirepass $password" "daemonize no" "databases 64"
        [ -n "$durable" ] || echo "appendonly no"
      } >"$home/redis.conf"
    )
    redis-server "$home/redis.conf" >>"$home/server.log" 2>&1 </dev/null &
    redis_pid=$!
    for _ in $(seq 100); do
      kill -0 "$redis_pid" 2>/dev/null || break # the port was taken
      if [ "$(REDISCLI_AUTH=$password redis-cli -h 127.0.0.1 -p "$port" ping 2>/dev/null)" = PONG ]; then
        # shellcheck disable=SC2034 # whoever sourced this runs it
        stop_redis=stop_this_redis
        export WAFAA_TEST_REDIS_URL="redis://default:$password@127.0.0.1:$port/0"
        return
      fi
      sleep 0.1
    done
    stop_this_redis
  done
  cat "$home/server.log" >&2
  fail "Redis did not start after $attempt attempts."
}

stop_this_redis() {
  kill -TERM "$redis_pid" 2>/dev/null || true
  wait "$redis_pid" 2>/dev/null || true
}
