#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The structure that docs/architecture.md describes, read from every include and every object file.

usage: check_structure.py [BUILD]

- A folder of src/ includes its own headers and those of the folders that its CMakeLists.txt USES (the
  build sees to that as well); USES has no cycle.
- A public header is included by the folders that define its functions, and by those that use them.
- Each outside library's headers are included in the places listed below.
- Programs and examples see the public headers alone.
- No two headers include each other and, with BUILD, no two sources need each other, by the symbols
  of their objects.
- The library neither prints nor exits, and its messages name no options: the programs word those.
- Programs print through cli.c and cli_help.c.
- No file is longer than MAX_LINES.
"""
import os
import re
import subprocess
import sys

MAX_LINES = 600

LIBRARIES = {  # header: folders and files of src/ that may include it
    r"lib(av|sw)\w+/": ["media", "sound/spectrogram.c"],
    r"stb_": ["media"],
    r"yaml\.h": ["config"],
    r"libxml/": ["annotations/formats"],
    r"cjson/": ["annotations", "base/json.c", "base/json.h", "base/json_fields.c", "base/json_fields.h",
                "boxes", "classify/writers.c", "config/json.c", "dataset", "eval", "inspect/bench_json.c",
                "pipeline/box_writer_coco.c", "pipeline/writers.c", "weights/formats/safetensors.c"],
    r"(openblas/)?(cblas|openblas\w*)\.h": ["kernels", "detect", "train"],
    r"csv\.h|zlib\.h": ["base"],
    r"omp\.h": ["inspect/machine.c"],
}

failures = 0


def fail(text):
    global failures
    failures += 1
    print(text, file=sys.stderr)


def files(*folders, endings=(".c", ".h")):
    for folder in folders:
        for root, _, names in os.walk(folder):
            for name in sorted(names):
                if name.endswith(endings):
                    yield os.path.join(root, name)


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def includes(path):
    return re.findall(r'^\s*#\s*include\s*(["<])([^">]+)[">]', read(path), re.M)


def folder_of(path):
    return path.split("/")[1]


def cycles(edges):
    """The groups of nodes that need each other, of {node: nodes it needs}."""
    def reach(start):
        seen, todo = set(), [start]
        while todo:
            for other in edges.get(todo.pop(), ()):
                if other not in seen:
                    seen.add(other)
                    todo.append(other)
        return seen

    needs = {node: reach(node) for node in edges}
    groups = {frozenset(o for o in needs[n] if n in needs.get(o, ())) for n in edges if n in needs[n]}
    return sorted(sorted(group) for group in groups)


def read_uses():
    uses = {}
    for folder in sorted(os.listdir("src")):
        lists = os.path.join("src", folder, "CMakeLists.txt")
        if os.path.exists(lists):
            found = re.search(r"sfd_component\(\w+(?:\s+USES\s+([\w\s]*?))?\s+SOURCES", read(lists))
            uses[folder] = set((found.group(1) or "").split())
    return uses


def check_includes(uses):
    for path in files("src"):
        folder = folder_of(path)
        inside = path[len("src/"):]
        for kind, name in includes(path):
            if kind == '"':
                if name.split("/")[0] not in uses[folder] | {folder}:
                    fail(f"{path}: includes {name}, but {folder} does not use that folder")
                continue
            for pattern, places in LIBRARIES.items():
                if re.match(pattern, name) and not any(
                        inside == p or inside.startswith(p + "/") for p in places):
                    fail(f"{path}: includes <{name}>, which belongs to {', '.join(places) or 'no file'}")
    for path in files("tools", "examples"):
        for kind, name in includes(path):
            if kind == '"' and not os.path.exists(os.path.join(os.path.dirname(path), name)):
                fail(f"{path}: includes \"{name}\": programs include <sfdet/...> only")


def check_public_includes(uses):
    defines = {}  # folder: functions
    for path in files("src", endings=(".c",)):
        names = re.findall(r"^[a-z_][\w \*]*?\b(sfd_\w+)\(", read(path), re.M)
        defines.setdefault(folder_of(path), set()).update(names)
    for header in files("include"):
        name = header[len("include/"):]
        declared = set(re.findall(r"^SFD_API [^;(]*?\b(sfd_\w+)\(", read(header), re.M))
        owners = {f for f in defines if defines[f] & declared}
        if not declared or "base" in owners:
            continue
        for path in files("src"):
            folder = folder_of(path)
            if ("<", name) in includes(path) and not owners & (uses[folder] | {folder}):
                fail(f"{path}: includes <{name}>, but {folder} uses none of {', '.join(sorted(owners))}")


def check_include_cycles():
    edges = {path[len("src/"):]: {name for kind, name in includes(path) if kind == '"'}
             for path in files("src", endings=(".h",))}
    for group in cycles(edges):
        fail("headers include each other: " + ", ".join(group))


def check_symbol_cycles(build):
    defined, needed, names = {}, {}, {}
    for path in files(os.path.join(build, "src"), endings=(".o",)):
        name = re.sub(r"^.*/src/(\w+)/CMakeFiles/\w+\.dir/", r"\1/", path)[:-len(".c.o")]
        if any(os.path.exists(f"{top}/{name}.c") for top in ("src", os.path.join(build, "src"))):
            names[path] = name  # else left from a file that has another name now
    symbols = subprocess.run(["nm", "-gA", *names], capture_output=True, text=True, check=True)
    for line in symbols.stdout.splitlines():
        path, rest = line.split(":", 1)
        kind, symbol = rest.split()[-2:]
        if kind == "U":
            needed.setdefault(names[path], set()).add(symbol)
        elif symbol.startswith("sfd_"):
            defined[symbol] = names[path]
    edges = {name: {defined[s] for s in symbols if s in defined} - {name}
             for name, symbols in needed.items()}
    for group in cycles(edges):
        fail("files need each other:")
        for name in group:
            used = sorted(s for s in needed[name] if defined.get(s) in group and defined[s] != name)
            fail(f"  {name} needs {', '.join(used)}")


def check_text():
    for path in files("src"):
        for number, line in enumerate(read(path).splitlines(), 1):
            if re.search(r"\b(printf|puts|exit|abort)\(", line):
                fail(f"{path}:{number}: the library neither prints nor exits")
            if re.search(r'"[^"]*--[a-z]', line):
                fail(f"{path}:{number}: a message of the library names an option")
    for path in files("tools", endings=(".c",)):
        for number, line in enumerate(read(path).splitlines(), 1):
            if path not in ("tools/cli.c", "tools/cli_help.c") and re.search(r"\b(f?printf|puts|fputs|putchar|fputc|putc|perror)\(", line):
                fail(f"{path}:{number}: prints past cli_print, cli_note and cli_warn, which clean what "
                     "comes from files")
    for path in files("src", "include", "tools", "examples", "tests"):
        n_lines = read(path).count("\n")
        if n_lines > MAX_LINES:
            fail(f"{path}: {n_lines} lines, {MAX_LINES} are the most")


def main():
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    uses = read_uses()
    for group in cycles(uses):
        fail("folders use each other: " + ", ".join(group))
    check_includes(uses)
    check_public_includes(uses)
    check_include_cycles()
    check_text()
    if len(sys.argv) > 1:
        check_symbol_cycles(sys.argv[1])
    return failures > 0


sys.exit(main())
