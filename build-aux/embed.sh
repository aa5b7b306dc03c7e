# embed.sh header SET
# embed.sh source SET SRCDIR FILE...
#
# Turns files into a C table, embedded_SET[], whose names lack the folder SET/.
# Each file's data is followed by a zero byte that `size` does not count, so a
# text can be used as a string. Needs od and awk and nothing else.
mode=$1 set=$2

if [ "$mode" = header ]; then
    cat <<HEADER
/* Written by build-aux/embed.sh. */
#ifndef EMBEDDED_FILE
#define EMBEDDED_FILE
#include <stddef.h>

struct embedded_file {
    const char *name; /* without the folder */
    const unsigned char *data; /* size bytes and a zero */
    size_t size;
};
#endif

extern const struct embedded_file embedded_$set[];
extern const size_t embedded_${set}_count;
HEADER
    exit
fi

srcdir=$3
shift 3
printf '/* Written by build-aux/embed.sh. */\n#include "embedded_%s.h"\n' "$set"
number=0
table=
for file; do
    # Under make, a file may stand in the build tree instead.
    [ -f "$file" ] || file=$srcdir/$file
    [ -f "$file" ] || {
        echo "embed.sh: no file $file" >&2
        exit 1
    }
    name=${file#"$srcdir"/}
    printf '\nstatic const unsigned char file_%d[] = { /* %s */\n' \
        $number "$name"
    od -An -v -tx1 "$file" | awk '{ gsub(/[0-9a-f]+/, "0x&,"); print }'
    printf '0x00 };\n'
    table="$table    { \"${name#"$set"/}\", file_$number,
      sizeof(file_$number) - 1 },
"
    number=$((number + 1))
done
# One row more than there are files: C has no empty array.
printf '\nconst struct embedded_file embedded_%s[] = {\n%s    { 0, 0, 0 },\n};\n' \
    "$set" "$table"
printf 'const size_t embedded_%s_count = %d;\n' "$set" $number
