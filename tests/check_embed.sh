# check_embed.sh - what is embedded comes out as it went in. TAP.
srcdir=${srcdir:-.}
aux=$(cd "$srcdir/build-aux" && pwd) || exit 1
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
echo 0 >number # in a file, since points are made in pipes too

# point SENTENCE COMMAND...: one line of TAP; the command says whether it holds.
point() {
    sentence=$1
    shift
    number=$(($(cat number) + 1))
    echo $number >number
    if "$@" >out 2>&1; then
        echo "ok $number - $sentence"
    else
        echo "not ok $number - $sentence"
        sed 's/^/# /' out
        echo >failed
    fi
}
refused() { ! "$@"; }

# ---- files ------------------------------------------------------------------

mkdir -p tree/web/sub schema
awk 'BEGIN { for (i = 0; i < 256; i++) printf "%c", i }' >tree/web/all.bin
printf 'a "quoted" \\ line\n' >tree/web/sub/text.js
: >tree/web/empty.css
sh "$aux/embed.sh" header web >embedded_web.h
sh "$aux/embed.sh" source web tree web/all.bin web/sub/text.js \
    web/empty.css >embedded_web.c
cat >main.c <<'C'
#include "embedded_web.h"
#include <stdio.h>
#include <string.h>

int
main(int count, char **words)
{
    for (size_t i = 0; i < embedded_web_count; i++) {
        const struct embedded_file *file = &embedded_web[i];

        if (strcmp(file->name, words[count - 1]) == 0) {
            fwrite(file->data, 1, file->size, stdout);
            return file->data[file->size];
        }
    }
    return 1;
}
C
point "a table of files compiles" \
    ${CC:-cc} -std=c11 -Wall -Wextra -Werror main.c embedded_web.c -o show
same() { ./show "$1" >shown && cmp shown "tree/web/$1"; }
point "every byte comes out as it went in" same all.bin
point "a file in a folder keeps its path" same sub/text.js
point "an empty file is there and empty" same empty.css
point "a file that is not there stops the build" \
    refused sh "$aux/embed.sh" source web tree web/gone.js
no_files() {
    sh "$aux/embed.sh" source web tree >none.c &&
        ${CC:-cc} -std=c11 -Wall -Wextra -Werror -c none.c
}
point "no files make an empty table" no_files

# ---- SQL --------------------------------------------------------------------

printf 'CREATE TABLE job (id INTEGER); -- "one"\n' >schema/001-jobs.sql
printf '\nCREATE INDEX i ON job (id);\n' >schema/002-index.sql
cat >schema/queries.sql <<'SQL'
-- What stands before the first name is for the reader.

-- name: job_take_next
-- ?1 now
UPDATE job
SET note = 'a \ "b"'   -- why
RETURNING id;

-- name: job_count
SELECT count(*) FROM job;
SQL
sql() { sh "$aux/embed_sql.sh" "$@"; }
files="schema/001-jobs.sql schema/002-index.sql schema/queries.sql"
sql header . $files >queries.h
sql source . $files >queries.c
cat >main.c <<'C'
#include "queries.h"
#include <stdio.h>

int
main(void)
{
    for (int i = 0; i < migration_count; i++)
        printf("%d %s\n%s", migrations[i].number, migrations[i].name,
               migrations[i].sql);
    printf("%d %d %d\n", QUERY_JOB_TAKE_NEXT, QUERY_JOB_COUNT, QUERY_COUNT);
    for (int i = 0; i < QUERY_COUNT; i++)
        printf("%s\n%s", query_texts[i].name, query_texts[i].sql);
    return 0;
}
C
cat >expected <<'TEXT'
1 001-jobs
CREATE TABLE job (id INTEGER); -- "one"
2 002-index

CREATE INDEX i ON job (id);
0 1 2
job_take_next
UPDATE job
SET note = 'a \ "b"'   -- why
RETURNING id;
job_count
SELECT count(*) FROM job;
TEXT
point "migrations and queries compile" \
    ${CC:-cc} -std=c11 -Wall -Wextra -Werror main.c queries.c -o show
same_sql() { ./show >shown && diff expected shown; }
point "migrations come out whole and queries by name" same_sql

# must_refuse SENTENCE: queries.sql as on stdin stops the build.
must_refuse() {
    cat >schema/queries.sql
    point "$1" refused sql source . schema/queries.sql
}
printf -- '-- name: a\nSELECT 1;\n-- name: a\nSELECT 2;\n' |
    must_refuse "two queries of one name stop the build"
printf -- '-- name: a\n-- name: b\nSELECT 2;\n' |
    must_refuse "a name without a statement stops the build"
printf 'SELECT 2;\n' |
    must_refuse "a statement without a name stops the build"
point "a gap between migrations stops the build" \
    refused sql source . schema/002-index.sql

echo "1..$(cat number)"
[ ! -e failed ]
