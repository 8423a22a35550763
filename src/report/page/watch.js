// SPDX-License-Identifier: Apache-2.0
// The page of sfreport: videos, timeline, keyframes. All text from data becomes text nodes, never markup.
"use strict";
const D = JSON.parse(document.getElementById("data").textContent);
const $ = id => document.getElementById(id);
const UNIT = 10000, MILLE = 1000, ROW = 84, LANE = 17, HEAD = 22, AXIS = 22, GUTTER = 170;
const HOLD = 0.5, MOVE = 2; // seconds: a box stays around its keyframe, moves between two
const SHOWN = 0.5; // a label counts as told from this score on
const RUN_COLOURS = ["--a", "--b", "--c", "--d", "--e", "--f", "--g", "--h"];

// ---- small helpers

function el(tag, properties = {}, ...children) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) e.addEventListener(name.slice(2), value);
    else if (name in e) e[name] = value;
    else e.setAttribute(name, value);
  }
  e.append(...children.filter(c => c !== null && c !== undefined));
  return e;
}
function svg(tag, attributes = {}, ...children) {
  const e = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, value);
  e.append(...children);
  return e;
}
function bar(colour, share) {
  const i = el("i");
  i.style.background = colour;
  i.style.width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  return i;
}
const clamp = (v, low, high) => Math.max(low, Math.min(high, v));
const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const runColour = i => `var(${RUN_COLOURS[i % RUN_COLOURS.length]})`;
const labelName = id => D.labels[id] || `action ${id}`;
const brief = D.labels.map(name => name && name.replace(/ \(.*\)/, "")); // "talk to (e.g., self)": "talk to"
const shortLabel = id => brief[id] && brief.indexOf(brief[id]) === brief.lastIndexOf(brief[id]) ? brief[id] : labelName(id);
const percent = v => v === null ? "–" : (v * 100).toFixed(1);
const plural = (n, word) => `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;
const signed = v => (v > 0 ? "+" : "") + (v * 100).toFixed(1);
function shortNames(names) { // as many folders as it takes to tell them apart
  for (let n = 1; n < 9; n++) {
    const short = names.map(name => name.split("/").slice(-n).join("/"));
    if (new Set(short).size === names.length) return short;
  }
  return names;
}
const RUNS = shortNames(D.runs);
function clockText(s) {
  const m = Math.floor(Math.abs(s) / 60), rest = (Math.abs(s) - m * 60).toFixed(1).padStart(4, "0");
  return `${s < 0 ? "-" : ""}${m}:${rest}`;
}
function mix(a, b, t) { // of two colours #rrggbb
  const part = (c, i) => parseInt(c.slice(1 + 2 * i, 3 + 2 * i), 16);
  return `rgb(${[0, 1, 2].map(i => Math.round(part(a, i) + (part(b, i) - part(a, i)) * t)).join(",")})`;
}
const personColour = (p, dark) => `hsl(${(p * 137.5 + 205) % 360} ${dark ? 78 : 66}% ${dark ? 66 : 46}%)`;
const isDark = matchMedia("(prefers-color-scheme: dark)");
function overlap(a, b) { // IoU of boxes whose corners begin at index 2
  const w = Math.min(a[4], b[4]) - Math.max(a[2], b[2]), h = Math.min(a[5], b[5]) - Math.max(a[3], b[3]);
  const area = c => (c[4] - c[2]) * (c[5] - c[3]);
  return w > 0 && h > 0 ? w * h / (area(a) + area(b) - w * h) : 0;
}

// ---- data: boxes are [keyframe, person, x1, y1, x2, y2, [label, score, label, score ...]]

const state = {video: 0, run: 0, label: 0, person: -1, min: D.minScore, time: 0, playing: false};
const cache = new Map();
function sceneOf(video, run) { // run -1: the truth
  const key = `${video}/${run}`;
  if (!cache.has(key)) {
    const v = D.videos[video], people = run < 0 ? v.truth : v.runs[run];
    const s = {people, frames: v.times.map(() => []), tracks: []};
    for (let p = 0; people && p < people.persons; p++) s.tracks.push([]);
    for (const b of people ? people.boxes : []) {
      s.frames[b[0]].push(b);
      s.tracks[b[1]].push(b);
    }
    for (const boxes of s.frames) boxes.sort((a, b) => a[1] - b[1]);
    cache.set(key, s);
  }
  return cache.get(key);
}
const video = () => D.videos[state.video];
const scene = () => sceneOf(state.video, state.run);
const truthScene = () => sceneOf(state.video, -1);
function personName(s, p) {
  const ids = s.people.ids;
  return p < ids.length ? `person ${ids[p]}` : `person ${ids.length ? "?" : ""}${p - ids.length + 1}`;
}
function labelsOf(b) { // [label, score 0..1] that the filters leave
  const out = [];
  for (let i = 0; i < b[6].length; i += 2)
    if (b[6][i + 1] >= state.min * MILLE - 0.5 && (!state.label || b[6][i] === state.label))
      out.push([b[6][i], b[6][i + 1] / MILLE]);
  return out;
}
function isShown(b) {
  if (state.person >= 0 && b[1] !== state.person) return false;
  if (!state.label && state.min <= D.minScore) return true;
  for (let i = 0; i < b[6].length; i += 2)
    if (b[6][i + 1] >= state.min * MILLE - 0.5 && (!state.label || b[6][i] === state.label)) return true;
  return false;
}

// ---- clock: the video's where it plays, else our own

const player = $("video");
let canPlay = false, lastTick = 0;
function loadVideo() {
  const v = video();
  canPlay = false;
  $("no-video").hidden = true;
  player.removeAttribute("src");
  const data = $(`video-${state.video}`);
  if (data) {
    v.url ||= URL.createObjectURL(new Blob([Uint8Array.from(atob(data.textContent), c => c.charCodeAt(0))]));
    player.src = v.url;
  } else if (v.link) player.src = v.link;
  else player.load();
  const size = v.size || [16, 9];
  $("stage").style.aspectRatio = `${size[0]} / ${size[1]}`;
  $("stage").style.maxWidth = `calc(62vh * ${size[0] / size[1]})`;
  state.time = v.times.length ? v.times[0] : D.offset;
}
player.addEventListener("loadeddata", () => { canPlay = true; seek(state.time); });
player.addEventListener("error", () => {
  canPlay = false;
  if (!player.getAttribute("src")) return;
  $("no-video").textContent = "The browser cannot play this video; its keyframes are shown. sfrender --render makes one that it can.";
  $("no-video").hidden = false;
});
player.addEventListener("ended", () => play(false));
function lastTime() {
  const t = video().times;
  return canPlay ? D.offset + player.duration : (t.length ? t[t.length - 1] : D.offset) + HOLD;
}
function firstTime() {
  const t = video().times;
  return canPlay ? D.offset : t.length ? t[0] : D.offset;
}
function seek(t) {
  state.time = clamp(t, firstTime(), Math.max(firstTime(), lastTime()));
  if (canPlay) player.currentTime = Math.max(0, state.time - D.offset) + 1e-3; // within the frame
  tick();
}
function play(on) {
  state.playing = on;
  lastTick = performance.now();
  if (canPlay) on ? player.play().catch(() => play(false)) : player.pause();
  $("play").textContent = on ? "❚❚" : "▶";
  $("play").setAttribute("aria-label", on ? "Pause" : "Play");
  if (on) requestAnimationFrame(run);
}
function run(now) {
  if (!state.playing) return;
  if (canPlay) state.time = player.currentTime + D.offset;
  else state.time += (now - lastTick) / 1000 * Number($("speed").value);
  lastTick = now;
  if (!canPlay && state.time >= lastTime()) return play(false);
  tick();
  requestAnimationFrame(run);
}
function nearestKeyframe(t) {
  const times = video().times;
  let low = 0, high = times.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < t) low = middle + 1; else high = middle;
  }
  return low > 0 && t - times[low - 1] <= times[low] - t ? low - 1 : low;
}
function step(by) {
  const times = video().times, k = nearestKeyframe(state.time);
  if (!times.length) return;
  play(false);
  seek(times[clamp(k + by, 0, times.length - 1)]);
}
function tick() {
  const k = nearestKeyframe(state.time);
  $("clock").value = `${clockText(state.time - D.offset)}${D.offset ? ` · ${state.time.toFixed(1)} s` : ""}`;
  drawStage(k);
  placePlayhead();
  markRow(k);
}

// ---- stage: boxes over the video

function boxesAt(s, t) { // where everybody is: [box of the keyframe, corners]
  const times = video().times, out = [];
  for (const track of s.tracks) {
    let low = 0, high = track.length; // first box after t
    while (low < high) {
      const middle = (low + high) >> 1;
      if (times[track[middle][0]] <= t) low = middle + 1; else high = middle;
    }
    const before = track[low - 1], after = track[low];
    const since = before ? t - times[before[0]] : Infinity, until = after ? times[after[0]] - t : Infinity;
    const near = since <= until ? before : after;
    if (since + until <= MOVE) {
      const f = since / (since + until);
      out.push([near, [2, 3, 4, 5].map(i => before[i] + (after[i] - before[i]) * f)]);
    } else if (Math.min(since, until) <= HOLD) out.push([near, near.slice(2, 6)]);
  }
  return out;
}
const stills = new Map();
function drawStill(g, k, w, h) {
  const source = video().pictures[k];
  if (!source) return;
  if (!stills.has(source)) {
    const picture = new Image();
    picture.onload = tick;
    picture.src = source;
    stills.set(source, picture);
  }
  if (stills.get(source).complete) g.drawImage(stills.get(source), 0, 0, w, h);
}
function drawBox(g, c, w, h, colour, texts, below) {
  const x = c[0] / UNIT * w, y = c[1] / UNIT * h, bw = (c[2] - c[0]) / UNIT * w, bh = (c[3] - c[1]) / UNIT * h;
  g.strokeStyle = colour;
  g.lineWidth = 2.5;
  g.setLineDash(below ? [6, 4] : []);
  g.strokeRect(x, y, bw, bh);
  texts.forEach((text, i) => {
    const width = g.measureText(text).width + 10;
    const tx = clamp(x, 0, Math.max(0, w - width)), ty = below ? clamp(y + bh - 18 * (i + 1), 0, h - 18) : clamp(y + 18 * i, 0, h - 18);
    g.fillStyle = colour;
    g.fillRect(tx, ty, width, 17);
    g.fillStyle = below ? "#fff" : "#0b0e14";
    g.fillText(text, tx + 5, ty + 12.5);
  });
}
function sized(canvas) { // context in CSS pixels
  const w = canvas.clientWidth, h = canvas.clientHeight, ratio = devicePixelRatio || 1;
  if (canvas.width !== Math.round(w * ratio) || canvas.height !== Math.round(h * ratio)) {
    canvas.width = Math.round(w * ratio);
    canvas.height = Math.round(h * ratio);
  }
  const g = canvas.getContext("2d");
  g.setTransform(ratio, 0, 0, ratio, 0, 0);
  g.clearRect(0, 0, w, h);
  return [g, w, h];
}
function drawStage(k) {
  const [g, w, h] = sized($("overlay"));
  g.font = "600 12px system-ui, 'DejaVu Sans', sans-serif";
  const room = w < 560 ? 2 : 5; // labels of a box
  if (!canPlay) drawStill(g, k, w, h);
  if ($("f-truth").checked && D.videos[state.video].truth)
    for (const [b, c] of boxesAt(truthScene(), state.time))
      drawBox(g, c, w, h, "#e0354b", b[6].filter((_, i) => i % 2 === 0).slice(0, room).map(shortLabel), true);
  for (const [b, c] of boxesAt(scene(), state.time))
    if (isShown(b))
      drawBox(g, c, w, h, personColour(b[1], true),
              labelsOf(b).slice(0, room).map(([id, score]) => `${shortLabel(id)} ${score.toFixed(2)}`), false);
}

// ---- timeline: lanes are persons and, below each, what they do

let lanes = [];
function makeLanes() {
  lanes = [];
  const told = truthOfBoxes();
  scene().tracks.forEach((track, person) => {
    const actions = new Map(); // label: {best, cells}
    let shown = false;
    for (const b of track) {
      if (!isShown(b)) continue;
      shown = true;
      for (const [id, score] of labelsOf(b)) {
        if (!actions.has(id)) actions.set(id, {best: 0, cells: []});
        const action = actions.get(id);
        action.best = Math.max(action.best, score);
        action.cells.push([b[0], score]);
      }
    }
    if (!shown) return;
    lanes.push({person, height: HEAD});
    [...actions].sort((a, b) => b[1].best - a[1].best).slice(0, 8).forEach(([label, action]) => {
      const truth = track.flatMap(b => told.get(b)?.has(label) ? [b[0]] : []);
      lanes.push({person, label, height: LANE, cells: action.cells, truth});
    });
  });
  let y = AXIS;
  for (const lane of lanes) { lane.y = y; y += lane.height; }
  $("timeline-room").style.height = `${y + 8}px`;
}
function truthOfBoxes() { // of each box of the scene: the labels of the truth's boxes there
  const s = scene(), truth = truthScene();
  if (!s.told) {
    s.told = new Map();
    s.frames.forEach((boxes, k) => {
      for (const b of boxes) for (const t of truth.frames[k])
        if (overlap(t, b) >= 0.5) s.told.set(b, new Set([...(s.told.get(b) || []), ...t[6].filter((_, i) => i % 2 === 0)]));
    });
  }
  return s.told;
}
function view() { // seconds at the left and right edge
  const a = firstTime() - HOLD, b = Math.max(a + 1, lastTime()), span = (b - a) / 2 ** Number($("zoom").value);
  const from = clamp(state.time - span / 2, a, b - span);
  return [from, from + span];
}
let drawnView = [];
function drawTimeline() {
  const box = $("timeline"), [g, w] = sized($("timeline-canvas")), [from, to] = drawnView = view();
  const gutter = Math.min(GUTTER, w * 0.36), x = t => gutter + (t - from) / (to - from) * (w - gutter);
  const times = video().times, top = box.scrollTop, height = box.clientHeight;
  const low = css("--low"), high = css("--high"), text = css("--text"), soft = css("--soft"), line = css("--line"), red = css("--truth");
  const ramp = Array.from({length: 21}, (_, i) => mix(low, high, i / 20));
  const step = Math.max(1, Math.min(...times.slice(1, 50).map((t, i) => t - times[i]))) || 1;
  const cut = (s, room) => {
    if (g.measureText(s).width <= room) return s;
    while (s && g.measureText(`${s}…`).width > room) s = s.slice(0, -1);
    return `${s}…`;
  };
  g.textBaseline = "middle";
  for (const lane of lanes) {
    const y = lane.y - top;
    if (y > height || y + lane.height < AXIS) continue;
    if (lane.label === undefined) {
      g.fillStyle = personColour(lane.person, isDark.matches);
      g.fillRect(10, y + 7, 9, 9);
      g.fillStyle = text;
      g.font = "600 12px system-ui, 'DejaVu Sans', sans-serif";
      g.fillText(cut(personName(scene(), lane.person), gutter - 30), 25, y + 12);
      g.fillStyle = line;
      g.fillRect(0, y + 1, w, 1);
      continue;
    }
    g.fillStyle = soft;
    g.font = "12px system-ui, 'DejaVu Sans', sans-serif";
    g.fillText(cut(shortLabel(lane.label), gutter - 34), 25, y + LANE / 2);
    for (const [k, score] of lane.cells) {
      const left = Math.max(gutter, x(times[k] - step / 2)), right = x(times[k] + step / 2);
      if (right < gutter || left > w) continue;
      g.fillStyle = ramp[Math.round(clamp(score, 0, 1) * 20)];
      g.fillRect(left, y + 2, Math.max(1, right - left - (right - left > 6 ? 1 : 0)), LANE - 4);
    }
    g.fillStyle = red;
    for (const k of lane.truth) {
      const left = Math.max(gutter, x(times[k] - step / 2)), right = x(times[k] + step / 2);
      if (right >= gutter && left <= w) g.fillRect(left, y + LANE - 3, Math.max(1, right - left), 2);
    }
  }
  g.fillStyle = css("--card");
  g.fillRect(0, 0, w, AXIS);
  g.fillStyle = soft;
  g.font = "11px system-ui, 'DejaVu Sans', sans-serif";
  const unit = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 3600].find(u => u / (to - from) * (w - gutter) > 58) || 7200;
  for (let t = Math.ceil((from - D.offset) / unit) * unit; t <= to - D.offset; t += unit) {
    g.fillRect(x(t + D.offset), AXIS - 5, 1, 5);
    g.fillText(unit < 1 ? clockText(t) : clockText(t).slice(0, -2), x(t + D.offset) + 3, 10);
  }
}
function placePlayhead() {
  const [from, to] = view(), box = $("timeline");
  if (from !== drawnView[0] || to !== drawnView[1]) drawTimeline();
  const w = $("timeline-canvas").clientWidth, gutter = Math.min(GUTTER, w * 0.36);
  const head = $("playhead");
  head.style.left = `${gutter + (state.time - from) / (to - from) * (w - gutter)}px`;
  head.style.height = `${Math.max(box.clientHeight, $("timeline-room").clientHeight)}px`;
}
function timelineAt(event) {
  const area = $("timeline").getBoundingClientRect(), [from, to] = view();
  const w = $("timeline-canvas").clientWidth, gutter = Math.min(GUTTER, w * 0.36);
  const x = event.clientX - area.left, y = event.clientY - area.top + $("timeline").scrollTop;
  return {t: from + (x - gutter) / (w - gutter) * (to - from), inside: x >= gutter,
          lane: lanes.find(l => y >= l.y && y < l.y + l.height)};
}
function tip(event, text) {
  const t = $("tip");
  t.hidden = !text;
  t.textContent = text || "";
  t.style.left = `${Math.min(event.clientX + 14, innerWidth - 240)}px`;
  t.style.top = `${event.clientY + 16}px`;
}

// ---- table: only the rows in sight exist

let rows = [];
function makeRows() {
  rows = scene().frames.flatMap((boxes, k) => boxes.some(isShown) ? [k] : []);
  $("count").textContent = `${plural(rows.length, "keyframe")} of ${scene().frames.length.toLocaleString("en")}`;
  $("table-room").style.height = `${Math.max(1, rows.length) * ROW}px`;
  $("table-room").replaceChildren();
  if (!rows.length) $("table-room").append(el("p", {className: "count", textContent: "Nothing fits these filters."}));
  fillTable();
}
function picture(v, k, shapes) {
  const holder = el("div", {className: "pic"});
  if (v.pictures[k]) holder.append(el("img", {src: v.pictures[k], alt: "", decoding: "async"}));
  const drawing = svg("svg", {viewBox: `0 0 ${UNIT} ${UNIT}`, preserveAspectRatio: "none", "aria-hidden": "true"});
  for (const [c, colour, dashed] of shapes) {
    const r = svg("rect", {x: c[0], y: c[1], width: Math.max(0, c[2] - c[0]), height: Math.max(0, c[3] - c[1]), fill: "none",
                           stroke: colour, "stroke-width": 2, "vector-effect": "non-scaling-stroke"});
    if (dashed) r.setAttribute("stroke-dasharray", "5 3");
    drawing.append(r);
  }
  holder.append(drawing);
  return holder;
}
function makeRow(k) {
  const v = video(), boxes = scene().frames[k].filter(isShown);
  const list = el("ul", {}, ...boxes.slice(0, 4).map(b => {
    const dot = el("span", {className: "dot"});
    dot.style.background = personColour(b[1], isDark.matches);
    return el("li", {}, dot, labelsOf(b).slice(0, 4).map(([id, score]) => `${shortLabel(id)} ${score.toFixed(2)}`).join(" · ") || "–");
  }));
  if (boxes.length > 4) list.lastChild.append(` · and ${boxes.length - 4} more`);
  const time = el("time", {}, clockText(v.times[k] - D.offset), el("small", {textContent: `${v.times[k]} s`}));
  return el("div", {className: "row", id: `k${k}`, role: "option", onclick: () => { play(false); seek(v.times[k]); }},
            picture(v, k, boxes.map(b => [b.slice(2, 6), personColour(b[1], true)])), time, list);
}
function fillTable() {
  const table = $("table"), room = $("table-room"), have = new Map([...room.children].map(r => [r.id, r]));
  const first = Math.max(0, Math.floor(table.scrollTop / ROW) - 3), last = Math.ceil((table.scrollTop + table.clientHeight) / ROW) + 3;
  const wanted = new Set();
  rows.slice(first, last).forEach((k, i) => {
    wanted.add(`k${k}`);
    if (have.has(`k${k}`)) return;
    const row = makeRow(k);
    row.style.top = `${(first + i) * ROW}px`;
    room.append(row);
  });
  if (rows.length) for (const [id, row] of have) if (!wanted.has(id)) row.remove();
  markRow(nearestKeyframe(state.time), true);
}
let marked = -1;
function markRow(k, again) {
  if (k === marked && !again) return;
  marked = k;
  for (const row of $("table-room").children) {
    const now = row.id === `k${k}`;
    row.classList.toggle("now", now);
    row.setAttribute("aria-selected", now);
  }
  $("table").setAttribute("aria-activedescendant", `k${k}`);
  const at = rows.indexOf(k), table = $("table");
  if (again || at < 0) return;
  if (at * ROW < table.scrollTop || (at + 1) * ROW > table.scrollTop + table.clientHeight)
    table.scrollTop = at * ROW - table.clientHeight / 3;
}

// ---- filters

function options(select, items, chosen) {
  select.replaceChildren(...items.map(([value, text]) => el("option", {value, textContent: text, selected: value === chosen})));
}
function fillFilters() {
  options($("f-video"), D.videos.map((v, i) => [String(i), v.id]), String(state.video));
  options($("f-run"), RUNS.map((name, i) => [String(i), name]), String(state.run));
  const labels = scene().labels ||= [...new Set(scene().frames.flatMap(boxes => boxes.flatMap(b => b[6].filter((_, i) => i % 2 === 0))))]
    .sort((a, b) => labelName(a).localeCompare(labelName(b)));
  if (!labels.includes(state.label)) state.label = 0;
  options($("f-label"), [["0", "all"], ...labels.map(id => [String(id), labelName(id)])], String(state.label));
  if (state.person >= scene().tracks.length) state.person = -1;
  options($("f-person"), [["-1", "all"], ...scene().tracks.map((_, p) => [String(p), personName(scene(), p)])], String(state.person));
  $("f-video").parentNode.hidden = D.videos.length < 2;
  $("f-run").parentNode.hidden = D.runs.length < 2;
  $("f-truth-l").hidden = $("legend-truth").hidden = !video().truth;
  $("f-min").value = state.min;
  $("f-min-out").value = state.min.toFixed(2);
}
function refresh() {
  fillFilters();
  makeLanes();
  makeRows();
  drawTimeline();
  tick();
}
function showMoment(videoIndex, k, change) {
  Object.assign(state, change);
  if (state.video !== videoIndex) { state.video = videoIndex; state.person = -1; loadVideo(); }
  play(false);
  refresh();
  seek(video().times[k]);
  $("watch").scrollIntoView();
}
function wireWatch() {
  let waiting = 0; // one refresh a picture, however fast the slider moves
  const later = () => { waiting ||= requestAnimationFrame(() => { waiting = 0; refresh(); }); };
  const set = (id, name) => $(id).addEventListener("input", e => {
    state[name] = Number(e.target.value);
    if (name === "video") { state.person = -1; play(false); loadVideo(); }
    later();
  });
  set("f-video", "video"); set("f-run", "run"); set("f-label", "label"); set("f-person", "person"); set("f-min", "min");
  $("f-truth").addEventListener("change", later);
  $("filters").addEventListener("reset", () => {
    Object.assign(state, {label: 0, person: -1, min: D.minScore});
    later();
  });
  $("filters").addEventListener("submit", e => e.preventDefault());
  $("play").addEventListener("click", () => play(!state.playing));
  $("prev").addEventListener("click", () => step(-1));
  $("next").addEventListener("click", () => step(1));
  $("speed").addEventListener("change", () => { player.playbackRate = Number($("speed").value); });
  $("zoom").addEventListener("input", () => { drawTimeline(); placePlayhead(); });
  $("timeline").addEventListener("scroll", drawTimeline);
  $("timeline").addEventListener("click", e => { const at = timelineAt(e); if (at.inside) { play(false); seek(at.t); } });
  $("timeline").addEventListener("mousemove", e => {
    const at = timelineAt(e), cell = at.lane && at.lane.cells && at.lane.cells.find(c => c[0] === nearestKeyframe(at.t));
    tip(e, at.lane ? `${personName(scene(), at.lane.person)}${at.lane.label === undefined ? "" : ` · ${labelName(at.lane.label)}`}${cell ? ` ${cell[1].toFixed(3)}` : ""} · ${clockText(at.t - D.offset)}` : "");
  });
  $("timeline").addEventListener("mouseleave", e => tip(e, ""));
  $("table").addEventListener("scroll", fillTable);
  $("table").addEventListener("keydown", e => {
    const at = rows.indexOf(nearestKeyframe(state.time)), by = {ArrowUp: -1, ArrowDown: 1, Home: -1e9, End: 1e9, PageUp: -4, PageDown: 4}[e.key];
    if (!by || !rows.length) return;
    e.preventDefault();
    play(false);
    seek(video().times[rows[clamp(at + by, 0, rows.length - 1)]]);
  });
  document.addEventListener("keydown", e => {
    if (/^(SELECT|INPUT|TEXTAREA)$/.test(e.target.tagName) || e.ctrlKey || e.altKey || e.metaKey) return;
    const frame = by => { play(false); seek(state.time + by / 30); };
    const act = {ArrowLeft: () => step(-1), ArrowRight: () => step(1), ",": () => frame(-1), ".": () => frame(1),
                 " ": e.target.tagName === "BUTTON" ? null : () => play(!state.playing)}[e.key];
    if (act) { e.preventDefault(); act(); }
  });
  const redraw = () => { drawTimeline(); fillTable(); tick(); };
  new ResizeObserver(redraw).observe($("stage"));
  new ResizeObserver(redraw).observe($("timeline"));
  new ResizeObserver(fillTable).observe($("table"));
  isDark.addEventListener("change", refresh);
}
