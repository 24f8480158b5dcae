/*
 * A trace on the page. What the rows are and where a key leads is `trace_tree.js`, which stands
 * above this text in the module that the page loads.
 *
 * Every text was written by a stranger, so it only ever becomes textContent or an aria-label.
 * Nothing is kept in the model: two views of one trace don't disturb each other.
 */

const ROW_PX = 26; // As in trace_view.css.
const KEYS = "Keys: ↑ ↓ move, ← → fold, Enter details, / filter, s slowest span, e next error";
// On each element that can have the focus: JupyterLab's own keys match "the focused element", so it
// doesn't look further up for this mark.
const OURS = { "data-lm-suppress-shortcuts": "true" };
const SVG = "http://www.w3.org/2000/svg";

/** Make an element; `more` holds attributes. */
function make(tag, name, text = "", more = {}) {
  const element = document.createElement(tag);
  if (name) element.className = `lk-trace-${name}`;
  element.textContent = text;
  for (const [key, value] of Object.entries(more)) element.setAttribute(key, value);
  return element;
}

function button(text, act) {
  const element = make("button", "button", text, { type: "button", ...OURS });
  element.addEventListener("click", act);
  return element;
}

/** All bars of a row in one path: a thousand spans cost one element. */
function drawBars(row, totalMs) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 1000 10");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const path = svg.appendChild(document.createElementNS(SVG, "path"));
  const scale = 1000 / (totalMs || 1);
  path.setAttribute("d", row.bars.map(([start, width]) => {
    const wide = Math.max(width * scale, 4);
    return `M${Math.min(start * scale, 1000 - wide)} 0h${wide}v10h${-wide}z`;
  }).join(""));
  return svg;
}

class TraceView {
  constructor(data, root) {
    this.data = data;
    this.all = false; // Whether what has no room in the picture shows too.
    this.id = `lk-${Math.random().toString(36).slice(2)}`;
    this.build(root);
    this.plant(data.rows);
  }

  // The parts.

  build(root) {
    const { data } = this;
    root.classList.add("lk-trace");
    for (const [name, [light, dark]] of Object.entries(data.inks)) {
      root.style.setProperty(`--lk-${name}-light`, light);
      root.style.setProperty(`--lk-${name}-dark`, dark);
    }
    const head = make("div", "head");
    head.append(make("strong", "", data.title), make("span", "", data.summary));
    root.append(head);
    if (!data.rows.length) return;
    this.tree = make("div", "tree", "", { role: "tree", tabindex: "0", "aria-label": "Spans of the trace", ...OURS });
    this.rows = make("div", "rows", "", { role: "presentation" });
    this.tree.append(this.rows);
    this.panel = make("div", "panel", "", { role: "region", tabindex: "0", "aria-label": "Details", ...OURS });
    this.panel.hidden = true;
    this.readout = make("div", "readout");
    this.status = make("div", "status", "", { role: "status" });
    const body = make("div", "body");
    const left = make("div", "left");
    left.append(this.axis(), this.tree);
    body.append(left, this.panel);
    root.append(this.bar(), body, this.readout, this.status, make("div", "keys", KEYS));
    this.tree.addEventListener("keydown", (event) => this.onKey(event));
    this.tree.addEventListener("scroll", () => this.draw());
    this.tree.addEventListener("click", (event) => this.onClick(event));
    this.tree.addEventListener("mousemove", (event) => this.onHover(event));
    this.tree.addEventListener("mouseleave", () => this.tell(this.active));
    this.panel.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
  }

  bar() {
    const bar = make("div", "bar");
    this.field = make("input", "filter", "", {
      type: "search", placeholder: "Filter", "aria-label": "Filter the spans", autocomplete: "off", ...OURS,
    });
    this.field.addEventListener("input", () => this.filter());
    this.field.addEventListener("keydown", (event) => this.onFieldKey(event));
    bar.append(this.field, button("Slowest span", () => this.toSlowest()));
    this.errors = button("Next error", () => this.toError(1));
    bar.append(this.errors);
    if (this.data.all_rows) {
      this.more = button("Show all kinds", () => this.toggleAll());
      this.more.setAttribute("aria-pressed", "false");
      bar.append(this.more);
    }
    return bar;
  }

  axis() {
    const axis = make("div", "axis", "", { "aria-hidden": "true" });
    const ticks = make("div", "ticks");
    ticks.append(...this.data.axis.map((words) => make("span", "", words)));
    axis.append(ticks);
    return axis;
  }

  // What shows.

