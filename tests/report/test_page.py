#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sfreport's page in a real browser: it loads without complaints, clicks seek, filters filter, hostile names stay
text, and it looks as it did, by and large. The arguments: BUILD [DIR], a folder for new pictures of reference.

Needs Debian's packages chromium and chromium-driver; without them it is skipped (status 77)."""
import csv
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import urllib.parse
import zlib

from browser import Browser

HERE = os.path.dirname(os.path.abspath(__file__))
EVIL = "<script>document.title='taken'</script>"
failures = 0


def check(condition, text):
    global failures
    if not condition:
        failures += 1
        print("FAILED:", text, file=sys.stderr)


def near(value, wanted, margin, text):
    check(abs(value - wanted) <= margin, f"{text}: {value}, wanted {wanted}")


def write_inputs(folder):
    """The demo's truth as detections with scores and persons; one action has a hostile name."""
    with open("street.csv", encoding="utf-8") as f:
        truth = list(csv.reader(f))
    rows = [row[:7] + [f"{0.95 - 0.05 * i % 0.6:.2f}", row[7]] for i, row in enumerate(truth)]
    for name, some in (("dets.csv", rows), ("other.csv", rows[:-4])):
        with open(os.path.join(folder, name), "w", encoding="utf-8", newline="") as f:
            csv.writer(f).writerows(some)
    with open("labels.pbtxt", encoding="utf-8") as f:
        text = f.read()
    with open(os.path.join(folder, "labels.pbtxt"), "w", encoding="utf-8") as f:
        f.write(text.replace('"stand"', f'"{EVIL}"'))
    os.mkdir(os.path.join(folder, "run"))
    with open(os.path.join(folder, "run", "log.csv"), "w", encoding="utf-8") as f:
        f.write("epoch,rate,loss,mAP,seconds\n1,0.1,2.5,,3\n2,0.1,1.5,0.25,3\n3,0.01,1.25,0.5,3\n")
    return rows


def write_page(build, folder):
    page = os.path.join(folder, "page.html")
    subprocess.run([os.path.join(build, "sfreport"), "--quiet", os.path.join(folder, "dets.csv"),
                    os.path.join(folder, "other.csv"), os.path.join(folder, "run"), "--gt", "street.csv",
                    "--labels", os.path.join(folder, "labels.pbtxt"), "--video", "street.mp4", "--embed", "-o", page],
                   check=True)
    return "file://" + urllib.parse.quote(page)


def test_loading(b, rows):
    check(b.run("return document.title") == "dets.csv, other.csv", "title: " + b.run("return document.title"))
    check(b.run("return document.scripts.length") <= 3, "a script more than were written")
    check(EVIL in b.run("return document.getElementById('f-label').textContent"), "the hostile name is not shown")
    for section in ("watch", "scores", "errors", "differences", "training"):
        check(b.run(f"return !document.getElementById('{section}').hidden"), f"no section {section}")
    check(b.run("return document.querySelector('.figure b').textContent") == "100.0", "mAP of the truth itself")
    check(b.run("return document.querySelectorAll('#courses .chart').length") == 4, "curves of training")
    times = {row[1] for row in rows}
    check(b.run("return rows.length") == len(times), "keyframes")
    b.wait("canPlay")


def test_seeking(b):
    """Clicks on timeline and table, keys; the video follows."""
    area = b.run("const r = document.getElementById('timeline').getBoundingClientRect();"
                 "const g = Math.min(GUTTER, r.width * 0.36), [from, to] = view();"
                 "return [r.left + g + (5 - from) / (to - from) * (r.width - g), r.top + 60]")
    b.click(*area)
    near(b.run("return state.time"), 5, 0.1, "time after a click on the timeline")
    near(b.run("return player.currentTime"), 5, 0.1, "the video after a click on the timeline")
    place = b.run("const r = document.getElementById('k2').getBoundingClientRect(); return [r.left + 20, r.top + 20]")
    b.click(*place)
    wanted = b.run("return video().times[2]")
    near(b.run("return state.time"), wanted, 1e-6, "time after a click on the table")
    b.run("document.activeElement.blur()")
    b.press("\ue014")  # arrow to the right
    near(b.run("return state.time"), wanted + 1, 1e-6, "time after an arrow key")
    b.press(" ")
    b.wait("player.currentTime > 4.2")
    b.press(" ")
    check(b.run("return player.paused && !state.playing"), "the space bar does not pause")
    near(b.run("return state.time"), b.run("return player.currentTime"), 0.1, "boxes and video apart")
    b.run("seek(5)")
    colour = b.run("const c = document.getElementById('overlay'), p = c.getContext('2d');"
                   "const x = boxesAt(scene(), 5)[0][1], s = c.width / UNIT, t = c.height / UNIT;"
                   "return [...p.getImageData(Math.round(x[2] * s), Math.round((x[1] + x[3]) / 2 * t), 1, 1).data]")
    check(colour[3] > 100, f"no box is drawn where there should be one: {colour}")


