#!/usr/bin/env bash
# The six things that a city system does, one after the other. What to ask about comes from standard input
# (../example.json), because numbers and names do not belong in arguments; one line of JSON for each thing
# goes to standard output, without anything of a person.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/hub.sh"

CITY=$1/city-system/credentials.json
DISTRICT=$1/jingkou-district/credentials.json
COORDINATOR=$1/coordinator/credentials.json
order=$(cat)
city=$(token "$CITY") district=$(token "$DISTRICT") coordinator=$(token "$COORDINATOR")

# What a gate does with an answer: anything but ADMIT does not open.
SHOWN='def shown: if .__typename == "TravelerRecognition"
  then {color, decision, opens: (.decision == "ADMIT"), reasons: (.reasons | length)}
  else {opens: false, refused: .code} end;'

of_order() { jq -c "$1" <<< "$order"; }

# 1. One traveler.
answer=$(of_order '{input: {document: .traveler, purpose, receivingRegion: .region}}' | ask "$CITY" "$city" traveler)
jq -c "$SHOWN"'{act: "traveler"} + (.traveler | shown)' <<< "$answer"
receipt=$(jq -er .traveler.receipt <<< "$answer")

# 2. A manifest with a mistake in it.
of_order '{input: {purpose, receivingRegion: .region, entries: .manifest}}' | ask "$CITY" "$city" manifest |
  jq -c "$SHOWN"'{act: "manifest", answers: [.travelers[] | {ref} + (.result | shown)]}'

# 3. A scanned code.
if [[ $(of_order 'has("code")') == true ]]; then
  of_order '{input: {code, checkpoint, purpose, receivingRegion: .region}}' | ask "$CITY" "$city" scan |
    jq -c "$SHOWN"'{act: "scan"} + (.verifyCode | shown)'
else
  echo '{"act":"scan","left":"no code was scanned"}'
fi

# 4. An arrival: recorded by the gate, followed and acknowledged by the district.
recorded=$(jq -c --rawfile receipt <(printf '%s' "$receipt") \
  '{input: {receipt: $receipt, destination: .district}}' <<< "$order" | ask "$CITY" "$city" record_arrival)
id=$(jq -er '.recordArrival.id // error(.recordArrival.code)' <<< "$recorded")
acknowledge() { jq -cn --arg id "$id" '{input: {id: $id}}' | ask "$DISTRICT" "$district" acknowledge_arrival > /dev/null; }
events=()
exec {stream}< <(follow "$DISTRICT" "$district" follow_arrivals "$(of_order '{region: .district}')")
follower=$!
while read -r -u "$stream" line; do
  [[ $line == 'data: {'* ]] || continue
  kind=$(jq -r --arg id "$id" '.data.arrivalEvents.node | select(.arrival.id? == $id) | .__typename' <<< "${line#data: }")
  [[ -n $kind ]] || continue
  events+=("$kind")
  if [[ $kind == ArrivalRecorded ]]; then acknowledge; fi
  if [[ $kind == ArrivalAcknowledged ]]; then break; fi
done
kill "$follower"
jq -cn --arg id "$id" '{act: "arrival", id: $id, events: $ARGS.positional}' --args "${events[@]}"

# 5. A mistake: reported, and followed until the issuer has decided.
receipt=$(of_order '{input: {document: .wrong.document, purpose, receivingRegion: .region}}' |
  ask "$CITY" "$city" traveler | jq -er .traveler.receipt)
reported=$(jq -c --rawfile receipt <(printf '%s' "$receipt") '{input: (.wrong + {receipt: $receipt})}' <<< "$order" |
  ask "$CITY" "$city" report_mistake)
id=$(jq -er '.reportMistake.id // error(.reportMistake.code)' <<< "$reported")
state=$(jq -r .reportMistake.state <<< "$reported")
jq -c '.reportMistake | {act: "report", id, state, evidence: .evidenceDigest}' <<< "$reported"
patience=$(of_order .patienceSeconds)
for ((second = 0; second < patience; second++)); do
  [[ $state == REPORTED ]] || break
  sleep 1
  state=$(jq -cn --arg id "$id" '{input: {id: $id}}' | ask "$CITY" "$city" refresh_correction |
    jq -r --arg state "$state" '.refreshCorrection.state // $state')
done
jq -cn --arg id "$id" --arg state "$state" '{act: "correction", id: $id, state: $state}'

# 6. The audit log, page by page.
first=$(of_order .entriesOfAPage) seen='[]' pages=0 after=null more=true
while [[ $more == true ]]; do
  page=$(jq -cn --argjson first "$first" --argjson after "$after" '{first: $first, after: $after}' |
    ask "$COORDINATOR" "$coordinator" audit_page | jq -c .auditEntries)
  seen=$(jq -c --argjson seen "$seen" '$seen + [.edges[].node.index]' <<< "$page")
  after=$(jq -c .pageInfo.endCursor <<< "$page") more=$(jq -r .pageInfo.hasNextPage <<< "$page")
  pages=$((pages + 1))
done
jq -c --argjson pages $pages '{act: "audit", pages: $pages, entries: length, once: (unique | length == ($seen | length))}' \
  --argjson seen "$seen" <<< "$seen"
