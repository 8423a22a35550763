// SPDX-License-Identifier: Apache-2.0
// The page of sfreport: scores, errors, differences, training; and the start of it all.

// ---- charts

function lineChart(lines, o) { // lines: {name, colour, points: [[x, y, text]]}; o: {x, y: [low, high], names}
  const W = 480, H = 300, L = 46, R = 12, T = 10, B = 34;
  const x = v => L + (v - o.x[0]) / ((o.x[1] - o.x[0]) || 1) * (W - L - R);
  const y = v => H - B - (v - o.y[0]) / ((o.y[1] - o.y[0]) || 1) * (H - T - B);
  const chart = svg("svg", {viewBox: `0 0 ${W} ${H}`, class: "chart", role: "img", "aria-label": o.title});
  const text = (v, range) => Math.abs(range[1] - range[0]) < 0.02 ? v.toExponential(1) : String(+v.toFixed(2));
  for (let i = 0; i <= 4; i++) {
    const gx = o.x[0] + (o.x[1] - o.x[0]) * i / 4, gy = o.y[0] + (o.y[1] - o.y[0]) * i / 4;
    chart.append(svg("line", {class: "grid", x1: L, x2: W - R, y1: y(gy), y2: y(gy)}),
                 svg("text", {x: L - 7, y: y(gy) + 4, "text-anchor": "end"}, text(gy, o.y)),
                 svg("text", {x: x(gx), y: H - B + 17, "text-anchor": "middle"}, text(gx, o.x)));
  }
  chart.append(svg("text", {x: (W + L) / 2, y: H - 2, "text-anchor": "middle"}, o.names[0]));
  for (const line of lines) {
    const d = line.points.map((p, i) => `${i ? "L" : "M"}${x(p[0]).toFixed(1)} ${y(p[1]).toFixed(1)}`).join("");
    chart.append(svg("path", {class: "curve", d, stroke: line.colour}));
  }
  const all = lines.flatMap(line => line.points.map(p => [x(p[0]), y(p[1]), `${lines.length > 1 ? `${line.name}: ` : ""}${p[2]}`]));
  const spot = svg("circle", {r: 4.5, fill: "var(--text)", visibility: "hidden"});
  chart.append(spot);
  chart.addEventListener("mousemove", e => {
    const area = chart.getBoundingClientRect(), mx = (e.clientX - area.left) / area.width * W, my = (e.clientY - area.top) / area.height * H;
    const best = all.reduce((a, p) => (p[0] - mx) ** 2 + (p[1] - my) ** 2 < (a[0] - mx) ** 2 + (a[1] - my) ** 2 ? p : a, [1e9, 1e9, ""]);
    spot.setAttribute("visibility", best[2] ? "visible" : "hidden");
    spot.setAttribute("cx", best[0]);
    spot.setAttribute("cy", best[1]);
    tip(e, best[2]);
  });
  chart.addEventListener("mouseleave", e => { spot.setAttribute("visibility", "hidden"); tip(e, ""); });
  return chart;
}
function keysOf(lines) {
  return el("div", {className: "keys"}, ...lines.map(line => {
    const dot = el("span", {className: "dot"});
    dot.style.background = line.colour;
    return el("span", {}, dot, line.name);
  }));
}

// ---- scores

