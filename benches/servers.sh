#!/usr/bin/env bash
# What a run costs where a server keeps the services: an unchanged run, 1,000 services switched off,
# and all of them back again. 10,000 services, in a database that is made and dropped.
#
#   benches/servers.sh [mysql://root@127.0.0.1:3306] [postgres://postgres@127.0.0.1:5432]
#
# Needs the clients `mysql` and `psql`.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --release --quiet --bin reconciler --example bench_world
bin=$PWD/target/release/reconciler
count=${COUNT:-10000} gone=${GONE:-1000}
[ $# -gt 0 ] || set -- mysql://root@127.0.0.1:3306 postgres://postgres@127.0.0.1:5432
name=reconciler_bench_$$

ask() {
  case $1 in
    mysql*) sql=${1#mysql://} user=${sql%@*} place=${sql#*@}
      mysql -u"$user" -h"${place%:*}" -P"${place#*:}" -e "$2" ;;
    *) psql -q "$1/postgres" -c "$2" ;;
  esac
}

timed() {
  local words=$1 begin end
  shift
  begin=$(date +%s%N)
  "$@" >"$folder/said" 2>&1 || { cat "$folder/said"; exit 1; }
  end=$(date +%s%N)
  awk -v ns=$((end - begin)) -v words="$words" 'BEGIN { printf "  %-28s %6.2f s\n", words, ns / 1e9 }'
}

for server in "$@"; do
  folder=$(mktemp -d)
  ask "$server" "CREATE DATABASE $name"
  echo "${server%%:*}, $count services"
  coproc WORLD { target/release/examples/bench_world "$count" "$folder" "$server/$name"; }
  read -r _ready <&"${WORLD[0]}"
  run=("$bin" --config "$folder/config.toml" run --quiet)
  for _ in 1 2 3; do "${run[@]}" >/dev/null; done
  timed "unchanged run" "${run[@]}"
  echo "remove $gone" >&"${WORLD[1]}"
  read -r _ready <&"${WORLD[0]}"
  for _ in 1 2; do "${run[@]}" >/dev/null; done
  timed "$gone switched off" "${run[@]}"
  last=$("$bin" --config "$folder/config.toml" runs --json | grep -o '"run_id": *[0-9]*' | head -n 1 | tr -dc 0-9)
  timed "$gone switched on again" "$bin" --config "$folder/config.toml" rollback "$last" --yes
  exec {WORLD[1]}>&-
  wait "$WORLD_PID" || true
  ask "$server" "DROP DATABASE $name"
  rm -rf "$folder"
done