def choose(b, name, value):
    b.run(f"const e = document.getElementById('{name}'); e.value = arguments[0];"
          "e.dispatchEvent(new Event('input'))", str(value))


def test_filters(b, rows):
    def wanted(keep):
        return len({row[1] for row in rows if keep(row)})

    def shows(n, text):
        b.wait(f"rows.length === {n}")
        check(b.run("return document.querySelectorAll('.row').length") <= n, text)

    choose(b, "f-label", 12)
    shows(wanted(lambda r: r[6] == "12"), "filter of an action")
    choose(b, "f-label", 0)
    choose(b, "f-min", 0.8)
    shows(wanted(lambda r: float(r[7]) >= 0.8), "filter of scores")
    choose(b, "f-min", 0.05)
    choose(b, "f-person", 3)
    shows(wanted(lambda r: r[8] == "3"), "filter of a person")
    b.run("document.getElementById('f-reset').click()")
    shows(wanted(lambda r: True), "reset")
    choose(b, "f-run", 1)
    b.wait("document.getElementById('kinds').textContent.includes('no box')")
    check(b.run("return document.querySelectorAll('.miss').length") > 0, "no picture of what was missed")
    b.run("document.querySelector('.miss').click()")
    check(b.run("return state.run") == 1, "a missed one leads away from its run")
    choose(b, "f-run", 0)


def read_png(data):
    """Rows of 8-bit RGB or RGBA, as Chromium writes them."""
    at, packed, width, depth = 8, b"", 0, 3
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + size]
        if kind == b"IHDR":
            width, depth = struct.unpack(">I", body[:4])[0], {2: 3, 6: 4}[body[9]]
        elif kind == b"IDAT":
            packed += body
        at += size + 12
    raw, stride, rows = zlib.decompress(packed), width * depth, []
    before = bytearray(stride)
    for at in range(0, len(raw), stride + 1):
        line = bytearray(raw[at + 1:at + 1 + stride])
        for i in range(stride):
            left, up, corner = (line[i - depth] if i >= depth else 0), before[i], (before[i - depth] if i >= depth else 0)
            guess = left + up - corner
            paeth = min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))[2]
            line[i] = (line[i] + (0, left, up, (left + up) // 2, paeth)[raw[at]]) & 255
        before = line
        rows.append([line[i] for i in range(stride) if i % depth < 3])
    return rows


def test_looks(b, new):
    """Pictures of a twentieth of the size, where fonts do not matter."""
    for name, width, height, dark in (("desktop", 1280, 900, False), ("dark", 1280, 900, True), ("phone", 400, 800, False)):
        b.resize(width, height)
        b.dark(dark)
        b.run("scrollTo(0, 0); seek(3)")
        b.wait("!player.seeking")
        b.run("return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        picture = b.small(width, height, 0.05)
        if new:
            with open(os.path.join(new, name + ".png"), "wb") as f:
                f.write(picture)
            continue
        with open(os.path.join(HERE, name + ".png"), "rb") as f:
            old = read_png(f.read())
        rows = read_png(picture)
        check([len(r) for r in rows] == [len(r) for r in old], f"{name}: another size")
        far = sum(abs(x - y) for r, s in zip(rows, old) for x, y in zip(r, s)) / sum(map(len, old))
        check(far < 12, f"{name}: {far:.1f} of 255 away from the picture of reference")
        check(b.run("return document.documentElement.scrollWidth <= innerWidth"), f"{name}: wider than the window")


def main():
    build, new = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
    if not shutil.which("chromedriver") or not shutil.which("chromium"):
        print("skipped: chromium and chromedriver are not installed (packages chromium, chromium-driver)")
        return 77
    folder = tempfile.mkdtemp()
    try:
        rows = write_inputs(folder)
        page = write_page(build, folder)
        b = Browser()
        try:
            b.resize(1280, 900)
            b.open(page)
            b.wait("document.documentElement.dataset.ready")
            test_loading(b, rows)
            test_seeking(b)
            test_filters(b, rows)
            test_looks(b, new)
            complaints = b.log()
            check(not complaints, f"the browser complains: {complaints}")
        finally:
            b.close()
    finally:
        shutil.rmtree(folder)
    return failures > 0


if __name__ == "__main__":
    sys.exit(main())
