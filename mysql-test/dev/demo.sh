# shellcheck shell=bash
# A day of the demo shop, reconciled.

demo_dir() { # under build/ where a socket's path may be so long, else in a temporary directory
    local dir=$BUILD/demo
    ((${#dir} <= 90)) || dir=${TMPDIR:-/tmp}/purser-demo-$ME
    echo "$dir"
}

demo_progress() { # one line for each gateway, as it is now
    sql_value "
        SELECT CONCAT_WS(', ', CONCAT(RPAD(gateway, 10, ' '), state), phase, CONCAT(fetched, ' records read'),
                         CONCAT(matched, ' of ', internal_records, ' orders matched'), error)
          FROM purser.reconciliation_runs WHERE business_date = '$DEMO_DAY' ORDER BY gateway"
}

demo_run() {
    local caller seen='' now
    step "CALL purser.reconcile('$DEMO_DAY', NULL)"
    sql --execute "CALL purser.reconcile('$DEMO_DAY', NULL)" >"$DIR/demo.out" 2>&1 9>&- &
    caller=$!
    while kill -0 "$caller" 2>/dev/null; do
        now=$(demo_progress)
        if [[ $now != "$seen" ]]; then
            while IFS= read -r line; do note "$line"; done <<<"$now"
            seen=$now
        fi
        sleep 0.05
    done
    wait "$caller" || {
        cat "$DIR/demo.out"
        server_failed "the reconciliation failed"
    }
    demo_show
}

demo_show() {
    step "the summary"
    sql --table --execute "
        SELECT gateway, state, internal_records AS orders, gateway_records AS records, matched, discrepancies,
               purser.percent(matched, internal_records) AS 'match %'
          FROM purser.latest_runs WHERE business_date = '$DEMO_DAY'"
    step "the discrepancies, those that cost customers first"
    sql --table --execute "
        SELECT type, gateway, order_id AS 'order', transaction_ref, internal_amount AS shop,
               gateway_amount AS gateway_says, currency AS cur, internal_status AS order_is, gateway_status AS payment_is
          FROM purser.discrepancies WHERE business_date = '$DEMO_DAY' AND holds
         ORDER BY type <> 'PAID_NOT_RECORDED', type, gateway, order_id;
        SELECT type, SUM(gateway = 'paychangu') AS paychangu, SUM(gateway = 'square') AS square
          FROM purser.open_discrepancies WHERE business_date = '$DEMO_DAY' GROUP BY type"
    step "held against what the demo's generator put there"
    now=$(sql --table --execute "CALL itsxtrapush_db.demo_compare('$DEMO_DAY', FALSE)")
    [[ -z $now ]] || {
        echo "$now"
        die "the findings above are not those that were put there"
    }
    note "every one was found, and nothing else"
    step "what to look at next"
    note "PAID_NOT_RECORDED first: customers paid, and their orders do not know it."
    note "SELECT * FROM purser.open_discrepancies; CALL purser.resolve_discrepancy(id, 'resolved', 'why');"
    note "SELECT results_json FROM purser.reconciliation_reports; CALL purser.selftest(); docs/operations.md"
    describe_server
}

cmd_demo() {
    build_for_server
    use_dir "$(demo_dir)"
    step "a fresh server in $DIR"
    down "$DIR" || true
    [[ -e $DIR/.purser.lock ]] && rm -rf "$DIR"
    up "$DIR"
    demo_run
}
