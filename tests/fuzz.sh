# fuzz.sh - what strangers send, by libFuzzer with ASan and UBSan: the corpus of
# tests/corpus once, and with FOLLOWD_SOAK five minutes (or FUZZ_SECONDS) of each
# target. What it finds is kept in fuzz/ of the build tree.
srcdir=$(cd "${srcdir:-.}" && pwd)
targets="spec route query range npz config"
seconds=${FUZZ_SECONDS:-300}
[ -n "$FOLLOWD_SOAK" ] || {
    echo "1..0 # SKIP fuzzing is for make soak"
    exit 0
}
command -v clang >/dev/null || {
    echo "1..0 # SKIP no clang"
    exit 0
}
# What a release holds, built once more beside this build.
mkdir -p fuzz || exit 1
[ -d fuzz/source ] || make -s distdir distdir=fuzz/source >fuzz/build.log 2>&1
(cd fuzz/source && chmod -R u+w . && { [ -f Makefile ] || ./configure -q \
    CC=clang --enable-sanitizers=fuzzer-no-link,address,undefined; } &&
    make -s fuzz) >>fuzz/build.log 2>&1 || {
    echo "1..1"
    echo "not ok 1 - clang builds the fuzzer: see fuzz/build.log"
    exit 1
}
cd fuzz || exit 1
number=0
for target in $targets; do
    number=$((number + 1))
    mkdir -p "corpus-$target"
    FUZZ_TARGET=$target source/tests/fuzz -max_total_time="$seconds" \
        -max_len=4096 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$target-" "corpus-$target" \
        "$srcdir/tests/corpus/$target" >"$target.log" 2>&1 ||
        printf 'not '
    echo "ok $number - no $target breaks what takes it"
    grep -E 'stat::number_of_executed|SUMMARY|ERROR' "$target.log" |
        sed 's/^/# /'
done
echo "1..$number"
