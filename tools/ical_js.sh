#!/bin/sh
# Fetch the JavaScript library ical.js, by which tests read calendars, and print its folder.
#
#   ICAL_JS=$(sh tools/ical_js.sh) make test
#
# Needs npm. Version and checksum are pinned; the folder lies outside of the tree and is kept.
set -eu
version=2.2.1
sha512=yK/UlPbEs316igb/tjRgbFA8ZV75rCsBJp/hWOatpyaPNlgw0dGDmU+FoicOcwX4xXkeXOkYiOmCqNPFpNPkQg==
folder="${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/community/ical.js-$version"

if ! [ -f "$folder/package/package.json" ]; then
    new="$folder.$$"
    mkdir -p "$new"
    trap 'rm -rf "$new"' EXIT
    (cd "$new" && npm pack --silent "ical.js@$version" >/dev/null)
    is=$(openssl dgst -sha512 -binary "$new/ical.js-$version.tgz" | openssl base64 -A)
    if [ "$is" != "$sha512" ]; then
        printf '%s\n' "ical.js $version is not what it was: its SHA-512 is $is" >&2
        exit 1
    fi
    tar -xzf "$new/ical.js-$version.tgz" -C "$new"
    rm -rf "$folder"
    mv "$new" "$folder"
fi
printf '%s\n' "$folder/package"
