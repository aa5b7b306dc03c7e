# version.sh SRCDIR VERSION HEADER - writes HEADER when what it says is new.
#
# FOLLOWD_VERSION is the release, FOLLOWD_GIT the commit it was built from: asked
# of git in a clone, read from build-aux/git-version in an unpacked tarball.
srcdir=$1 version=$2 header=$3

commit=unknown
if [ -f "$srcdir/build-aux/git-version" ]; then
    commit=$(cat "$srcdir/build-aux/git-version")
elif [ -e "$srcdir/.git" ]; then
    commit=$(git -C "$srcdir" describe --always --tags --dirty --abbrev=12 \
        2>/dev/null || echo unknown)
fi
text="/* Written by build-aux/version.sh. */
#define FOLLOWD_VERSION \"$version\"
#define FOLLOWD_GIT \"$commit\""
if [ "$text" != "$(cat "$header" 2>/dev/null)" ]; then
    printf '%s\n' "$text" >"$header"
fi
