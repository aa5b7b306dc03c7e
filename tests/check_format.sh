# check_format.sh - .clang-format is the only authority on layout. TAP.
#
# CLANG_FORMAT names the formatter; configure looks for one.
srcdir=${srcdir:-.}
format=${CLANG_FORMAT:-$(command -v clang-format-14 || command -v clang-format)}
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT

if [ -z "$format" ]; then
    echo "1..0 # SKIP no clang-format"
    exit 0
fi
# Other releases lay out some corners in another way.
case $($format --version) in
*"version 14."*) ;;
*)
    echo "1..0 # SKIP the layout is that of clang-format 14"
    exit 0
    ;;
esac

echo "1..2"
cp "$srcdir/.clang-format" "$scratch/"
printf 'int f(void) { return 1; }\n' >"$scratch/planted.c"
if $format --dry-run -Werror "$scratch/planted.c" 2>/dev/null; then
    echo "not ok 1 - a file laid out in another way is found"
else
    echo "ok 1 - a file laid out in another way is found"
fi
find "$srcdir/daemon" "$srcdir/client" "$srcdir/bench" "$srcdir/tests" \
    -name '*.[ch]' | sort >"$scratch/files"
if xargs $format --dry-run -Werror <"$scratch/files" 2>"$scratch/faults"; then
    echo "ok 2 - every C file is laid out by clang-format"
    exit 0
fi
grep 'error:' "$scratch/faults" | cut -d: -f1 | uniq -c | sed 's/^/# /'
echo "not ok 2 - every C file is laid out by clang-format"
exit 1
