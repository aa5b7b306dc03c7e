# embed_sql.sh header|source SRCDIR FILE...
#
# Turns schema/NNN-name.sql into migrations[], in the order given, and each
#
#     -- name: job_take_next
#     -- what a reader should know
#     UPDATE job ...
#
# of schema/queries.sql into QUERY_JOB_TAKE_NEXT and its row of query_texts[].
# Comment lines of queries stay behind; migrations are embedded as they are.
mode=$1 srcdir=$2
shift 2
for file; do
    [ -f "$file" ] || file=$srcdir/$file
    set -- "$@" "$file"
    shift
done

awk -v mode="$mode" '
function literal(text) {
    gsub(/["\\]/, "\\\\&", text)
    return "      \"" text "\\n\""
}
function refuse(what) {
    printf "%s:%d: %s\n", FILENAME, FNR, what > "/dev/stderr"
    failed = 1
    exit 1
}
FNR == 1 {
    file = FILENAME
    sub(/.*\//, "", file)
    migration = file ~ /^[0-9]+-.*\.sql$/
    if (migration) {
        stem = file
        sub(/\.sql$/, "", stem)
        number = stem + 0
        if (number != migrations + 1)
            refuse("migration " migrations + 1 " was to come here")
        migrations++
        migration_row[migrations] = "    { " number ", \"" stem "\",\n"
    }
    open = 0
}
migration {
    migration_text[migrations] = migration_text[migrations] literal($0) "\n"
    next
}
/^-- name: / {
    if (open && query_text[queries] == "")
        refuse("query " query_name[queries] " has no statement")
    name = $3
    if (name !~ /^[a-z][a-z0-9_]*$/ || NF != 3)
        refuse("a query is named in lower case: " $0)
    if (name in known)
        refuse("a second query " name)
    known[name] = 1
    queries++
    query_name[queries] = name
    open = 1
    next
}
/^[ \t]*--/ || /^[ \t]*$/ { next }
!open { refuse("a statement without a name") }
{ query_text[queries] = query_text[queries] literal($0) "\n" }
END {
    if (failed)
        exit 1
    if (open && query_text[queries] == "")
        refuse("query " query_name[queries] " has no statement")
    print "/* Written by build-aux/embed_sql.sh. */"
    if (mode == "header")
        header()
    else
        source()
}
function header(    i) {
    print "#ifndef FOLLOWD_QUERIES_H\n#define FOLLOWD_QUERIES_H\n"
    print "struct migration {\n    int number; /* from 1, without a gap */"
    print "    const char *name; /* \"001-jobs\" */"
    print "    const char *sql;\n};\n"
    print "extern const struct migration migrations[];"
    print "extern const int migration_count;\n"
    print "enum query {"
    for (i = 1; i <= queries; i++)
        print "    QUERY_" toupper(query_name[i]) ","
    print "    QUERY_COUNT\n};\n"
    print "struct query_text {\n    const char *name; /* \"job_take_next\" */"
    print "    const char *sql;\n};\n"
    print "extern const struct query_text query_texts[]; /* by enum query */"
    print "\n#endif"
}
function source(    i) {
    print "#include \"queries.h\"\n"
    print "const struct migration migrations[] = {"
    for (i = 1; i <= migrations; i++)
        printf "%s%s    },\n", migration_row[i], migration_text[i]
    print "    { 0, 0, 0 },\n};"
    print "const int migration_count = " migrations + 0 ";\n"
    print "const struct query_text query_texts[] = {"
    for (i = 1; i <= queries; i++)
        printf "    { \"%s\",\n%s    },\n", query_name[i], query_text[i]
    print "    { 0, 0 },\n};"
}
' "$@"
