# check_layers.sh - the house keeps its own rules (CONTRIBUTING.md).
#
# Every include obeys daemon/LAYERS, each library is spoken in one room alone,
# SQL lives in schema/, only a main may exit, and nothing grows too long. TAP on
# stdout. The rules are tried on planted faults first: a check that cannot fail
# checks nothing.
srcdir=${srcdir:-.}
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
echo 0 >"$scratch/number" # in a file, since points are made in pipes too

# point RESULT SENTENCE: one line of TAP.
point() {
    number=$(($(cat "$scratch/number") + 1))
    echo $number >"$scratch/number"
    if [ "$1" -eq 0 ]; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
    fi
}

# faults TREE: one line "rule file:line: what" for each fault in it.
faults() {
    (
        cd "$1" || exit 1
        find daemon client bench -name '*.[ch]' 2>/dev/null | sort |
            xargs awk -f "$scratch/rules.awk" daemon/LAYERS
    )
}

cat >"$scratch/rules.awk" <<'AWK'
function fault(rule, line, what) {
    printf "%s %s:%d: %s\n", rule, FILENAME, line, what
}
# Leaves the code of a line: no comments, and strings without their content.
function code_of(line,    out, quote) {
    out = ""
    while (line != "") {
        if (in_comment) {
            if (!match(line, /\*\//))
                return out
            line = substr(line, RSTART + 2)
            in_comment = 0
        } else if (!match(line, /"|'|\/\*|\/\//)) {
            return out line
        } else {
            out = out substr(line, 1, RSTART - 1)
            quote = substr(line, RSTART, RLENGTH)
            line = substr(line, RSTART + RLENGTH)
            if (quote == "//")
                return out
            if (quote == "/*") {
                in_comment = 1
                continue
            }
            if (quote == "\"")
                match(line, /^([^"\\]|\\.)*"/)
            else
                match(line, /^([^'\\]|\\.)*'/)
            texts = texts " " substr(line, 1, RLENGTH - 1)
            out = out quote quote
            line = RLENGTH > 0 ? substr(line, RLENGTH + 1) : ""
        }
    }
    return out
}
function include(target,    slash, room_of, door) {
    if (target in shared) {
        if (shared[target] != "*" && shared[target] != room && room != "main")
            fault("include", FNR, target " is for " shared[target] " alone")
        return
    }
    slash = index(target, "/")
    if (!slash) {
        door = FILENAME
        sub(/[^\/]*$/, "", door)
        if ((getline rest < (door target)) < 0)
            fault("include", FNR, target " is in no room")
        close(door target)
        return
    }
    room_of = substr(target, 1, slash - 1)
    if (room_of == room)
        return
    if (target != room_of "/" room_of ".h")
        fault("include", FNR, target " is behind the door of " room_of)
    else if (room != "main" && !((room, room_of) in allowed))
        fault("include", FNR, room " may not knock at " room_of)
}
# A name that begins with `prefix` belongs to `owner` (a pattern of paths).
function library(code, prefix, owner) {
    if (FILENAME !~ owner && code ~ ("(^|[^A-Za-z0-9_])" prefix))
        fault("library", FNR, "this is spoken in " owner " alone: " code)
}
function file_end() {
    if (last == "")
        return
    FILENAME_now = FILENAME
    FILENAME = last
    if (lines > 400)
        fault("long_file", lines, "a file has at most 400 lines")
    if (last ~ ("/" room "/" room "\\.h$") && lines > 150)
        fault("long_door", lines, "a door has at most 150 lines")
    FILENAME = FILENAME_now
}
BEGIN {
    shared["config.h"] = shared["version.h"] = "*"
    shared["queries.h"] = "store"
    shared["embedded_web.h"] = shared["embedded_schema.h"] = "api"
    shared["embedded_kernels.h"] = shared["kernels/layout.h"] = "engine"
}
FILENAME == "daemon/LAYERS" {
    if ($0 !~ /^#/ && sub(/:/, " "))
        for (i = 2; i <= NF; i++)
            allowed[$1, $i] = 1
    next
}
FNR == 1 {
    file_end()
    last = FILENAME
    split(FILENAME, part, "/")
    room = part[1] != "daemon" ? part[1] : part[3] ? part[2] : "main"
    in_comment = open = 0
}
{
    lines = FNR
    texts = ""
    code = code_of($0)
}
code ~ /^#[ \t]*include/ {
    if (texts != "")
        include(substr(texts, 2))
    library($0, "#?[ \t]*include[ \t]*<CL/", "^daemon/opencl/")
    library($0, "#?[ \t]*include[ \t]*<microhttpd", "^daemon/api/server")
    library($0, "#?[ \t]*include[ \t]*<sqlite3", "^daemon/store/")
    library($0, "#?[ \t]*include[ \t]*<curl", "^daemon/http/")
    library($0, "#?[ \t]*include[ \t]*<muParser", "^daemon/drive/")
    library($0, "#?[ \t]*include[ \t]*<Random123", "^daemon/random/")
}
{
    library(code, "cl[A-Z][A-Za-z]*[(]", "^daemon/opencl/")
    library(code, "MHD_", "^daemon/api/server")
    library(code, "sqlite3_", "^daemon/store/")
    library(code, "curl_", "^daemon/http/")
}
texts ~ /(SELECT .*FROM|INSERT +(OR [A-Z]+ +)?INTO|UPDATE .*SET|DELETE FROM|CREATE (TABLE|INDEX|TRIGGER|VIEW)) / && texts !~ /sqlite_schema/ {
    fault("sql", FNR, "SQL belongs into schema/")
}
code ~ /(^|[^A-Za-z0-9_])exit *[(]/ && FILENAME !~ /^(daemon|client|bench)\/main\.c$/ {
    fault("exit", FNR, "only a main may exit")
}
/^[a-z_].*[(]/ { name = $0 }
/^[{]/ { open = FNR }
/^}/ && open {
    if (FNR - open + 1 > 60)
        fault("long_function", FNR, "more than 60 lines: " name)
    open = 0
}
END { file_end() }
AWK

# plant FILE: a house with one sound file in every kind of place, and FILE
# holding what comes on stdin.
plant() {
    rm -rf "$scratch/house"
    for room in base store queue api opencl http engine; do
        mkdir -p "$scratch/house/daemon/$room"
        echo "/* a door */" >"$scratch/house/daemon/$room/$room.h"
    done
    mkdir -p "$scratch/house/client" "$scratch/house/bench"
    cp "$srcdir/daemon/LAYERS" "$scratch/house/daemon/"
    cat >"$scratch/house/$1"
}

# must_fail RULE FILE LINE SENTENCE: what is planted is found, and no more.
must_fail() {
    plant "$2"
    found=$(faults "$scratch/house" | cut -d: -f1,2)
    [ "$found" = "$1 $2:$3" ]
    point $? "$4"
    [ "$found" = "$1 $2:$3" ] || echo "# found: $found"
}

# must_pass FILE SENTENCE: what is planted is no fault.
must_pass() {
    plant "$1"
    found=$(faults "$scratch/house")
    [ -z "$found" ]
    point $? "$2"
    [ -z "$found" ] || echo "# found: $found"
}

# lines COUNT: that many lines of nothing.
lines() {
    awk -v count="$1" 'BEGIN { while (count-- > 0) print "" }'
}

printf '\n#include "api/api.h"\n' |
    must_fail include daemon/store/a.c 2 "a room that knocks upwards is found"
printf '#include "store/store_private.h"\n' |
    must_fail include daemon/queue/a.c 1 "a way around a door is found"
printf '#include "queries.h"\n' |
    must_fail include daemon/api/a.c 1 "a query outside the store is found"
printf '#include "elsewhere.h"\n' |
    must_fail include client/a.c 1 "a header of no room is found"
printf 'a\nb = clFinish(q);\n' |
    must_fail library daemon/engine/a.c 2 "OpenCL outside its room is found"
printf 'sqlite3_step(s);\n' |
    must_fail library daemon/queue/a.c 1 "SQLite outside its room is found"
printf 'MHD_stop_daemon(d);\n' |
    must_fail library daemon/api/a.c 1 "libmicrohttpd outside the server is found"
printf '#include <curl/curl.h>\n' |
    must_fail library client/a.c 1 "libcurl outside its room is found"
printf 's = "DELETE FROM job WHERE id = 1";\n' |
    must_fail sql daemon/store/a.c 1 "SQL in C is found"
printf '    exit(1);\n' |
    must_fail exit daemon/base/a.c 1 "an exit outside a main is found"
lines 401 |
    must_fail long_file daemon/base/a.c 401 "a file of 401 lines is found"
lines 151 |
    must_fail long_door daemon/base/base.h 151 "a door of 151 lines is found"
{
    printf 'int\nlong_one(void)\n{\n'
    lines 59
    printf '}\n'
} | must_fail long_function daemon/base/a.c 63 "a function of 61 lines is found"
{
    printf '#include "base/base.h"\n#include "store/store.h"\n'
    printf '/* exit(1), "SELECT a FROM b", MHD_ and\n * sqlite3_step() */\n'
    printf 's = "clFinish() /* \\" curl_"; // exit(1)\nc = %s; _exit(1);\n' \
        "'\"'"
} | must_pass daemon/queue/a.c "comments and texts are no code"
printf '#include "api/api.h"\n#include "worker/worker.h"\nexit(0);\n' |
    must_pass daemon/main.c "a main may open every door, and exit"

# The house itself.
faults "$srcdir" >"$scratch/faults"
while read -r rule sentence; do
    grep "^$rule " "$scratch/faults" | sed 's/^[a-z_]* /# /'
    ! grep -q "^$rule " "$scratch/faults"
    point $? "$sentence"
done <<'RULES'
include every include goes through a door that daemon/LAYERS opens
library each library is spoken in its own room
sql SQL lives in schema and not in C
exit only a main may exit
long_file no file has more than 400 lines
long_door no door has more than 150 lines
long_function no function has more than 60 lines
RULES
echo "1..$(cat "$scratch/number")"
! grep -q . "$scratch/faults"