const GROUPS = ["pose", "person and object", "person and person"];
let chosenClass = 0;
function classesOf(run) { return new Map(D.scores[run].classes.map(c => [c.id, c])); }
function figure(value, name, colour) {
  const b = el("b", {textContent: value});
  if (colour) b.style.color = colour;
  return el("div", {className: "card figure"}, b, el("span", {textContent: name}));
}
function fillFigures() {
  D.scores.forEach((s, i) => {
    const name = RUNS.length > 1 ? ` · ${RUNS[i]}` : "";
    $("figures").append(figure(percent(s.map), `mAP at IoU ${s.iou}${name}`, RUNS.length > 1 ? runColour(i) : ""),
                        figure(percent(s.recall), `boxes found${name}`));
    if (RUNS.length === 1) s.groups.forEach((v, g) => { if (v !== null) $("figures").append(figure(percent(v), `mAP, ${GROUPS[g]}`)); });
  });
}
function fillBars() {
  const order = $("order").value, first = D.scores[0].classes.filter(c => c.truths > 0), all = D.scores.map((_, i) => classesOf(i));
  const value = c => order === "name" ? 0 : order === "ap" ? c.ap ?? -1 : c.truths;
  first.sort((a, b) => value(b) - value(a) || a.name.localeCompare(b.name));
  if (!first.some(c => c.id === chosenClass) && first.length) chosenClass = first[0].id;
  $("bars").replaceChildren(...first.map(c => {
    const own = all.map(m => m.get(c.id)), track = el("span", {className: "track"}, ...own.map((o, i) => bar(runColour(i), o?.ap ?? 0)));
    return el("button", {className: `bar${c.id === chosenClass ? " now" : ""}`, title: c.name, onclick: () => { chosenClass = c.id; fillBars(); }},
              el("span", {textContent: c.name}), track,
              el("span", {className: "num"}, el("b", {textContent: own.map(o => percent(o?.ap ?? null)).join(" / ")}), ` of ${c.truths}`));
  }));
  if (first.length) fillCurve(all);
  else $("bars").append(el("p", {className: "none", textContent: "The truth has none of the scored actions."}));
}
function fillCurve(all) {
  const lines = all.flatMap((m, i) => {
    const c = m.get(chosenClass), points = [];
    for (let k = 0; c?.curve && k < c.curve.length; k += 3) {
      const [r, p, s] = c.curve.slice(k, k + 3);
      points.push([r / MILLE, p / MILLE, `recall ${percent(r / MILLE)}, precision ${percent(p / MILLE)} from score ${(s / MILLE).toFixed(3)} on`]);
    }
    if (points.length) points.unshift([0, points[0][1], points[0][2]]);
    return points.length ? [{name: `${RUNS[i]} · ${percent(c.ap)}`, colour: runColour(i), points}] : [];
  });
  $("curve-h").textContent = `Precision over recall: ${labelName(chosenClass)}`;
  $("curve").replaceChildren(lineChart(lines, {x: [0, 1], y: [0, 1], names: ["recall"], title: "precision over recall"}), keysOf(lines));
}

// ---- errors

const KIND_TEXT = ["a second box on a person who counts already", "on a person who does not do this", "right action, box badly placed",
                   "nobody is there", "no box on the person", "the person's box does not tell this action"];
let worstKind = -1;
function fillKinds() {
  const s = D.scores[state.run], total = Math.max(1, ...s.errors);
  $("kinds").replaceChildren(el("table", {}, el("thead", {}, el("tr", {}, el("th", {textContent: "kind"}), el("th", {className: "n", textContent: "number"}), el("th"),
                                                                el("th", {className: "n", textContent: "mAP if repaired"}))),
    el("tbody", {}, ...D.kinds.map((kind, i) => el("tr", {title: KIND_TEXT[i]}, el("td", {textContent: kind}), el("td", {className: "n", textContent: s.errors[i].toLocaleString("en")}),
      el("td", {}, el("div", {className: "track"}, bar("var(--accent)", s.errors[i] / total))),
      el("td", {className: "n"}, `${percent(s.repaired[i])} `, el("span", {className: "up", textContent: s.repaired[i] > s.map ? signed(s.repaired[i] - s.map) : ""})))))));
}
function fillConfusions() {
  const list = D.scores[state.run].confusions, most = list.length ? list[0][2] : 1;
  $("confusions").replaceChildren(list.length ? el("table", {}, el("thead", {}, el("tr", {}, el("th", {textContent: "does, not told"}), el("th", {textContent: `told at ${SHOWN} or above`}), el("th", {className: "n", textContent: "times"}), el("th"))),
    el("tbody", {}, ...list.slice(0, 12).map(([missed, said, n]) => el("tr", {}, el("td", {textContent: labelName(missed)}), el("td", {textContent: labelName(said)}),
      el("td", {className: "n", textContent: n}), el("td", {}, el("div", {className: "track"}, bar("var(--accent)", n / most)))))))
    : el("p", {className: "none", textContent: "None: where an action was missed, no other was told instead."}));
}
function fillWorst() {
  const worst = D.scores[state.run].worst, kinds = [...new Set(worst.map(w => w[0]))];
  const chip = (kind, text) => el("button", {textContent: text, "aria-pressed": worstKind === kind, onclick: () => { worstKind = kind; fillWorst(); }});
  $("worst-kinds").replaceChildren(chip(-1, "all"), ...kinds.map(k => chip(k, D.kinds[k])));
  const shown = worst.filter(w => worstKind < 0 ? worst.filter(o => o[0] === w[0]).indexOf(w) < 4 : w[0] === worstKind);
  $("worst").replaceChildren(...shown.map(([kind, label, score, v, k, box, other]) => {
    const missed = kind >= 4, shapes = [[box, missed ? "#e0354b" : "#ffc53d", missed]];
    if (other) shapes.push([other, missed ? "#ffc53d" : "#e0354b", !missed]);
    const pic = picture(D.videos[v], k, shapes), size = D.videos[v].size || [16, 9];
    pic.style.aspectRatio = `${size[0]} / ${size[1]}`;
    return el("button", {className: "miss", onclick: () => showMoment(v, k, {label: missed ? 0 : label, person: -1, min: D.minScore})}, pic,
              el("p", {}, `${labelName(label)}${score === null ? "" : ` ${score.toFixed(2)}`}`, el("small", {textContent: `${D.kinds[kind]} · ${D.videos[v].id} ${D.videos[v].times[k]} s`})));
  }));
  if (!shown.length) $("worst").append(el("p", {className: "none", textContent: "There are no errors."}));
}
function fillErrors() { fillKinds(); fillConfusions(); fillWorst(); }

