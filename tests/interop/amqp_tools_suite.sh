#!/bin/bash
# amqp-tools, the commands that come with rabbitmq-c: hello, work queue and topics as one-liners.
# Every case prints `ok NAME` or `FAILED NAME: why`.

set -u -o pipefail
url=${AMQP_URL:-amqp://guest:guest@127.0.0.1:5672/%2F}
patience=10
unique="interop.tools.$$.$(date +%s%N)"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# check NAME EXPECTED ACTUAL
check() {
    if [[ $2 == "$3" ]]; then
        echo "ok $1"
    else
        echo "FAILED $1: '${3//$'\n'/\\n}' instead of '${2//$'\n'/\\n}'"
        failed=1
    fi
}

tool() {
    local name=$1
    shift
    timeout "$patience" "amqp-$name" --url="$url" "$@" 2>&1
}

# Consumes COUNT messages; amqp-consume hands each one to a command's standard input.
consume() {
    local queue=$1 count=$2
    tool consume --queue="$queue" --count="$count" -- sh -c 'cat; echo'
}

hello() {
    local queue=$unique.hello
    check "amqp-declare-queue says the queue's name" "$queue" \
        "$(tool declare-queue --queue="$queue")"
    tool publish --routing-key="$queue" --body="Hello World!"
    check "hello: amqp-get takes what amqp-publish sent" "Hello World!" \
        "$(tool get --queue="$queue")"
    tool get --queue="$queue" > /dev/null
    check "amqp-get on an empty queue ends with 2" 2 $?
    check "amqp-delete-queue says how many messages went" 0 "$(tool delete-queue --queue="$queue")"
}

work_queue() {
    local queue=$unique.work
    tool declare-queue --queue="$queue" --durable > /dev/null
    for task in first second third; do
        tool publish --routing-key="$queue" --persistent --content-type=text/plain --body="$task"
    done
    check "work queue: a worker takes two tasks with prefetch 1" $'first\nsecond' \
        "$(tool consume --queue="$queue" --prefetch-count=1 --count=2 -- sh -c 'cat; echo')"
    check "work queue: another worker takes the rest" third "$(consume "$queue" 1)"
    tool delete-queue --queue="$queue" > /dev/null
}

topics() {
    local queue=$unique.topics
    # amqp-consume declares its queue and binds it; it runs until it has its two messages.
    tool consume --queue="$queue" --exchange=amq.topic --routing-key="$unique.*.red" --count=2 -- \
        sh -c 'cat; echo' > "$work/topics" &
    local consumer=$! bound=no
    for _ in $(seq 100); do  # nothing tells that the binding stands: publish until it does
        tool publish --exchange=amq.topic --routing-key="$unique.rose.blue" --body=wrong
        tool publish --exchange=amq.topic --routing-key="$unique.rose.red" --body=right
        if ! kill -0 "$consumer" 2> /dev/null; then
            bound=yes
            break
        fi
    done
    wait "$consumer"
    check "topics: only what matches the binding comes" $'right\nright yes' \
        "$(cat "$work/topics") $bound"
}

big_body() {
    local queue=$unique.big
    tool declare-queue --queue="$queue" > /dev/null
    head -c 3000000 /dev/urandom > "$work/sent"
    tool publish --routing-key="$queue" < "$work/sent"
    tool get --queue="$queue" > "$work/got"
    check "a body of 3 MB passes through pipes" same "$(cmp "$work/sent" "$work/got" && echo same)"
    tool delete-queue --queue="$queue" > /dev/null
}

login() {
    local out
    out=$(timeout "$patience" amqp-get --url="${url/guest@/wrong@}" --queue=any 2>&1)
    [[ $out == *403* ]] && out=403
    check "a wrong password is refused with 403" 403 "$out"
}

hello
work_queue
topics
big_body
login
exit "$failed"
