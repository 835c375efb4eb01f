#!/usr/bin/env bash
# Whole-process figures of an unchanged run, as the operating system counts them.
#
#   benches/whole_process.sh [EVENT_TYPES …]     default: 45 1000 10000 100000
#
# Needs GNU time (/usr/bin/time). The Cal.com on loopback is another process, so that its work is
# not counted. The ledger and the table are warm: three runs go before the measured ones.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --release --quiet --bin reconciler --example bench_world
bin=target/release/reconciler
runs=${RUNS:-7}

for count in "${@:-45 1000 10000 100000}"; do
  for n in $count; do
    folder=$(mktemp -d)
    coproc WORLD { target/release/examples/bench_world "$n" "$folder"; }
    read -r _ready <&"${WORLD[0]}"
    for _ in 1 2 3; do "$bin" --config "$folder/config.toml" run --quiet >/dev/null; done
    before=$(stat -c %s "$folder/ledger.db")
    for _ in $(seq "$runs"); do
      /usr/bin/time -f '%U %S %e %M' -a -o "$folder/times" \
        "$bin" --config "$folder/config.toml" run --quiet >/dev/null
    done
    after=$(stat -c %s "$folder/ledger.db")
    echo "$n event types, $runs unchanged runs; ledger grew by $(((after - before) / runs)) bytes a run"
    awk '{ printf "  CPU %6.3f s  wall %6.3f s  peak %6.1f MiB\n", $1 + $2, $3, $4 / 1024 }' "$folder/times" | sort | sed -n "$(((runs + 1) / 2))p"
    exec {WORLD[1]}>&-
    wait "$WORLD_PID" || true
    rm -rf "$folder"
  done
done