// ---- differences of the chosen run (the second, where that is the first) to the first

const otherRun = () => state.run || 1;
function pairedBoxes(v, b, visit) { // boxes that both runs have: of one keyframe, overlapping most
  const x = sceneOf(v, 0), y = sceneOf(v, b);
  x.frames.forEach((boxes, k) => {
    const free = new Set(y.frames[k]);
    for (const p of boxes) {
      let best = null, most = 0.5;
      for (const q of free) if (overlap(p, q) >= most) { most = overlap(p, q); best = q; }
      free.delete(best);
      if (best) visit(k, p, best);
    }
  });
}
function collectChanges(b) {
  const changes = [];
  let gained = 0, lost = 0, n = 0;
  D.videos.forEach((_, v) => pairedBoxes(v, b, (k, p, q) => {
    const score = new Map();
    for (let i = 0; i < p[6].length; i += 2) score.set(p[6][i], [p[6][i + 1], 0]);
    for (let i = 0; i < q[6].length; i += 2) score.set(q[6][i], [(score.get(q[6][i]) || [0])[0], q[6][i + 1]]);
    n++;
    for (const [label, [from, to]] of score) {
      if (to >= SHOWN * MILLE && from < SHOWN * MILLE) gained++;
      if (from >= SHOWN * MILLE && to < SHOWN * MILLE) lost++;
      if (from !== to) changes.push([Math.abs(to - from), v, k, label, from, to, q[1]]);
    }
  }));
  return {changes: changes.sort((x, y) => y[0] - x[0]).slice(0, 20), gained, lost, n};
}
function fillDifferences() {
  const b = otherRun(), {changes, gained, lost, n} = collectChanges(b);
  const text = $("difference-text"), s = D.scores && D.scores[b], gain = s && s.gain;
  text.replaceChildren(el("b", {textContent: RUNS[b]}), " against ", el("b", {textContent: RUNS[0]}),
    `: ${n.toLocaleString("en")} boxes in both, ${gained} labels gained and ${lost} lost at ${SHOWN}`);
  if (s) text.append("; mAP ", el("b", {className: s.map >= D.scores[0].map ? "up" : "down", textContent: signed(s.map - D.scores[0].map)}),
    gain ? ` (${signed(gain[1])} to ${signed(gain[2])} with 95 % of draws of videos, p = ${gain[3].toFixed(3)})` : "");
  text.append(".");
  $("changes").replaceChildren(changes.length ? el("table", {}, el("tbody", {}, ...changes.map(([, v, k, label, from, to, person]) =>
    el("tr", {}, el("td", {}, el("button", {textContent: `${D.videos.length > 1 ? `${D.videos[v].id} ` : ""}${clockText(D.videos[v].times[k] - D.offset)}`,
                                            onclick: () => showMoment(v, k, {run: b, label, person, min: D.minScore})})),
      el("td", {textContent: labelName(label)}), el("td", {className: "n", textContent: `${(from / MILLE).toFixed(2)} → ${(to / MILLE).toFixed(2)}`}),
      el("td", {className: `n ${to > from ? "up" : "down"}`, textContent: ((to - from) / MILLE).toFixed(2)})))))
    : el("p", {className: "none", textContent: "No box that both have was scored differently."}));
  $("ap-change-card").hidden = !s;
  if (s) fillApChanges(b);
}
function fillApChanges(b) {
  const before = classesOf(0), list = D.scores[b].classes.filter(c => c.ap !== null && before.get(c.id)?.ap != null)
    .map(c => [c.ap - before.get(c.id).ap, c]).sort((x, y) => y[0] - x[0]);
  const most = Math.max(0.01, ...list.map(([d]) => Math.abs(d)));
  $("ap-change").replaceChildren(...list.map(([d, c]) => {
    const i = el("i"), track = el("span", {className: "track signed"}, i);
    i.style.background = d >= 0 ? "var(--good)" : "var(--bad)";
    i.style.left = `${50 + Math.min(0, d / most * 50)}%`;
    i.style.width = `${Math.abs(d / most) * 50}%`;
    return el("div", {className: "bar"}, el("span", {textContent: c.name, title: c.name}), track, el("span", {className: "num"}, el("b", {textContent: signed(d)})));
  }));
}

