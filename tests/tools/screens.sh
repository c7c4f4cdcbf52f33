#!/usr/bin/env bash
# Makes the pictures of docs/screens from those that the browser tests left in tests/browser/screens: each screen on
# a desktop, those that people meet on a phone too, and a few in the dark; fewer colours, so that they stay small.
set -euo pipefail
cd "$(dirname "$0")/../.."

from=tests/browser/screens to=docs/screens
command -v pngquant >/dev/null || { echo "screens.sh: pngquant is missing; install the package pngquant" >&2; exit 1; }
[ -e "$from/login-desktop.png" ] || { echo "screens.sh: no pictures in $from; run make test first" >&2; exit 1; }

small() { pngquant --force --skip-if-larger --speed 1 --output "$2" 32 "$1" || cp "$1" "$2"; }

mkdir -p "$to"
find "$to" -name '*.png' ! -name failed-sign-in.png ! -name overview.png ! -name login.png -delete
for picture in "$from"/*-desktop.png; do
  small "$picture" "$to/$(basename "$picture")"
done
for name in login consent error login-again portal-applications portal-security first-run-administrator; do
  for kind in phone dark; do small "$from/$name-$kind.png" "$to/$name-$kind.png"; done
done
for name in console-overview console-flow console-application-claims; do
  small "$from/$name-dark.png" "$to/$name-dark.png"
done
echo "$(find "$to" -name '*.png' | wc -l) pictures, $(du -sh "$to" | cut -f1)"
