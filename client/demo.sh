# demo.sh - the published van der Pol experiment, from nothing to its plots.
#
# Called by `./bootstrap demo`, from the top of the build. Starts a followd of
# its own on a free port of this machine, in a temporary state folder; submits
# the preset vanderPol as it was published (3000 + 3000 neurons, 40 s); fetches
# weights and traces and draws what the published script draws. The results stay
# in ./demo-output. On a terminal the daemon stays, with its dashboard, until
# Ctrl-C; elsewhere it is stopped at the end.
set -eu
cd "$(dirname "$0")/.."

results=$PWD/demo-output
state=$(mktemp -d "${TMPDIR:-/tmp}/followd-demo-XXXXXX")
daemon=

say() { printf '\n==> %s\n' "$*"; }

finish() {
    trap - EXIT INT TERM
    if [ -n "$daemon" ]; then
        kill "$daemon" 2>/dev/null || true
        wait "$daemon" 2>/dev/null || true
    fi
    rm -rf "$state"
}
trap finish EXIT
trap 'exit 130' INT TERM

# daemon_start: waits until it is ready, at most one minute.
daemon_start() {
    ./followd --state "$state" --listen 127.0.0.1:0 2>"$state/log" &
    daemon=$!
    tries=600
    until [ -s "$state/url" ]; do
        tries=$((tries - 1))
        if [ $tries -eq 0 ] || ! kill -0 "$daemon" 2>/dev/null; then
            echo "demo: followd did not start; it said:" >&2
            cat "$state/log" >&2
            exit 1
        fi
        sleep 0.1
    done
    FOLLOW_URL=$(cat "$state/url")
}

follow() {
    ./follow --server "$FOLLOW_URL" --token-file "$state/token" "$@"
}

mkdir -p "$results"
say "Starting followd (state in $state)"
daemon_start
echo "It listens on $FOLLOW_URL."

say "Submitting the preset vanderPol, as it was published"
job=$(follow submit vanderPol --name demo)
echo "It is job $job."
follow watch "$job" || true
follow wait "$job" || {
    echo "demo: the job did not succeed; what the daemon said last:" >&2
    follow log "$job" >&2 || true
    tail -n 20 "$state/log" >&2
    exit 1
}

say "Fetching the results"
follow weights "$job" -o "$results/weights.npz"
follow traces "$job" -o "$results/traces.npz"
follow metrics "$job" --csv >"$results/metrics.csv"
follow plot "$job" -o "$results/plot.png"

say "Done. The results are in $results:"
ls -l "$results"
echo "Dashboard: $FOLLOW_URL/"

if [ -t 0 ] && [ -t 1 ]; then
    echo "Token:     $(cat "$state/token")"
    echo "The daemon runs until Ctrl-C."
    trap 'exit 0' INT TERM
    wait "$daemon" || true
fi