  plant(rows) {
    if (!rows.length) return;
    this.nodes = grow(rows);
    this.closed = closedAtFirst(this.nodes);
    this.kept = null;
    this.active = this.nodes[0];
    const bad = this.nodes.filter(isBad).length;
    this.errors.textContent = `Next error (${bad})`;
    this.errors.disabled = bad === 0;
    this.status.textContent = this.all ? "" : this.data.left_out;
    this.filter();
  }

  filter() {
    const text = this.field.value.trim();
    const found = text ? matches(this.nodes, text, this.data.spans) : null;
    this.kept = found && withAround(found);
    this.hits = new Set(found?.map((node) => node.index));
    const many = `${found?.length} of ${this.nodes.length} rows have it`;
    this.status.textContent = found ? many : this.all ? "" : this.data.left_out;
    this.change(found?.[0] ?? this.active);
  }

  /** Show what has changed, with the active node in sight. */
  change(active, closed = this.closed) {
    this.closed = closed;
    this.list = shown(this.nodes, this.closed, this.kept);
    this.active = this.list.includes(active) ? active : this.list[0];
    this.rows.style.height = `${this.list.length * ROW_PX}px`;
    const top = this.list.indexOf(this.active) * ROW_PX;
    const seen = this.tree.clientHeight || 20 * ROW_PX;
    if (top < this.tree.scrollTop) this.tree.scrollTop = top;
    if (top + ROW_PX > this.tree.scrollTop + seen) this.tree.scrollTop = top + ROW_PX - seen;
    this.draw();
    this.tell(this.active);
  }

  draw() {
    const seen = this.tree.clientHeight || 20 * ROW_PX;
    const [first, last] = inSight(this.list.length, this.tree.scrollTop, seen, ROW_PX);
    this.rows.replaceChildren(...this.list.slice(first, last).map((node, n) => this.row(node, first + n)));
    const at = this.list.indexOf(this.active);
    if (at >= first && at < last) this.tree.setAttribute("aria-activedescendant", this.idOf(this.active));
    else this.tree.removeAttribute("aria-activedescendant");
  }

  idOf(node) {
    return `${this.id}-${node.index}`;
  }

  row(node, at) {
    const { row } = node;
    const opens = node.inner.length > 0;
    const open = opens && (this.kept !== null || !this.closed.has(node.index));
    const siblings = (node.parent?.inner ?? this.nodes.filter((one) => !one.parent));
    const item = make("div", "row", "", {
      role: "treeitem", id: this.idOf(node), "aria-level": node.level, "aria-label": this.said(node),
      "aria-posinset": siblings.indexOf(node) + 1, "aria-setsize": siblings.length,
      "aria-selected": String(node === this.opened),
    });
    if (opens) item.setAttribute("aria-expanded", String(open));
    item.style.top = `${at * ROW_PX}px`;
    item.style.setProperty("--ink", `var(--lk-ink-${row.family})`);
    item.classList.toggle("lk-trace-active", node === this.active);
    item.classList.toggle("lk-trace-slow", row.on_slowest_path);
    item.classList.toggle("lk-trace-around", this.kept !== null && !this.hits.has(node.index));
    item.dataset.index = node.index;
    const name = make("span", "name");
    name.style.paddingInlineStart = `${Math.min(row.depth, 14) * 11}px`;
    const words = make("span", "words", row.hidden ? `… ${row.name}` : row.name);
    name.append(make("span", "fold", opens ? (open ? "▾" : "▸") : ""), words);
    if (row.flags.length) name.append(make("span", row.bad ? "bad" : "flags", row.flags.join("  ")));
    const above = this.list[at - 1]?.row.service; // Told once, at the top of its rows.
    const service = make("span", "service", row.service === above ? "" : row.service);
    item.append(service, name, make("span", "kind", row.kind), drawBars(row, this.data.total_ms), make("span", "took", row.took));
    return item;
  }

  /** A row in words, for a screen reader and below the tree. */
  said({ row }) {
    const what = row.kind ? `${row.kind} in ${row.service}` : row.service;
    const path = row.on_slowest_path ? ", on the slowest path" : "";
    return [row.name, what, `took ${row.took}`, `own time ${row.own}${path}`, ...row.flags].join(", ");
  }

  tell(node) {
    this.readout.textContent = node ? this.said(node) : "No row has it.";
  }

  // What one does.

  nodeAt(event) {
    const item = event.target.closest("[data-index]");
    return item && this.nodes[Number(item.dataset.index)];
  }

  /** Tell of the row under the mouse, but only if it's the mouse that has moved and not the rows. */
  onHover(event) {
    const at = `${event.screenX} ${event.screenY}`;
    if (at !== this.hovered) this.tell(this.nodeAt(event) ?? this.active);
    this.hovered = at;
  }

