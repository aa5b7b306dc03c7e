# manual.sh TEMPLATE PROGRAM - a manual page (mdoc), on stdout.
#
# What a program takes stands in its tables of options, which its --help shows;
# here it is read from there, so that page and program cannot disagree. The
# template holds the page with what only prose can say. Of its lines,
#
#     @command NAME             becomes the item of this command and what
#                               --help says of it
#     @options [COMMAND]        becomes a list of all options of the command, or
#     --name                    of the program; prose after a --name follows on
#     More about --name.        what --help says of that option
#     @end
#
# With a second command behind the first, options that both have are not told
# anew. A command or an option that the program lacks stops the build, and so does a
# command that the template leaves out.
template=$1 program=$2

# argp breaks lines unless told otherwise.
ARGP_HELP_FMT=rmargin=4000,opt-doc-col=45
export ARGP_HELP_FMT

awk -v program="$program" -v template="$template" '
function refuse(what) {
    printf "%s:%d: %s\n", template, FNR, what > "/dev/stderr"
    failed = 1
    exit 1
}
# The words of --help as a sentence of mdoc.
function sentence(text) {
    # A name of a file or an option begins no sentence, and keeps its letters.
    if (text !~ /^[^ ]*[.=-]/)
        text = toupper(substr(text, 1, 1)) substr(text, 2)
    gsub(/\\/, "\\e", text)
    gsub(/-/, "\\-", text)
    return text ~ /[.?!]$/ ? text : text "."
}
# One line of --help about an option; fills row[].
function option_read(line) {
    row["letter"] = line ~ /^ *-[^-],/ ? substr(line, index(line, "-") + 1, 1) : ""
    match(line, /--[a-z-]+/)
    row["name"] = substr(line, RSTART + 2, RLENGTH - 2)
    line = substr(line, RSTART + RLENGTH)
    row["value"] = ""
    if (match(line, /^[= ][^ ]+/)) {
        row["value"] = substr(line, 2, RLENGTH - 1)
        line = substr(line, RLENGTH + 1)
    }
    sub(/^ +/, "", line)
    if (line == "")
        refuse("--help says nothing about --" row["name"])
    row["help"] = line
}
function item() {
    return ".It" (row["letter"] ? " Fl \\&" row["letter"] " ," : "") \
        " Fl -" row["name"] (row["value"] ? " Ar " row["value"] : "")
}
# Every line that the program explains a command with, or itself.
function help_read(command,    line, asked) {
    asked = "\"" program "\" " command " --help"
    help_count = 0
    while ((asked | getline line) > 0)
        help[++help_count] = line
    if (close(asked) != 0 || !help_count)
        refuse(asked " fails")
}
function is_option(line) { return line ~ /^ +(-., )?--/ }
# Whether it is an option of the command itself.
function goes_on(i) { return i <= help_count && help[i] != "With every command:" }
# Options of another command, which the list need not tell of.
function shared_read(command,    i) {
    shared_by = command
    split("", shared)
    if (!command)
        return
    help_read(command)
    for (i = 1; goes_on(i); i++)
        if (is_option(help[i]))
            shared[help[i]] = 1
}
function shared_print(    line, but) {
    if (!shared_by)
        return
    for (line in shared) {
        option_read(line)
        but = but (but ? " ," : "") " Fl -" row["name"]
    }
    print ".Pp\nTakes the options of\n.Cm " shared_by (but ? "" : " .")
    if (but)
        print "but\n." substr(but, 2) " ."
}
function options_print(    i, begun) {
    for (i = 1; goes_on(i); i++) {
        if (!is_option(help[i]))
            continue
        if (help[i] in shared) {
            delete shared[help[i]]
            continue
        }
        option_read(help[i])
        if (!begun++)
            print ".Bl -tag -width indent"
        print item() "\n" sentence(row["help"])
        printf "%s", prose[row["name"]]
        delete prose[row["name"]]
    }
    if (begun)
        print ".El"
    shared_print()
    for (i in prose)
        refuse("there is no option --" i)
}
BEGIN {
    help_read("")
    for (i = 1; i <= help_count; i++)
        if (match(help[i], /^  [a-z]+ ([^ ]+ )* +/)) {
            name = help[i]
            sub(/^  /, "", name)
            sub(/ .*/, "", name)
            summary[name] = substr(help[i], RLENGTH + 1)
            words[name] = substr(help[i], length(name) + 4, RLENGTH - length(name) - 3)
            sub(/ +$/, "", words[name])
        } else if (help[i] ~ /^A JOB/)
            break
    opened = ""
}
/^@command / {
    if (!($2 in summary))
        refuse("there is no command " $2)
    print ".It Cm " $2 (words[$2] == "" ? "" : " Ar " words[$2])
    print sentence(summary[$2])
    delete summary[$2]
    next
}
/^@options/ {
    shared_read($3)
    help_read($2)
    opened = "@"
    next
}
/^@end/ {
    options_print()
    opened = ""
    next
}
/^@/ { refuse("what is " $1 "?") }
opened && /^--/ {
    opened = substr($1, 3)
    prose[opened] = ""
    next
}
opened == "@" { refuse("prose before the first option") }
opened { prose[opened] = prose[opened] $0 "\n"; next }
{ print }
END {
    if (failed)
        exit 1
    for (name in summary)
        refuse("nothing about the command " name)
}
' "$template"
