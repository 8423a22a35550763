# SPDX-License-Identifier: Apache-2.0
# tables.csv of make_tables.sh -> tables.md and paper_2?.svg (bars of mAP) in `work`.
function close_plot() {
    if (plot != "") {
        print "</svg>" > plot
        close(plot)
    }
}

function open_plot(table,    height) {
    plot = work "/paper_" table ".svg"
    height = 40 + 26 * n_rows[table]
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"640\" height=\"%d\" viewBox=\"0 0 640 %d\"", height, height > plot
    print " font-family=\"DejaVu Sans, sans-serif\" font-size=\"13\" fill=\"#1a202c\">" > plot
    printf "<title>Table %s in small: mAP on the synthetic world</title>\n", table > plot
    print "<text x=\"8\" y=\"22\">mAP; lines: lowest and highest of three seeds</text>" > plot
    y = 36
}

# Text within quotes may hold commas.
function split_row(    i, rest) {
    rest = $0
    n = 0
    while (rest != "") {
        if (match(rest, /^"[^"]*"/)) {
            field[++n] = substr(rest, 2, RLENGTH - 2)
            rest = substr(rest, RLENGTH + 2)
        } else {
            i = index(rest ",", ",")
            field[++n] = substr(rest, 1, i - 1)
            rest = substr(rest, i + 1)
        }
    }
    while (n < 10)
        field[++n] = ""
}

function bar(row, seeds, map, low, high,    x) {
    x = 230 + map * 3.4
    printf "<text x=\"222\" y=\"%d\" text-anchor=\"end\">%s</text>\n", y + 14, row > plot
    printf "<rect x=\"230\" y=\"%d\" width=\"%.1f\" height=\"18\" fill=\"#2b6cb0\"/>\n", y, map * 3.4 > plot
    if (seeds > 1) {
        x = 230 + high * 3.4
        printf "<path d=\"M%.1f %dH%.1f\" stroke=\"#1a202c\"/>\n", 230 + low * 3.4, y + 9, x > plot
    }
    printf "<text x=\"%.1f\" y=\"%d\">%.1f</text>\n", x + 8, y + 14, map > plot
    y += 26
}

BEGIN { md = work "/tables.md" }
FNR == 1 { next }
{ split_row(); lines[++n_lines] = $0; n_rows[field[1]]++ }
END {
    printf "" > md
    for (k = 1; k <= n_lines; k++) {
        $0 = lines[k]
        split_row()
        if (field[1] != table) {
            close_plot()
            table = field[1]
            open_plot(table)
            printf "\n### Table %s\n\n| row | mAP here | seeds | lowest to highest | parameters, K | GFLOPs | paper: top-1 | GFLOPs |\n", table > md
            print "|---|---:|---:|---:|---:|---:|---:|---:|" > md
        }
        printf "| %s | %s | %s | %s | %s | %s | %s | %s |\n", field[2], field[4], field[3],
            (field[3] > 1 ? field[5] " to " field[6] : ""), field[7], field[8], field[9], field[10] > md
        bar(field[2], field[3], field[4], field[5], field[6])
    }
    close_plot()
    print "" > md
}
