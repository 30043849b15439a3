#!/usr/bin/env bash
# Changes the key of one client system, by itself: makes a new key, has the old one vouch for it, tries it,
# and puts its file in the place of the old one.
#
#   rotate.sh CREDENTIALS [SECONDS]
#
# The old key counts for SECONDS (an hour unless said otherwise), for programs that have read it before. What
# was interrupted goes on when it is run again: the new key waits in a file beside the old one.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/hub.sh"

CREDENTIALS=$1 OVERLAP_SECONDS=${2:-3600}
OLD=$(key_of "$CREDENTIALS") NEW=$(key_of "$CREDENTIALS").next

if [[ ! -e $NEW ]]; then
  (umask 077 && openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$NEW.half" 2> /dev/null)
  mv "$NEW.half" "$NEW"
fi
old=$(thumbprint "$OLD") new=$(thumbprint "$NEW") jti=$(openssl rand -hex 16)

# Signed by the old key, around a proof that is signed by the new one.
proof=$(signed "$CREDENTIALS" "$NEW" client-key-proof+jwt "$jti" \
  "$(jq -cn --arg jkt "$new" --arg replaces "$old" '{jkt: $jkt, replaces: $replaces}')")
request=$(signed "$CREDENTIALS" "$OLD" client-key-change+jwt "$jti" \
  "$(jq -cn --argjson jwk "$(public_jwk "$NEW")" --arg proof "$proof" --argjson overlap "$OVERLAP_SECONDS" \
    '{jwk: $jwk, proof: $proof, overlap: $overlap}')")
answer=$(printf 'request=%s' "$request" |
  to_hub "$CREDENTIALS" --data-binary @- "$(credential "$CREDENTIALS" hub)/oauth/client-key")

# The old key may have ended, if an earlier run was interrupted; the new one says so.
if ! jq -e '.keys or .error == "invalid_client"' <<< "$answer" > /dev/null; then
  echo "the hub refuses: $answer" >&2
  exit 1
fi
if ! token_by "$CREDENTIALS" "$NEW" > /dev/null; then
  echo 'the hub does not take the new key; the old one stays in its place' >&2
  exit 1
fi
mv "$NEW" "$OLD"
jq -c --arg kid "$new" '{act: "rotate", kid: $kid, keys: (.keys // [])}' <<< "$answer"
