// The report's one script: sorting tables, listing errors, drawing layers on a text. Nothing is fetched.
"use strict";
(() => {
  const read = (id) => { const at = document.getElementById(id); return at ? JSON.parse(at.textContent) : null; };
  const make = (tag, words, kind) => { const made = document.createElement(tag); if (words !== undefined) made.textContent = words; if (kind) made.className = kind; return made; };
  const fragment = () => new URLSearchParams(location.hash.slice(1));
  const keep = (values) => { const kept = new URLSearchParams(); for (const [key, value] of Object.entries(values)) if (value) kept.set(key, value); history.replaceState(null, "", "#" + kept); };

  // ---- tables that can be sorted by a column
  for (const table of document.querySelectorAll("table.sortable")) {
    table.querySelectorAll("thead th").forEach((head, column) => {
      if (!head.dataset.sort) return;
      const button = make("button", head.textContent); button.type = "button";
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") !== "descending";
        table.querySelectorAll("th[aria-sort]").forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const body = table.tBodies[0];
        const value = (row) => { const cell = row.cells[column]; return head.dataset.sort === "number" ? (cell.dataset.value === "" ? -1 : Number(cell.dataset.value)) : cell.textContent.trim(); };
        const rows = [...body.rows].sort((a, b) => { const [x, y] = [value(a), value(b)]; return (x < y ? -1 : x > y ? 1 : 0) * (down ? -1 : 1); });
        body.append(...rows);
      });
    });
  }

  // ---- who is better than whom: of a row, or of each of its columns
  for (const table of document.querySelectorAll("table.better")) {
    const rows = [...table.tBodies[0].rows], numbers = (at) => (at.dataset.better || "").split(" ").filter(Boolean);
    const mark = (row) => {
      table.querySelectorAll(".beaten").forEach((cell) => cell.classList.remove("beaten"));
      if (!row) return;
      const beaten = (number) => rows.find((other) => other.dataset.n === number);
      numbers(row).forEach((number) => beaten(number).classList.add("beaten"));
      [...row.cells].forEach((cell, column) => numbers(cell).forEach((number) => beaten(number).cells[column].classList.add("beaten")));
    };
    rows.forEach((row) => { row.addEventListener("mouseenter", () => mark(row)); row.addEventListener("focusin", () => mark(row)); row.addEventListener("mouseleave", () => mark(null)); row.addEventListener("focusout", () => mark(null)); });
  }

  // ---- a system's errors
  const errors = read("errors");
  if (errors) {
    const list = document.getElementById("list"), more = document.getElementById("more"), count = document.getElementById("count");
    const fields = ["layer", "kind", "subkind", "document", "words"].map((name) => document.getElementById(name));
    const given = window.OnRecordTexts || {}, texts = {}; let shown = 50;
    const text = (name) => { if (!(name in texts)) texts[name] = given[name] === undefined ? null : Array.from(given[name]); return texts[name]; };
    const pairs = (ends) => ends.flatMap((end, n) => n % 2 ? [] : [[end, ends[n + 1]]]);
    const cases = errors.cases.map(([layer, kind, sub, where, start, gold, predicted, note]) => {
      const name = (number) => number === undefined ? "" : errors.strings[number];
      const item = ([label, ends, other]) => ({ label: name(label), spans: pairs(ends), where: other === undefined ? name(where) : name(other) });
      return { layer: name(layer), kind: name(kind), sub: name(sub), where: name(where), start, gold: gold.map(item), predicted: predicted.map(item), note: name(note) };
    });
    const words = (item) => { const all = text(item.where); return item.spans.map(([start, end]) => all ? all.slice(start, end).join("") : "…").join(" … "); };
    const around = (where, gold, predicted) => {
      const line = make("div", undefined, "small"), all = [...gold, ...predicted], words = text(where); if (!words || !all.length) return line;
      const from = Math.max(0, Math.min(...all.map((s) => s[0])) - 60), to = Math.min(words.length, Math.max(...all.map((s) => s[1])) + 60);
      const cuts = [...new Set([from, to, ...all.flat().filter((p) => p > from && p < to)])].sort((a, b) => a - b);
      line.append("… ");
      for (let n = 0; n + 1 < cuts.length; n += 1) {
        const [start, end] = [cuts[n], cuts[n + 1]], over = (spans) => spans.some((s) => s[0] <= start && end <= s[1]);
        const piece = words.slice(start, end).join("").replace(/\s+/g, " "), a = over(gold), b = over(predicted);
        line.append(a || b ? make("mark", piece, a ? "a" : "b") : piece);
      }
      line.append(" …"); return line;
    };
    const said = (one) => [...one.gold, ...one.predicted].map((item) => words(item) + " " + item.label).join(" ").toLowerCase();
    const entry = (one) => {
      const item = make("li"), link = make("a", one.where + " " + one.start);
      const shown_kind = { entities: "mention", linking: "mention", stances: "stance" }[one.layer] || "quote";
      link.href = "../read/" + encodeURIComponent(one.where) + ".html#" + new URLSearchParams({ b: errors.system, kinds: shown_kind, at: [...one.gold, ...one.predicted].filter((each) => each.where === one.where).flatMap((each) => each.spans).map((span) => span.join("-")).join(",") || one.start });
      item.append(make("strong", one.layer + ", " + one.kind + (one.sub ? " (" + one.sub + ")" : "")), " · ", link);
      const say = (side, name) => { for (const each of side) { const line = make("div"); line.append(name + ": ", make("q", words(each)), " ", make("em", each.label)); item.append(line); } };
      say(one.gold, "gold"); say(one.predicted, errors.system); if (one.note) item.append(make("div", one.note));
      const spans = (side) => side.filter((each) => each.where === one.where).flatMap((each) => each.spans);
      item.append(around(one.where, spans(one.gold), spans(one.predicted)));
      return item;
    };
    const draw = () => {
      const [layer, kind, sub, where, search] = fields.map((field) => field.value), sought = search.trim().toLowerCase();
      const found = cases.filter((one) => (!layer || one.layer === layer) && (!kind || one.kind === kind) && (!sub || one.sub === sub) && (!where || one.where === where) && (!sought || said(one).includes(sought)));
      list.replaceChildren(...found.slice(0, shown).map(entry));
      count.textContent = found.length + (found.length === 1 ? " error" : " errors") + (found.length > shown ? ", the first " + shown + " of them" : "");
      more.hidden = found.length <= shown;
      keep({ layer, kind, subkind: sub, document: where, words: search });
    };
    const offer = (field, of) => { const has = new Set(of); for (const option of field.options) option.hidden = option.disabled = Boolean(option.value) && !has.has(option.value); if (field.selectedOptions[0].disabled) field.value = ""; };
    const narrow = () => {
      const [layer, kind] = fields, in_layer = cases.filter((one) => !layer.value || one.layer === layer.value);
      offer(kind, in_layer.map((one) => one.kind));
      offer(fields[2], in_layer.filter((one) => !kind.value || one.kind === kind.value).map((one) => one.sub));
    };
    const again = () => { shown = 50; narrow(); draw(); };
    const take = () => { const wanted = fragment(); fields.forEach((field) => { const value = wanted.get(field.id) || ""; field.value = !field.options || [...field.options].some((o) => o.value === value) ? value : ""; }); again(); };
    fields.forEach((field) => field.addEventListener(field.options ? "change" : "input", again));
    window.addEventListener("hashchange", () => { take(); count.scrollIntoView(); });
    more.addEventListener("click", () => { shown += 200; draw(); });
    const linked = fragment().get("layer"); take();
    if (linked) count.scrollIntoView();
  }

  // ---- what a system gave on the sets of probes
  const gave = read("gave");
  if (gave) {
    const system = document.getElementById("system"), wrong = document.getElementById("wrong"), count = document.getElementById("count"), sets = [...document.querySelectorAll("details.set")];
    const nothing = ["entities", "linking"].includes(gave.layer) ? "nothing at these words" : "nothing in this layer";
    const answer = ([before, ends, after], passage) => { const words = ends.flatMap((end, n) => n % 2 ? [] : [passage.slice(end, ends[n + 1]).join("")]); return before + (words.length ? "‘" + words.join(" … ") + "’" : "") + after; };
    const draw = () => {
      const at = gave.systems.indexOf(system.value), whole = {}; let members = 0, silent = 0;
      sets.forEach((set, n) => {
        const of = at < 0 ? null : gave.sets[n][at], all = of && !of[0].includes("-");
        if (of) whole[set.dataset.set] = all && whole[set.dataset.set] !== false;
        set.hidden = Boolean(system.value && wrong.checked && (!of || all));
        set.querySelector(".verdict").textContent = !system.value ? "" : !of ? "· not run" : all ? "· all right" : "· wrong";
        [...set.querySelectorAll(".members > div")].forEach((member, m) => {
          const box = member.querySelector(".gave"); box.replaceChildren(); if (!of) return;
          const passage = Array.from(member.querySelector(".passage").textContent), right = of[0][m] === "+";
          if (!right) { members += 1; silent += of[1][m].length ? 0 : 1; }
          box.append(make("strong", system.value + (right ? ": right" : ": wrong"), right ? "yes" : "no"));
          const list = make("ul"); of[1][m].forEach((number) => list.append(make("li", answer(gave.items[number], passage))));
          box.append(of[1][m].length ? list : make("div", nothing));
        });
      });
      const right = Object.values(whole).filter(Boolean).length, run = Object.keys(whole).length;
      count.textContent = system.value ? right + " of " + run + " sets right, with both kinds of names; of " + members + " members that it has wrong, " + silent + " without an answer" : "";
      keep({ system: system.value, wrong: wrong.checked ? "1" : "" });
    };
    const take = () => { const value = fragment().get("system") || ""; system.value = [...system.options].some((o) => o.value === value) ? value : ""; wrong.checked = Boolean(fragment().get("wrong")); draw(); };
    [system, wrong].forEach((field) => field.addEventListener("change", draw));
    window.addEventListener("hashchange", take); take();
  }

  // ---- an article with two readings on its text
  const article = read("article");
  if (article) {
    const kind_names = ["mention", "quote", "stance"], spans_of = (ends) => ends.flatMap((end, n) => n % 2 ? [] : [[end, ends[n + 1]]]);
    const all_items = article.items.map(([kind, ends, who = "", what = "", more = "", parts = []]) => [kind_names[kind], spans_of(ends), who, what, more, parts]);
    const text = Array.from(article.text), at = document.getElementById("text"), details = document.getElementById("details");
    const [one, two] = ["a", "b"].map((id) => document.getElementById(id)), kinds = [...document.querySelectorAll("input[name=kind]")];
    const told = (item) => { const whole = item[1].map(([start, end]) => text.slice(start, end).join("")).join(" … "); return whole.length > 240 ? whole.slice(0, 150) + " […] " + whole.slice(-60) : whole; };
    const over = new Map(); let single = new Set();
    const describe = (pieces) => { // what lies over them, each once; what only one reading has, first
      const found = [new Map(), new Map()]; // the two readings share items that are the same
      for (const m of pieces.flatMap((piece) => over.get(piece))) found[m.which].set(m.part === m.item[0] ? m.item : m, m);
      const lines = found.flatMap((of) => [...of.values()]).sort((x, y) => (y.part === y.item[0]) - (x.part === x.item[0]) || single.has(y.item) - single.has(x.item));
      details.replaceChildren(...lines.map((m) => { const line = make("div"); line.append(make("strong", m.which ? two.value : one.value), " " + m.part + (two.value && single.has(m.item) && m.part === m.item[0] ? ", only here" : "") + " · " + say(m.item) + " · ", make("q", told(m.part === m.item[0] ? m.item : [0, [[m.start, m.end]]]))); return line; }));
    };
    let stops = [], current = -1, quiet = 0; // what scrolls under a pointer at rest does not speak
    const named = (id) => article.names[id] || id, say = (item) => [named(item[2]), item[3], named(item[4])].filter(Boolean).join(", ");
    const same = (x, y) => JSON.stringify(x[1]) === JSON.stringify(y[1]) && x[0] === y[0];
    const draw = () => {
      const on = new Set(kinds.filter((box) => box.checked).map((box) => box.value));
      const side = (name) => (article.readings[name] || []).map((number) => all_items[number]).filter((item) => on.has(item[0]));
      const readings = [side(one.value), side(two.value)];
      const marks = [];
      readings.forEach((items, which) => items.forEach((item) => {
        item[1].forEach(([start, end]) => marks.push({ start, end, which, item, part: item[0] }));
        (item[5] || []).forEach(([part, start, end]) => marks.push({ start, end, which, item, part }));
      }));
      const cuts = [...new Set([0, text.length, ...marks.flatMap((m) => [m.start, m.end])])].sort((x, y) => x - y);
      const opened = new Map(); marks.forEach((m) => { opened.set(m.start, [...(opened.get(m.start) || []), m]); });
      const equal = (item, which) => readings[1 - which].some((other) => same(other, item) && other[2] === item[2] && other[3] === item[3]);
      single = new Set(readings.flatMap((items, which) => items.filter((item) => !equal(item, which))));
      let live = []; const parts = []; over.clear();
      for (let n = 0; n + 1 < cuts.length; n += 1) {
        const [start, end] = [cuts[n], cuts[n + 1]], words = text.slice(start, end).join("");
        live = [...live.filter((m) => m.end > start), ...(opened.get(start) || [])];
        if (!live.length) { parts.push(words); continue; }
        const has = [0, 1].map((which) => live.filter((m) => m.which === which));
        const alone = live.filter((m) => m.part === m.item[0] && single.has(m.item));
        const piece = make("span", words, "piece" + (has[0].length ? " a" : "") + (has[1].length ? " b" : ""));
        if (two.value) { const [mine, yours] = [0, 1].map((which) => alone.some((m) => m.which === which)); piece.classList.add(mine && yours ? "differs" : mine ? "only-a" : yours ? "only-b" : "both"); }
        piece.tabIndex = -1; piece.dataset.start = start; piece.dataset.end = end;
        over.set(piece, live);
        const tell = () => describe([piece]);
        piece.addEventListener("mousemove", () => { if (performance.now() > quiet) tell(); }); piece.addEventListener("focus", tell); piece.addEventListener("click", () => piece.focus());
        parts.push(piece);
      }
      at.replaceChildren(...parts);
      // a place is what one reading or both have alone at words that meet: one step for each
      const ends = (item) => [item[1][0][0], item[1][item[1].length - 1][1]];
      stops = [];
      for (const item of [...single].sort((x, y) => ends(x)[0] - ends(y)[0])) {
        const [start, end] = ends(item), open = stops.find((stop) => stop.kind === item[0] && start < stop.end);
        if (open) { open.end = Math.max(open.end, end); open.spans.push(...item[1]); } else stops.push({ kind: item[0], start, end, spans: [...item[1]] });
      }
      document.getElementById("differ").textContent = two.value ? stops.length + (stops.length === 1 ? " place" : " places") + " where the two differ" : "";
      current = -1;
      keep({ a: one.value === "gold" ? "" : one.value, b: two.value, kinds: on.size === kinds.length ? "" : [...on].join(" "), at: fragment().get("at") });
    };
    const pieces = (spans) => [...at.querySelectorAll(".piece")].filter((piece) => spans.some(([start, end]) => start < Number(piece.dataset.end) && Number(piece.dataset.start) < end));
    const go = (spans) => {
      at.querySelectorAll(".on").forEach((other) => other.classList.remove("on"));
      const [first, ...rest] = pieces(spans); if (!first) return;
      quiet = performance.now() + 600; [first, ...rest].forEach((piece) => piece.classList.add("on")); first.scrollIntoView({ block: "center" }); first.focus({ preventScroll: true });
      describe([first, ...rest].filter((piece) => over.has(piece)));
    };
    const step = (by) => { if (!stops.length) return; current = (current + by + stops.length) % stops.length; go(stops[current].spans); };
    const given = fragment(), pick = (field, value) => { if (value && [...field.options].some((o) => o.value === value)) field.value = value; };
    pick(one, given.get("a")); pick(two, given.get("b"));
    if (given.get("kinds")) kinds.forEach((box) => { box.checked = given.get("kinds").split(" ").includes(box.value); });
    [one, two, ...kinds].forEach((field) => field.addEventListener("change", draw));
    document.getElementById("next").addEventListener("click", () => step(1));
    document.getElementById("before").addEventListener("click", () => step(current < 0 ? 0 : -1));
    document.addEventListener("keydown", (event) => { if (event.target.matches("select, input") || event.ctrlKey || event.metaKey || event.altKey) return; if (event.key === "n") step(1); if (event.key === "p") step(current < 0 ? 0 : -1); });
    draw();
    const place = given.get("at");
    if (place) {
      const spans = place.split(",").map((one) => { const [start, end] = one.split("-").map(Number); return [start, end || start + 1]; });
      current = stops.findIndex((stop) => stop.end > spans[0][0]) - 1;
      if (stops[current + 1] && stops[current + 1].start <= spans[0][0]) current += 1;
      go(spans);
    }
  }
})();
