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

  // ---- who is better than whom
  for (const table of document.querySelectorAll("table.better")) {
    const rows = [...table.tBodies[0].rows];
    const mark = (row) => { const beaten = new Set(row ? row.dataset.better.split(" ") : []); rows.forEach((other) => other.classList.toggle("beaten", beaten.has(other.dataset.name))); };
    rows.forEach((row) => { row.addEventListener("mouseenter", () => mark(row)); row.addEventListener("focus", () => mark(row)); row.addEventListener("mouseleave", () => mark(null)); row.addEventListener("blur", () => mark(null)); });
  }

  // ---- a system's errors
  const errors = read("errors");
  if (errors) {
    const list = document.getElementById("list"), more = document.getElementById("more"), count = document.getElementById("count");
    const fields = ["layer", "kind", "document"].map((name) => document.getElementById(name));
    const texts = { ...(window.OnRecordTexts || {}) }; let shown = 50;
    const words = (item, where) => { const text = texts[item[0] || where]; return item[1].map(([start, end]) => text ? text.slice(start, end).join("") : "…").join(" … "); };
    for (const key of Object.keys(texts)) texts[key] = Array.from(texts[key]);
    const around = (doc, gold, predicted) => {
      const line = make("div", undefined, "small"), text = texts[doc]; if (!text) return line;
      const all = [...gold, ...predicted]; if (!all.length) return line;
      const from = Math.max(0, Math.min(...all.map((s) => s[0])) - 60), to = Math.min(text.length, Math.max(...all.map((s) => s[1])) + 60);
      const cuts = [...new Set([from, to, ...all.flat().filter((p) => p > from && p < to)])].sort((a, b) => a - b);
      line.append("… ");
      for (let n = 0; n + 1 < cuts.length; n += 1) {
        const [start, end] = [cuts[n], cuts[n + 1]], over = (spans) => spans.some((s) => s[0] <= start && end <= s[1]);
        const piece = text.slice(start, end).join("").replace(/\s+/g, " "), a = over(gold), b = over(predicted);
        line.append(a || b ? make("mark", piece, a ? "a" : "b") : piece);
      }
      line.append(" …"); return line;
    };
    const draw = () => {
      const [layer, kind, doc] = fields.map((field) => field.value);
      const found = errors.cases.filter((one) => (!layer || one[0] === layer) && (!kind || one[1] === kind) && (!doc || one[3] === doc));
      list.replaceChildren(...found.slice(0, shown).map((one) => {
        const item = make("li"), [of, what, sub, where, start, , gold, predicted, note] = one;
        const link = make("a", where + " " + start);
        link.href = "../read/" + encodeURIComponent(where) + ".html#" + new URLSearchParams({ b: errors.system, at: start });
        item.append(make("strong", of + ", " + what + (sub ? " (" + sub + ")" : "")), " · ", link);
        const say = (side, name) => { for (const each of side) { const line = make("div"); line.append(name + ": “" + words(each, where) + "” ", make("em", each[2])); item.append(line); } };
        say(gold, "gold"); say(predicted, errors.system); if (note) item.append(make("div", note));
        const spans = (side) => side.filter((each) => !each[0] || each[0] === where).flatMap((each) => each[1]);
        item.append(around(where, spans(gold), spans(predicted)));
        return item;
      }));
      count.textContent = found.length + (found.length === 1 ? " error" : " errors") + (found.length > shown ? ", the first " + shown + " of them" : "");
      more.hidden = found.length <= shown;
      keep({ layer, kind, document: doc });
    };
    const take = () => { const given = fragment(); fields.forEach((field) => { const value = given.get(field.id); field.value = value && [...field.options].some((o) => o.value === value) ? value : ""; }); shown = 50; draw(); };
    fields.forEach((field) => field.addEventListener("change", () => { shown = 50; draw(); }));
    window.addEventListener("hashchange", () => { take(); count.scrollIntoView(); });
    more.addEventListener("click", () => { shown += 200; draw(); });
    const kindsOf = (layer) => new Set(errors.cases.filter((one) => !layer || one[0] === layer).map((one) => one[1]));
    const narrow = () => { const has = kindsOf(fields[0].value); for (const option of fields[1].options) { option.hidden = option.disabled = Boolean(option.value) && !has.has(option.value); } if (fields[1].selectedOptions[0].disabled) { fields[1].value = ""; draw(); } };
    fields[0].addEventListener("change", narrow);
    take(); narrow();
    if (fragment().get("layer")) count.scrollIntoView();
  }

  // ---- an article with two readings on its text
  const article = read("article");
  if (article) {
    const text = Array.from(article.text), at = document.getElementById("text"), details = document.getElementById("details");
    const [one, two] = ["a", "b"].map((id) => document.getElementById(id)), kinds = [...document.querySelectorAll("input[name=kind]")];
    let stops = [], current = -1, quiet = 0; // what scrolls under a pointer at rest does not speak
    const named = (id) => article.names[id] || id, say = (item) => [named(item[2]), item[3], named(item[4])].filter(Boolean).join(", ");
    const same = (x, y) => JSON.stringify(x[1]) === JSON.stringify(y[1]) && x[0] === y[0];
    const draw = () => {
      const on = new Set(kinds.filter((box) => box.checked).map((box) => box.value));
      const side = (name) => (article.readings[name] || []).filter((item) => on.has(item[0]));
      const readings = [side(one.value), side(two.value)];
      const marks = [];
      readings.forEach((items, which) => items.forEach((item) => {
        item[1].forEach(([start, end]) => marks.push({ start, end, which, item, part: item[0] }));
        (item[5] || []).forEach(([part, start, end]) => marks.push({ start, end, which, item, part }));
      }));
      const cuts = [...new Set([0, text.length, ...marks.flatMap((m) => [m.start, m.end])])].sort((x, y) => x - y);
      const opened = new Map(); marks.forEach((m) => { opened.set(m.start, [...(opened.get(m.start) || []), m]); });
      let live = []; const parts = []; stops = [];
      for (let n = 0; n + 1 < cuts.length; n += 1) {
        const [start, end] = [cuts[n], cuts[n + 1]], words = text.slice(start, end).join("");
        live = [...live.filter((m) => m.end > start), ...(opened.get(start) || [])];
        if (!live.length) { parts.push(words); continue; }
        const has = [0, 1].map((which) => live.filter((m) => m.which === which));
        const paired = (m) => readings[1 - m.which].some((item) => same(item, m.item) && item[2] === m.item[2] && item[3] === m.item[3]);
        const alone = live.filter((m) => m.part === m.item[0] && !paired(m));
        const piece = make("span", words, "piece" + (has[0].length ? " a" : "") + (has[1].length ? " b" : ""));
        if (two.value) { const [mine, yours] = [0, 1].map((which) => alone.some((m) => m.which === which)); piece.classList.add(mine && yours ? "differs" : mine ? "only-a" : yours ? "only-b" : "both"); }
        piece.tabIndex = -1; piece.dataset.start = start;
        const over = live, tell = () => {
          details.replaceChildren(...over.map((m) => { const line = make("div"); line.append(make("strong", m.which ? two.value : one.value), " " + m.part + " · " + say(m.item)); return line; }));
        };
        piece.addEventListener("mousemove", () => { if (performance.now() > quiet) tell(); }); piece.addEventListener("focus", tell); piece.addEventListener("click", () => piece.focus());
        if (alone.some((m) => m.start === start)) stops.push(piece);
        parts.push(piece);
      }
      at.replaceChildren(...parts);
      document.getElementById("differ").textContent = two.value ? stops.length + " places where the two differ" : "";
      current = -1;
      keep({ a: one.value === "gold" ? "" : one.value, b: two.value, kinds: on.size === kinds.length ? "" : [...on].join(" "), at: fragment().get("at") });
    };
    const go = (piece) => { at.querySelectorAll(".on").forEach((other) => other.classList.remove("on")); if (!piece) return; quiet = performance.now() + 600; piece.classList.add("on"); piece.scrollIntoView({ block: "center" }); piece.focus(); };
    const step = (by) => { if (!stops.length) return; current = (current + by + stops.length) % stops.length; go(stops[current]); };
    const given = fragment(), pick = (field, value) => { if (value && [...field.options].some((o) => o.value === value)) field.value = value; };
    pick(one, given.get("a")); pick(two, given.get("b"));
    if (given.get("kinds")) kinds.forEach((box) => { box.checked = given.get("kinds").split(" ").includes(box.value); });
    [one, two, ...kinds].forEach((field) => field.addEventListener("change", draw));
    document.getElementById("next").addEventListener("click", () => step(1));
    document.getElementById("before").addEventListener("click", () => step(current < 0 ? 0 : -1));
    document.addEventListener("keydown", (event) => { if (event.target.matches("select, input") || event.ctrlKey || event.metaKey || event.altKey) return; if (event.key === "n") step(1); if (event.key === "p") step(current < 0 ? 0 : -1); });
    draw();
    const place = given.get("at");
    if (place) { current = stops.findIndex((piece) => Number(piece.dataset.start) >= Number(place)) - (stops.some((piece) => piece.dataset.start === place) ? 0 : 1); const all = [...at.querySelectorAll(".piece")]; go(all.filter((piece) => Number(piece.dataset.start) <= Number(place)).pop()); }
  }
})();