  onClick(event) {
    const node = this.nodeAt(event);
    if (!node) return;
    const onTriangle = event.target.closest(".lk-trace-fold") && node.inner.length;
    if (onTriangle && !this.kept) this.toggle(node);
    else this.open(node);
  }

  toggle(node) {
    const key = this.closed.has(node.index) ? "ArrowRight" : "ArrowLeft";
    const { closed } = move(key, node, this.list, this.closed);
    this.change(node, closed);
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (!this.act(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  act(key) {
    if (key === "/") return this.field.focus(), true;
    if (!this.active) return false;
    if (key === "Enter" || key === " ") return this.open(this.active), true;
    if (key === "s") return this.toSlowest(), true;
    if (key === "e" || key === "E") return this.toError(key === "e" ? 1 : -1), true;
    if (key === "Escape") return this.close(), true;
    const moved = move(key, this.active, this.list, this.closed, this.kept !== null);
    if (moved) this.change(moved.active, moved.closed);
    return moved !== null;
  }

  onFieldKey(event) {
    if (event.key === "Escape") this.field.value = "";
    else if (event.key !== "Enter") return;
    event.preventDefault();
    event.stopPropagation();
    this.filter();
    this.tree.focus();
  }

  goTo(node) {
    if (!node) return;
    if (this.kept && !this.kept.has(node.index)) {
      this.field.value = "";
      this.filter();
    }
    this.change(node, reveal(node, this.closed));
    this.tree.focus();
  }

  toSlowest() {
    if (!slowest(this.nodes) && this.more) this.toggleAll(); // It is of a kind that was left out.
    this.goTo(slowest(this.nodes));
  }

  toError(step) {
    this.goTo(following(this.nodes, this.active ?? this.nodes[0], isBad, step));
  }

  toggleAll() {
    this.all = !this.all;
    this.more.setAttribute("aria-pressed", String(this.all));
    this.close();
    this.plant(this.all ? this.data.all_rows : this.data.rows);
  }

  // The side panel.

  open(node) {
    this.opened = node;
    this.show(node, node.row.spans[0]);
    this.panel.hidden = false;
    this.change(node);
    this.status.textContent = `Details of ${node.row.name} are open; Tab leads to them, Escape closes them.`;
  }

  close() {
    const hadFocus = this.panel.contains(document.activeElement);
    this.opened = undefined;
    this.panel.hidden = true;
    this.draw();
    if (hadFocus) this.tree.focus();
  }

  show({ row }, spanId) {
    const span = this.data.spans[spanId];
    this.panel.replaceChildren(make("h4", "title", row.name), button("Close", () => this.close()));
    const times = span ? [["began", span.began], ["took", span.took], ["own time", span.own]] : [["took", row.took]];
    this.list_("", [["service", row.service], ...(row.kind ? [["kind", row.kind]] : []), ...times]);
    if (row.hidden) this.note(row.inside.length
      ? `This row stands for ${row.count.toLocaleString("en")} spans: → shows them.`
      : `This row stands for ${row.count.toLocaleString("en")} spans, too many for this view.`);
    else if (!span) this.note("The trace is too large: its details weren't sent.");
    if (span?.error) this.list_("Error", [[span.error, span.raised_here ? "arose here" : "came through"]], "bad");
    if (span) this.details(span);
    if (row.count > 1 && !row.hidden) this.others(row, spanId);
  }

  details(span) {
    if (span.attributes.length) this.list_("Attributes", span.attributes);
    const moments = span.moments.map(({ name, at, attributes }) => [
      name, [at, ...attributes.map((pair) => pair.join(" "))].join(", "),
    ]);
    if (moments.length) this.list_("Moments", moments);
    if (!span.attributes.length && !moments.length) this.note("It has no attributes and no moments.");
  }

  /** The spans of a row that stands for several. */
  others(row, spanId) {
    const few = row.spans.length < row.count ? `, the ${row.spans.length} that took longest` : "";
    this.panel.append(make("h5", "", `${row.count.toLocaleString("en")} spans${few}`));
    const list = make("div", "others");
    for (const id of row.spans.filter((one) => this.data.spans[one])) {
      const { began, took } = this.data.spans[id];
      const one = button(`${took} at ${began}`, () => {
        this.show({ row }, id);
        this.panel.focus();
      });
      one.setAttribute("aria-pressed", String(id === spanId));
      list.append(one);
    }
    this.panel.append(list);
  }

  list_(title, pairs, kind = "") {
    if (title) this.panel.append(make("h5", "", title));
    const list = make("dl", kind);
    for (const [name, value] of pairs) list.append(make("dt", "", name), make("dd", "", value));
    this.panel.append(list);
  }

  note(words) {
    this.panel.append(make("p", "", words));
  }
}