// ---- training

function fillTraining() {
  const names = shortNames(D.trainings.map(t => t.name)), columns = [...new Set(D.trainings.flatMap(t => t.columns.slice(1)))];
  for (const column of columns) {
    const lines = D.trainings.map((t, i) => {
      const c = t.columns.indexOf(column), n = t.columns.length, points = [];
      for (let k = 0; c > 0 && k + n <= t.values.length; k += n)
        if (t.values[k] !== null && t.values[k + c] !== null) points.push([t.values[k], t.values[k + c], `${t.columns[0]} ${t.values[k]}: ${t.values[k + c]}`]);
      return {name: names[i], colour: runColour(i), points};
    }).filter(line => line.points.length);
    if (!lines.length) continue;
    const range = i => { const all = lines.flatMap(l => l.points.map(p => p[i])); return [Math.min(...all), Math.max(...all)]; };
    const y = range(1);
    $("courses").append(el("div", {className: "card"}, el("h3", {textContent: column}),
      lineChart(lines, {x: range(0), y: y[0] >= 0 && y[0] < y[1] / 2 ? [0, y[1]] : y, names: [D.trainings[0].columns[0]], title: column}), keysOf(lines)));
  }
}

// ---- start

function begin(id, name) {
  $(id).hidden = false;
  $("nav").append(el("a", {href: `#${id}`, textContent: name}));
}
function start() {
  const n = D.videos.reduce((sum, v) => sum + v.times.length, 0);
  const names = RUNS.length ? RUNS : shortNames(D.trainings.map(t => t.name));
  document.title = $("title").textContent = D.title || names.join(", ");
  $("subtitle").textContent = D.videos.length ? `${plural(D.videos.length, "video")} · ${plural(n, "keyframe")}` : plural(D.trainings.length, "course");
  $("footer").textContent = `sfdetect ${D.version}${D.scores ? ` · scored as ${D.dialect}` : ""} · labels from a score of ${D.minScore} on are in this page`;
  if (D.videos.length && RUNS.length) {
    begin("watch", "Watch");
    wireWatch();
    loadVideo();
    refresh();
  }
  if (D.scores) {
    begin("scores", "Scores");
    begin("errors", "Errors");
    $("order").addEventListener("change", fillBars);
    $("f-run").addEventListener("input", fillErrors);
    fillFigures();
    fillBars();
    fillErrors();
  }
  if (RUNS.length > 1) {
    begin("differences", "Differences");
    $("f-run").addEventListener("input", fillDifferences);
    fillDifferences();
  }
  if (D.trainings.length) {
    begin("training", "Training");
    fillTraining();
  }
  document.documentElement.dataset.ready = "yes";
}
start();
