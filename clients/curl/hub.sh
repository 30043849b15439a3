# One client system in front of a hub, with curl, openssl and jq: gets access tokens with its key, asks,
# follows events. To be sourced by bash. Tokens, numbers and names go through pipes, because every user of
# a machine sees the arguments of its programs.

OPERATIONS=${OPERATIONS:-$(dirname "${BASH_SOURCE[0]}")/../operations}
ASSERTION_TYPE=urn:ietf:params:oauth:client-assertion-type:jwt-bearer
ASSERTION_LASTS_SECONDS=60

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

bytes_of_hex() { printf '%b' "$(sed 's/../\\x&/g')"; }

# A member of a credentials file, and the key that it names.
credential() { jq -er --arg name "$2" '.[$name]' "$1"; }
key_of() { printf '%s/%s' "$(dirname "$1")" "$(credential "$1" key)"; }

# What curl needs of TLS beside what it knows anyway: the client's certificate, and who certifies the hub's.
tls_of() {
  local place option
  place=$(dirname "$1")
  for option in certificate:--cert certificate_key:--key authorities:--cacert; do
    jq -r --arg name "${option%%:*}" --arg option "${option#*:}" --arg place "$place" \
      '.[$name] // empty | $option, "\($place)/\(.)"' "$1"
  done
}

# curl to the hub of a credentials file. The arguments after it are curl's own.
to_hub() {
  local tls
  mapfile -t tls < <(tls_of "$1")
  curl --silent --show-error "${tls[@]}" "${@:2}"
}

# The public half, with the members of RFC 7638 in their order.
public_jwk() {
  local point x y
  point=$(openssl pkey -in "$1" -pubout -outform DER | tail -c 64 | openssl base64 -A)
  x=$(openssl base64 -d -A <<< "$point" | head -c 32 | base64url)
  y=$(openssl base64 -d -A <<< "$point" | tail -c 32 | base64url)
  printf '{"crv":"P-256","kty":"EC","x":"%s","y":"%s"}' "$x" "$y"
}

# RFC 7638: under this id the hub finds every key that it registered.
thumbprint() { public_jwk "$1" | openssl dgst -sha256 -binary | base64url; }

# openssl writes r and s as two integers in DER; a JWS has them as 32 bytes each.
es256() {
  openssl dgst -sha256 -sign "$1" | openssl asn1parse -inform DER | sed -n 's/.*INTEGER *://p' |
    while read -r integer; do printf '%64s' "$integer" | tr ' ' 0; done | bytes_of_hex | base64url
}

# signed CREDENTIALS KEY TYP JTI CLAIMS: what the key says to the hub, within a minute.
signed() {
  local now header claims
  now=$(date +%s)
  header=$(jq -cn --arg kid "$(thumbprint "$2")" --arg typ "$3" '{alg: "ES256", kid: $kid, typ: $typ}')
  claims=$(jq -c --arg jti "$4" --argjson now "$now" --argjson lasts $ASSERTION_LASTS_SECONDS --argjson more "$5" \
    '{iss: .client_id, sub: .client_id, aud: .audience, iat: $now, exp: ($now + $lasts), jti: $jti} + $more' "$1")
  header=$(printf '%s' "$header" | base64url) claims=$(printf '%s' "$claims" | base64url)
  printf '%s.%s.%s' "$header" "$claims" "$(printf '%s.%s' "$header" "$claims" | es256 "$2")"
}

# token_by CREDENTIALS KEY: a new access token; it is good for minutes. RFC 7523: an assertion is good for one.
token_by() {
  printf 'grant_type=client_credentials&client_assertion_type=%s&client_assertion=%s' "$ASSERTION_TYPE" \
    "$(signed "$1" "$2" client-authentication+jwt "$(openssl rand -hex 16)" '{}')" |
    to_hub "$1" --fail-with-body --data-binary @- "$(credential "$1" hub)/oauth/token" |
    jq -er .access_token
}

token() { token_by "$1" "$(key_of "$1")"; }

# The header that shows the token, as a file that only curl reads.
authorization() { printf 'Authorization: Bearer %s\n' "$1"; }

# The whole document of an operation: its file, and the fragment that it shares with others.
document() {
  cat "$OPERATIONS/$1.graphql"
  if grep -q '\.\.\.Shown' "$OPERATIONS/$1.graphql"; then cat "$OPERATIONS/recognition.graphql"; fi
}

# A hub knows each document by its SHA-256. One that lacks it says so once, which is noted here: a part of a
# pipe has no other way to tell the next one.
NOTED=$(mktemp -d)
trap 'rm -rf "$NOTED"' EXIT

# The body of a request: an operation by its name, and the variables from standard input.
body() {
  if [[ -e $NOTED/lacks_documents ]]; then
    jq -c --rawfile query <(document "$1") '{query: $query, variables: .}'
  else
    jq -c --arg id "sha256:$(document "$1" | openssl dgst -sha256 -r | cut -d' ' -f1)" '{documentId: $id, variables: .}'
  fi
}

send() {
  body "$3" | to_hub "$1" --header @<(authorization "$2") \
    --header 'Content-Type: application/json' --header 'Accept: application/graphql-response+json' \
    --data-binary @- "$(credential "$1" hub)/graphql"
}

# A hub of before says that a request without a text is malformed.
LACKING='[.errors[]?.extensions.code] | any(. == "PERSISTED_DOCUMENT_NOT_FOUND" or . == "MALFORMED_REQUEST")'

# ask CREDENTIALS TOKEN OPERATION < variables: the data of the answer.
ask() {
  local variables answer
  variables=$(cat)
  answer=$(send "$@" <<< "$variables")
  if [[ ! -e $NOTED/lacks_documents ]] && jq -e "$LACKING" <<< "$answer" > /dev/null; then
    touch "$NOTED/lacks_documents"
    answer=$(send "$@" <<< "$variables")
  fi
  jq -ec 'if .errors then (.errors | map(.extensions | "\(.code) \(.zh)") | join("; ")) | error else .data end' <<< "$answer"
}

# follow CREDENTIALS TOKEN OPERATION VARIABLES: the data of each event, one a line, until it is killed. Ask
# something before: that shows whether this hub lacks the documents.
follow() {
  local tls
  mapfile -t tls < <(tls_of "$1")
  exec curl --silent --show-error "${tls[@]}" --no-buffer --header @<(authorization "$2") \
    --header 'Content-Type: application/json' --header 'Accept: text/event-stream' \
    --data-binary @<(body "$3" <<< "$4") "$(credential "$1" hub)/graphql"
}

# schema CREDENTIALS TOKEN: the SDL that this hub serves.
schema() {
  to_hub "$1" --fail-with-body --header @<(authorization "$2") "$(credential "$1" hub)/schema.graphql"
}
