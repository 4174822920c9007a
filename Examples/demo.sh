#!/bin/bash
# Three sites on this machine, each with its own node, keys and database: a head office, its branch in Brest, a partner.
# Tells what happens, checks each thing that it tells, and ends by itself. Exit code 0: all was as told.
#
#   Examples/demo.sh [PATH-OF-ENTENTE]
set -euo pipefail
cd "$(dirname "$0")/.."
entente=$(realpath "${1:-./.build/release/entente}")
[ -x "$entente" ] || { echo "There is no program at $entente: build it first with 'make demo'." >&2; exit 2; }
unset ENTENTE_DIR

work=$(mktemp -d "${TMPDIR:-/tmp}/entente-demo.XXXXXX")
declare -A node=()
finish() {
    local status=$?
    trap - EXIT INT TERM
    for site in "${!node[@]}"; do kill "${node[$site]}" 2>/dev/null || true; done
    for _ in $(seq 50); do
        local alive=
        for site in "${!node[@]}"; do kill -0 "${node[$site]}" 2>/dev/null && alive=yes; done
        [ -n "$alive" ] || break
        sleep 0.1
    done
    for site in "${!node[@]}"; do kill -9 "${node[$site]}" 2>/dev/null || true; done
    if [ $status != 0 ]; then
        for log in "$work"/*.log; do
            [ -s "$log" ] && { echo "--- ${log##*/}"; tail -20 "$log"; } >&2
        done
    fi
    rm -rf "$work"
    exit $status
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# --- words ---------------------------------------------------------------------------------------------------------

say() { printf '\n%s\n' "$*"; }
told() { printf '  ✓ %s\n' "$*"; }
failed() {
    printf '  ✗ %s\n' "$1" >&2
    [ -z "${2:-}" ] || printf '%s\n' "$2" >&2
    exit 1
}

# at SITE COMMAND…: a command on one site.
at() {
    local site=$1
    shift
    "$entente" "$@" --dir "$work/$site"
}

# shows TEXT SITE COMMAND…: its JSON answer holds this text. hides: it does not.
shows() {
    local text=$1
    shift
    local answer
    answer=$(at "$@" --json 2>&1) && grep -qF -- "$text" <<<"$answer"
}
hides() {
    local text=$1
    shift
    local answer
    answer=$(at "$@" --json 2>&1) && ! grep -qF -- "$text" <<<"$answer"
}

# soon WHAT CONDITION…: it holds within ten seconds.
soon() {
    local what=$1
    shift
    for _ in $(seq 100); do
        if "$@"; then
            told "$what"
            return
        fi
        sleep 0.1
    done
    failed "$what" "$(at "${@:3}" 2>&1 || true)"
}

# sure WHAT CONDITION…: it holds now.
sure() {
    local what=$1
    shift
    if "$@"; then told "$what"; else failed "$what"; fi
}

# refused CODE COMMAND…: it ends with this exit code and says why.
refused() {
    local code=$1
    shift
    local status=0
    complaint=$("$@" 2>&1 >/dev/null) || status=$?
    [ "$status" = "$code" ] && [ -n "$complaint" ]
}

free_port() {
    local port
    while port=$((RANDOM % 10000 + 20000)); do
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
    done
}

# start SITE: its node, in the background, until it is ready.
start() {
    "$entente" run --json --dir "$work/$1" >"$work/$1.out" 2>"$work/$1.log" &
    node[$1]=$!
    for _ in $(seq 100); do
        grep -qF '"ready":true' "$work/$1.out" && return
        kill -0 "${node[$1]}" 2>/dev/null || break
        sleep 0.1
    done
    failed "the node of $1 starts" "$(cat "$work/$1.log")"
}

# stop SITE: SIGTERM; it has five seconds and ends with exit code 0.
stop() {
    local begun=$SECONDS status=0
    kill "${node[$1]}"
    wait "${node[$1]}" || status=$?
    unset "node[$1]"
    [ $status = 0 ] && [ $((SECONDS - begun)) -le 5 ] || failed "the node of $1 ends cleanly (exit code $status)"
}

# fingerprint SITE SPACE
fingerprint() {
    at "$1" status --json | grep -oE "\"name\":\"$2\",\"entries\":[0-9]+,\"logs\":[0-9]+,\"fingerprint\":\"[0-9a-f]+\"" | grep -oE '[0-9a-f]{32,}'
}
same() { [ -n "$(fingerprint "$1" "$3")" ] && [ "$(fingerprint "$1" "$3")" = "$(fingerprint "$2" "$3")" ]; }

# silent WORD SITE: no file of the site's directory holds the word.
silent() { ! grep -rqaF -- "$1" "$work/$2"; }

clean() { shows '"faults":[]' "$1" verify; }

# --- the story -----------------------------------------------------------------------------------------------------

