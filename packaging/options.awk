# Of `mariadbd --help --verbose` with purser.so loaded: an option file with each of its options, what it does, and
# its default; all commented out.
BEGIN {
    print "# Options of Purser, with their defaults. docs/variables.md says more of each."
    print "#"
    print "# Nothing here loads purser.so: INSTALL SONAME 'purser' does, once. An option that is uncommented must keep"
    print "# its loose_, or a server whose purser.so is missing does not start at all."
    print "[mariadbd]"
}
/^  --purser/ {
    name = $1
    sub(/^--/, "", name)
    sub(/[=[].*/, "", name)
    text = ""
    line = $0
    sub(/^  --[^ ]+ */, "", line)
    if (line != "") text = line
    next
}
/^                      / && name != "" {
    line = $0
    sub(/^ +/, "", line)
    if (line !~ /^\(Defaults to /) text = text (text == "" ? "" : " ") line
    help[name] = text
    next
}
{ name = "" }
/^(loose-)?purser-/ {
    option = $1
    sub(/^loose-/, "", option)
    value = $0
    sub(/^[^ ]+ */, "", value)
    sub(/ +$/, "", value)
    if (value == "(No default value)") value = ""
    if (value == "TRUE") value = "ON"
    if (value == "FALSE") value = "OFF"
    print ""
    wrap(help[option])
    gsub(/-/, "_", option)
    print "#loose_" option " =" (value == "" ? "" : " " value)
}

function wrap(text, words, n, i, line) {
    n = split(text, words, / +/)
    line = "#"
    for (i = 1; i <= n; i++) {
        if (length(line) + 1 + length(words[i]) > 100) {
            print line
            line = "#"
        }
        line = line " " words[i]
    }
    print line
}
