# web_page.sh - the page's script, in Node with a page of its own. TAP.
srcdir=${srcdir:-.}
if ! command -v node >/dev/null; then
    echo "1..0 # SKIP no node to run the page's script"
    exit 0
fi
exec node "$srcdir/tests/web_page.js" "$srcdir/web/app.js"
