#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Reports as their readers meet them: the drawings in a renderer of SVG, the page in a real browser, by
# day and by night, with no network.

. "$(dirname "$0")/support/e2e.sh"

FIXTURES=$TOP/tests/fixtures
cd "$E2E_DIR" || exit 1

# browse OUTPUT-ARGUMENT... FILE: headless chromium on a file, with every host name unknown to it.
browse() {
	timeout -k 5 300 chromium --headless --no-sandbox --disable-gpu --hide-scrollbars \
		--user-data-dir="$E2E_DIR/browser" --host-resolver-rules='MAP * ~NOTFOUND' "$@" \
		2>>"$E2E_DIR/browser.err"
}

# first_pixel FILE.png: "r g b" of the upper left corner (8 bits a channel).
first_pixel() {
	python3 - "$1" <<'PYTHON'
import struct, sys, zlib
data, at, packed = open(sys.argv[1], "rb").read(), 8, b""
while at < len(data):
    length, kind = struct.unpack(">I4s", data[at:at + 8])
    if kind == b"IDAT":
        packed += data[at + 8:at + 8 + length]
    at += 12 + length
# the filter of the first row does not change its first pixel
print(*zlib.decompress(packed)[1:4])
PYTHON
}

# ---- the real files of a burst run ---------------------------------------------------------------
check "CSV files of Locust make a report" "$THRONG" report --from-csv "$FIXTURES/locust/burst" \
	"$TOP/scenarios/burst.json" --report burst.md --html burst.html
like "the verdict is FAIL" "$(cat burst.md)" '^## 1\. .* ✗ FAIL$'
like "the report says where it turned" "$(cat burst.md)" 'between 300 and 400 users'
like "the report names the failures" "$(cat burst.md)" "10,468 .*Burst create failed: 500"
status_is "an earlier report is kept" 2 "$THRONG" report "$FIXTURES/locust/burst" --report burst.md
check "unless --overwrite" "$THRONG" report "$FIXTURES/locust/burst" --report burst.md --overwrite
check "without a file the Markdown is printed" \
	cmp -s <("$THRONG" report "$FIXTURES/locust/burst" | grep -c '^|') <(grep -c '^|' burst.md)
status_is "files that are not there are named" 2 "$THRONG" report no/such/run
like "with their path" "$("$THRONG" report no/such/run 2>&1)" 'no/such/run_stats.csv: No such file'

# ---- a result with everything in it ----------------------------------------------------------------
check "a --json file makes a report" "$THRONG" report "$FIXTURES/results/deployments.json" \
	--report full.md --html full.html
for svg in burst-1-*.svg full-1-*.svg; do
	check "$svg is well-formed" python3 -c 'import sys, xml.dom.minidom as d; d.parse(sys.argv[1])' "$svg"
	if command -v rsvg-convert >/dev/null; then
		check "$svg is drawn" rsvg-convert "$svg" -o "${svg%.svg}.png"
		is "$svg has white paper" "$(first_pixel "${svg%.svg}.png")" "255 255 255"
	else
		skip "$svg is drawn" "rsvg-convert is not installed"
	fi
done

# ---- several scenarios of one command ---------------------------------------------------------------
start_target
status_is "two scenarios run, too short for their criteria" 1 run_throng --headless --only-summary -u 10 -r 50 \
	-t 2s --no-docker --no-postgres --json 'res/{scenario}.json' --report res/all.md --html res/all.html \
	"$(scenario deployments)" "$(scenario connectors)"
like "one report holds both" "$(grep '^## ' res/all.md | tr '\n' ' ')" '^## 1\. Concurrent.* ## 2\. Connector'
is "each with its drawing" "$(find res -name 'all-*.svg' | wc -l)" 2
is "and so does the page" "$(grep -c '<svg class="tc"' res/all.html)" 2
"$THRONG" report res/deployments.json res/connectors.json --report again/all.md
check "made again from the JSON files it is the same" cmp res/all.md again/all.md

if ! command -v chromium >/dev/null; then
	skip "the page in a browser" "chromium is not installed"
	finish
fi
browse --dump-dom "file://$E2E_DIR/full.html" >dom.html
like "the browser reads the page" "$(cat dom.html)" '<h2>1\. Concurrent deployments — <span class="bad">✗ FAIL'
is "with its drawing" "$(grep -c '<svg class="tc"' dom.html)" 1
is "with every table" "$(grep -o '<table>' dom.html | wc -l)" "$(grep -o '<table>' full.html | wc -l)"
unlike "and what strangers sent is text" "$(cat dom.html)" '<script'
browse --window-size=1100,1400 --screenshot="$E2E_DIR/day.png" "file://$E2E_DIR/full.html" >/dev/null
browse --window-size=1100,1400 --blink-settings=preferredColorScheme=0 \
	--screenshot="$E2E_DIR/night.png" "file://$E2E_DIR/full.html" >/dev/null
is "by day the page is white" "$(first_pixel day.png)" "255 255 255"
is "by night it is dark" "$(first_pixel night.png)" "13 17 23"
check "there is something on it" [ "$(stat -c %s day.png)" -gt 40000 ]
finish
