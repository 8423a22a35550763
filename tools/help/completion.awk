# SPDX-License-Identifier: Apache-2.0
# Completion of one program for -v shell=bash, zsh or fish from its --help, and those of its commands:
#     @ PROGRAM [COMMAND]
#     ...what --help prints...

$1 == "@" {
    program = $2
    section = NF > 2 ? $3 : ""
    sections[++n_sections] = section
    option = 0
    next
}

# "  -w, --weights FILE      trained weights, or ...", or without a letter
/^  (-[a-zA-Z], )?--[a-z]/ {
    option = ++n_options
    of[option] = n_sections
    line = substr($0, 3)
    letter[option] = ""
    if (line ~ /^-[a-zA-Z], /) {
        letter[option] = substr(line, 2, 1)
        line = substr(line, 5)
    }
    help[option] = ""
    if (match(line, /  +/)) {
        help[option] = substr(line, RSTART + RLENGTH)
        line = substr(line, 1, RSTART - 1)
    }
    n = index(line, " ")
    long[option] = n ? substr(line, 1, n - 1) : line
    argument[option] = n ? substr(line, n + 1) : ""
    next
}

# a choice of the option above
option && /^                            [a-z0-9]/ {
    choices[option] = choices[option] (choices[option] == "" ? "" : " ") $1
    next
}

# a help text that begins on the line below its option
option && /^                          [^ ]/ {
    if (help[option] == "")
        help[option] = substr($0, 27)
    next
}

{ option = 0 }

function is_file(o) { return argument[o] ~ /FILE|DIR|FOLDER|WEIGHTS|CLIP|SOURCE|CONFIG/ }

# The help's first phrase, without what shells take for their own.
function phrase(o,    text) {
    text = help[o]
    sub(/[.;:(].*/, "", text)
    gsub(/['"\[\]`$\\]/, "", text)
    sub(/[ ,]+$/, "", text)
    return text
}

function names(o) { return (letter[o] == "" ? "" : "-" letter[o] " ") long[o] }

function bash_cases(s,    o, pattern) {
    for (o = 1; o <= n_options; o++) {
        if (of[o] != s || argument[o] == "")
            continue
        pattern = names(o)
        sub(/ /, " | ", pattern)
        if (choices[o] != "")
            printf "        %s) COMPREPLY=($(compgen -W \"%s\" -- \"$cur\")) && return ;;\n", pattern, choices[o]
        else if (is_file(o))
            printf "        %s) COMPREPLY=($(compgen -f -- \"$cur\")) && return ;;\n", pattern
        else
            printf "        %s) return ;;\n", pattern
    }
}

function option_list(s,    o, list) {
    for (o = 1; o <= n_options; o++)
        if (of[o] == s)
            list = list (list == "" ? "" : " ") names(o)
    return list
}

function bash(    s) {
    printf "# completion of %s for bash, made from its --help\n", program
    printf "_%s() {\n    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n", program
    if (n_sections > 1) {
        printf "    if [[ $COMP_CWORD -eq 1 ]]; then\n"
        printf "        COMPREPLY=($(compgen -W \"%s --help --version\" -- \"$cur\"))\n        return\n    fi\n", commands()
    }
    printf "    case ${COMP_WORDS[1]} in\n"
    for (s = n_sections; s >= 1; s--) {
        printf "    %s)\n        case $prev in\n", sections[s] == "" ? "*" : sections[s]
        bash_cases(s)
        printf "        esac\n        local options=\"%s\" ;;\n", option_list(s)
    }
    printf "    esac\n    if [[ $cur == -* ]]; then\n"
    printf "        COMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))\n    else\n"
    printf "        COMPREPLY=($(compgen -f -- \"$cur\"))\n    fi\n}\n"
    printf "complete -o filenames -F _%s %s\n", program, program
}

function commands(    s, list) {
    for (s = 1; s <= n_sections; s++)
        if (sections[s] != "")
            list = list (list == "" ? "" : " ") sections[s]
    return list
}

function zsh_arguments(s, indent,    o, action, spec) {
    printf "%s_arguments -s", indent
    for (o = 1; o <= n_options; o++) {
        if (of[o] != s)
            continue
        action = choices[o] != "" ? "(" choices[o] ")" : is_file(o) ? "_files" : " "
        spec = "[" phrase(o) "]" (argument[o] == "" ? "" : ":" tolower(argument[o]) ":" action)
        if (letter[o] != "")
            printf " \\\n%s    '-%s%s'", indent, letter[o], spec
        printf " \\\n%s    '%s%s'", indent, long[o], spec
    }
    printf " \\\n%s    '*:file:_files'\n", indent
}

function zsh(    s) {
    printf "#compdef %s\n# completion of %s for zsh, made from its --help\n", program, program
    if (n_sections == 1) {
        zsh_arguments(1, "")
        return
    }
    printf "if (( CURRENT == 2 )); then\n    compadd %s --help --version\n    return\nfi\n", commands()
    printf "local command=$words[2]\nshift words\n(( CURRENT-- ))\ncase $command in\n"
    for (s = 2; s <= n_sections; s++) {
        printf "%s)\n", sections[s]
        zsh_arguments(s, "    ")
        printf "    ;;\n"
    }
    printf "esac\n"
}

function fish(    o, condition) {
    printf "# completion of %s for fish, made from its --help\n", program
    if (n_sections > 1)
        printf "complete -c %s -n __fish_use_subcommand -f -a '%s'\n", program, commands()
    for (o = 1; o <= n_options; o++) {
        condition = sections[of[o]]
        printf "complete -c %s", program
        if (condition != "")
            printf " -n '__fish_seen_subcommand_from %s'", condition
        if (letter[o] != "")
            printf " -s %s", letter[o]
        printf " -l %s", substr(long[o], 3)
        if (choices[o] != "")
            printf " -x -a '%s'", choices[o]
        else if (argument[o] != "")
            printf " %s", is_file(o) ? "-r" : "-x"
        printf " -d '%s'\n", phrase(o)
    }
}

END {
    if (shell == "bash")
        bash()
    else if (shell == "zsh")
        zsh()
    else
        fish()
}
