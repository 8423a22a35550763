#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every relative link of the documents leads to a file, and its anchor to a heading; no outside address is asked."""
import os
import re
import sys


def documents():
    yield from ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
    for root, _, names in os.walk("docs"):
        yield from (os.path.join(root, name) for name in sorted(names) if name.endswith(".md"))


def prose(path):
    """The text without code, in which brackets are no links."""
    with open(path, encoding="utf-8") as f:
        text = re.sub(r"^```.*?^```", "", f.read(), flags=re.M | re.S)
    lines = [line for line in text.split("\n") if not line.startswith("    ")]
    return re.sub(r"`[^`\n]*`", lambda m: m.group().replace("[", " "), "\n".join(lines))


def anchors(path):
    """As GitHub makes them of headings."""
    seen, out = {}, set()
    for heading in re.findall(r"^#{1,6} +(.+?) *#*$", prose(path), re.M):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower()
        slug = re.sub(r"[^\w\- ]", "", plain).strip().replace(" ", "-")
        n = seen.get(slug, 0)
        seen[slug] = n + 1
        out.add(f"{slug}-{n}" if n else slug)
    return out


def main():
    failures = 0
    for path in documents():
        for link in re.findall(r"\]\(\s*<?([^)\s>]+)>?[^)]*\)", prose(path)):
            if re.match(r"[a-z]+:", link):
                continue
            name, _, anchor = link.partition("#")
            target = os.path.normpath(os.path.join(os.path.dirname(path), name)) if name else path
            if not os.path.exists(target):
                fault = "is not there"
            elif anchor and target.endswith(".md") and anchor not in anchors(target):
                fault = "has no such heading"
            else:
                continue
            failures += 1
            print(f"{path}: link to {link}: {target} {fault}", file=sys.stderr)
    return failures > 0


if __name__ == "__main__":
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    sys.exit(main())
