# SPDX-License-Identifier: Apache-2.0
# names.txt (id|name) and ap.csv (network,seed,class,AP) of make_sound.sh -> a table of mean AP over seeds, in %, and of
# the means over the classes in `heard` (" 41 67 ... ") and over the others, with each seed's difference.
FNR == NR {
    split($0, part, "|")
    id[++n_ids] = part[1]
    name[part[1]] = part[2]
    next
}
FNR > 1 {
    split($0, part, ",")
    if (!(part[2] in seed_seen)) {
        seed_seen[part[2]] = 1
        seed[++n_seeds] = part[2]
    }
    ap[part[1], part[2], part[3]] = 100 * part[4]
}

# Of a network over seeds and the classes of group g ("heard", "others", or one id).
function mean(network, g, only,    s, k, sum, n) {
    for (s = 1; s <= n_seeds; s++)
        for (k = 1; k <= n_ids; k++)
            if ((only == "" || seed[s] == only) && in_group(id[k], g)) {
                sum += ap[network, seed[s], id[k]]
                n++
            }
    return n ? sum / n : 0
}

function in_group(class, g) {
    if (g == "heard" || g == "others")
        return (index(heard, " " class " ") > 0) == (g == "heard")
    return class == g
}

function row(title, g,    a, b, s, each) {
    a = mean("slowfast", g)
    b = mean("avslowfast", g)
    for (s = 1; s <= n_seeds; s++)
        each = each (s > 1 ? ", " : "") sprintf("%+.1f", mean("avslowfast", g, seed[s]) - mean("slowfast", g, seed[s]))
    printf "| %s | %.1f | %.1f | %+.1f | %s |\n", title, a, b, b - a, each
}

END {
    print "| class | SlowFast | audiovisual | difference | of each seed |"
    print "|---|---:|---:|---:|---|"
    for (k = 1; k <= n_ids; k++)
        if (in_group(id[k], "heard"))
            row(id[k] " " name[id[k]] " (heard)", id[k])
    for (k = 1; k <= n_ids; k++)
        if (in_group(id[k], "others"))
            row(id[k] " " name[id[k]], id[k])
    row("**mean of those that ears tell apart**", "heard")
    row("**mean of the others**", "others")
}