begun=$SECONDS
siege_port=$(free_port)
brest_port=$(free_port)
partner_port=$(free_port)

say "1. The head office founds a network. No server, no account elsewhere: a directory, a few keys."
at siege init --network "Ateliers réunis" --site "Siège" --member "Alice" --listen "127.0.0.1:$siege_port" --json >"$work/init.json"
sure "root keys are in three files that only their owner may read" \
    [ "$(find "$work/siege" -name '*root*' -type f -perm 0600 | wc -l)" -ge 3 ]
start siege
told "the node of Siège listens on 127.0.0.1:$siege_port"

say "2. The branch in Brest comes in with an invitation, a file."
at siege invite --site Brest --role site --until 2035-12-31 --out "$work/brest.invitation" --json >/dev/null
at brest join "$work/brest.invitation" --site Brest --member Yann --listen "127.0.0.1:$brest_port" --json >/dev/null
start brest
sure "Brest is a member of the network" shows '"network":"Ateliers réunis"' brest status

say "3. Alice makes a space for a common building site, and invites a partner to that space alone."
at siege space create "Chantier" --json >/dev/null
at siege invite --site Nordlys --role partner --space Chantier --until 2035-12-31 --out "$work/partner.invitation" --json >/dev/null
at partner join "$work/partner.invitation" --site Nordlys --member Ingrid --listen "127.0.0.1:$partner_port" --json >/dev/null
start partner
sure "the partner holds the space Chantier" shows '"name":"Chantier"' partner space list

say "4. People write. Each post is stored on its author's site first, and reaches the others by itself."
hello=$(at siege post --space everyone "Bonjour à toutes et à tous ! Réunion jeudi à 10 h, salle Éluard 🗓️")
soon "Brest reads Alice's post" shows "Réunion jeudi à 10 h, salle Éluard 🗓️" brest timeline
at brest post --space everyone --reply-to "$hello" "Présent depuis Brest 🌊 — à jeudi !" >/dev/null
soon "Siège reads Yann's reply, as a reply" shows "\"replyTo\":\"$hello\"" siege timeline
plans=$(at siege post --space Chantier "Voici le calendrier du chantier : début le 3, fin le 28. Ça vous va ? 🏗️")
soon "the partner reads what is written in Chantier" shows "calendrier du chantier" partner timeline --space Chantier
at partner post --space Chantier --reply-to "$plans" "Hei ! Nous sommes prêts, matériel livré dès lundi ✅" >/dev/null
soon "Siège reads Ingrid's reply" shows "matériel livré dès lundi ✅" siege timeline --space Chantier
soon "Brest reads it too" shows "matériel livré dès lundi ✅" brest timeline --space Chantier

say "5. The sites hold the same, and the partner only what it may see."
for site in siege brest partner; do soon "$site is in sync with its peers" shows '"inSync":true' "$site" sync --wait 5; done
soon "Siège and Brest have one fingerprint for everyone" same siege brest everyone
soon "Siège and the partner have one fingerprint for Chantier" same siege partner Chantier
sure "the partner's timeline has nothing of everyone" hides "jeudi" partner timeline
sure "the partner does not even know that space by name" hides '"everyone"' partner space list
sure "no file of the partner holds a word of it" silent "jeudi" partner

say "6. The contract ends. The partner is off the network that day, and does not know."
stop partner
at siege revoke Nordlys --reason "fin de contrat" --yes --json >"$work/revoked.json"
sure "the removal reaches Nordlys" grep -qF '"done":true' "$work/revoked.json"
soon "Brest knows that Nordlys is out" shows '"state":"removed"' brest members
at partner post --space Chantier "Encore un message, après la fin 👻" >/dev/null
told "the partner, alone, goes on writing"
start partner
sleep 2
sure "Siège has not taken it" hides "après la fin" siege timeline
sure "Brest has not taken it either" hides "après la fin" brest timeline
sure "and no file of theirs shows it as a post" hides "après la fin" siege timeline --space Chantier
sure "what Ingrid had written before is still there" shows "matériel livré dès lundi ✅" siege timeline
at siege post --space Chantier "Merci à Nordlys. On continue entre nous 🤝" >/dev/null
soon "Brest reads what is written since" shows "On continue entre nous 🤝" brest timeline
sure "the partner does not" hides "On continue entre nous" partner timeline

say "7. Somebody tries the partner's old invitation again."
sure "it is refused" refused 1 at intruder join "$work/partner.invitation" --site Nordlys --member Olaf \
    --listen "127.0.0.1:$(free_port)" --wait 10
printf '      %s\n' "$complaint"

say "8. Every site checks all that it holds: signatures, chains, commitments, summaries."
for site in siege brest partner; do sure "$site: nothing wrong" clean "$site"; done

say "9. The nodes end."
for site in siege brest partner; do stop "$site"; done
told "all three, cleanly"

say "All was as told, in $((SECONDS - begun)) s."
