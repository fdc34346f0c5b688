# shellcheck shell=bash
# ./dev lint: what is found without running anything.

LINT=$BUILD/lint # configured for it alone, so that it can go on beside a build and the tests

tree_files() { # the files of the tree, tracked or to be
    cd "$ROOT"
    git ls-files -co --exclude-standard 2>/dev/null ||
        find . \( -name .git -o -name 'build*' -o -name node_modules -o -name .purser \) -prune \
            -o -type f -print |
        sed 's,^\./,,'
}

c_files() { tree_files | grep -E '^(plugin|udf|mysql-test|clients)/.*\.[ch]$'; }
compile_once() { # compile_once FROM TO: a compilation database with each file only once
    awk '/^{/ { entry = "" } { entry = entry $0 "\n" } /^  "file"/ { file = $0 }
         /^}/ { if (!seen[file]++) { sub(/},?\n$/, "}", entry); list = list (list ? ",\n" : "") entry } }
         END { print "[\n" list "\n]" }' "$1" >"$2"
}
scripts() {
    local file
    while IFS= read -r file; do
        [[ -f $ROOT/$file ]] || continue
        if head -n 1 "$ROOT/$file" | grep -aqE '^#!.*\b(ba)?sh\b'; then echo "$file"; fi
    done < <(tree_files)
}

lint_format() { c_files | xargs -d '\n' clang-format --dry-run -Werror; }
tidy() { # tidy OPTION...: the files on stdin
    xargs -d '\n' -P "$(nproc)" -n 4 clang-tidy --quiet -p "$LINT/once" \
        --config-file="$ROOT/mysql-test/lint/clang-tidy.yml" "$@" 2>&1 |
        sed -E '/^[0-9]+ warnings? generated\.$/d'
}
lint_tidy() {
    local files
    mkdir -p "$LINT/once"
    compile_once "$LINT/compile_commands.json" "$LINT/once/compile_commands.json"
    files=$(sed -n 's/^ *"file": "\(.*\)",\{0,1\}$/\1/p' "$LINT/once/compile_commands.json")
    # the analyser takes most of the time, and what it looks for in a test the sanitizers see when it runs
    grep -v /mysql-test/ <<<"$files" | tidy && grep /mysql-test/ <<<"$files" | tidy --checks='-clang-analyzer-*'
}
lint_cppcheck() {
    # it reads no system headers: jansson's loops are told to it
    cppcheck --quiet --error-exitcode=1 --std=c11 -j "$(nproc)" -D_GNU_SOURCE --inline-suppr \
        -D'json_object_foreach(object,key,value)=for(key=f(object);(value=g(object));)' \
        -D'json_array_foreach(array,index,value)=for(index=f(array);(value=g(array));)' \
        --enable=warning,performance,portability --suppressions-list=mysql-test/lint/cppcheck.txt \
        plugin udf clients mysql-test/sim
}
lint_shell() { scripts | xargs -d '\n' shellcheck --severity=style --external-sources --check-sourced; }
lint_bundle() { sql/bundle --check; }

check() { # check NAME COMMAND...: one check, its output only where it fails
    local name=$1 out rc=0
    shift
    out=$("$@" 2>&1) || rc=$?
    if ((rc == 0)); then
        tally 1 0 0
        echo "ok - $name"
    else
        tally 0 1 0
        printf '%s\nnot ok - %s\n' "$out" "$name"
    fi
}

lint_structure() { # prints TAP itself
    local log=$LINT/structure.tap p f s
    tree_files | perl mysql-test/lint/check-structure >"$log" 2>&1 || true
    cat "$log"
    read -r p f s _ < <(count_tap <"$log")
    ((p + f)) || f=1
    tally "$p" "$f" "$s"
}

cmd_lint() {
    trap close_tests EXIT
    need lint
    mkdir -p "$LINT"
    cd "$ROOT"
    step "configuring $LINT"
    cmake -S . -B "$LINT" -DPURSER_TESTS=ON >"$LINT/configure.log" 2>&1 || {
        cat "$LINT/configure.log"
        die "cmake could not configure $LINT"
    }
    step "lint"
    lint_structure
    check "install.sql is what sql/bundle makes" lint_bundle
    check "clang-format" lint_format
    check "shellcheck" lint_shell
    check "cppcheck" lint_cppcheck
    check "clang-tidy" lint_tidy
}
