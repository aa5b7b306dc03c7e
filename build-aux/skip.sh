# skip.sh REASON TEST - stands in for a test that cannot run here.
printf '1..0 # SKIP %s\n' "$1"
