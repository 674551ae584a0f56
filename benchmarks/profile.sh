#!/bin/sh
# Where the time of works goes, in percent of the processor time of all threads: benchmarks/profile.sh [WORK ...]
# Samples the program with perf (Linux; Debian: apt install linux-perf) and groups the methods it was in. Prints rows of a table in Markdown,
# and the methods themselves with DETAILS=1. Threads that sleep take no processor time, so "waiting" is what spinning costs.
set -eu
cd "$(dirname "$0")/.."
program=benchmarks/bin/Release/net10.0/Engram.Benchmarks.dll
[ -f "$program" ] || dotnet build -c Release benchmarks
[ $# -gt 0 ] || set -- W1 W2 W3 W4 W5a W5b W5c W6
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
echo '| work | product | gates | packing | waiting | other |'
echo '|---|---|---|---|---|---|'
for work; do
    # Preparing and compiling takes up to three seconds, which are left out of seven.
    DOTNET_PerfMapEnabled=3 DOTNET_EnableWriteXorExecute=0 \
        perf record -q -F 997 -D 3000 -o "$folder/data" dotnet "$program" repeat "$work" --seconds 7 2> "$folder/errors" || { cat "$folder/errors" >&2; exit 1; }
    perf report -i "$folder/data" --stdio --no-children -F overhead,sym 2> /dev/null | grep '%' > "$folder/methods"
    [ -z "${DETAILS:-}" ] || head -25 "$folder/methods" | cut -c -160
    awk -v work="$work" '
        { percent = $1; sub(/%/, "", percent) }
        /Limit|RandomKey/                                        { next }
        /Workers|Patience|SpinWait|Yield|Monitor|WaitFor|futex|yield|sched|task_switch|syscall|spin_unlock|clock_gettime|Timestamp/ { sum["waiting"] += percent; next }
        /Pack|PanelCopy/                                         { sum["packing"] += percent; next }
        /Activate|Gates|GateFunction|VectorMath|Cells\./         { sum["gates"] += percent; next }
        /Tile|Gemm|Product|ColumnBlocks|Dot[0-9]|Matrix|StorePartial/ { sum["product"] += percent; next }
        { sum["other"] += percent }
        END {
            for (group in sum) { total += sum[group] }
            printf "| %s |", work
            count = split("product gates packing waiting other", groups, " ")
            for (i = 1; i <= count; i++) { printf " %.0f %% |", 100 * sum[groups[i]] / total }
            print ""
        }' "$folder/methods"
done
