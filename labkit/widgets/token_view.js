/*
 * A token on the page. How its text is cut and what a key does is `token_model.js`, which stands
 * above this text in the module that the page loads.
 *
 * Every text was written by a stranger, so it only ever becomes textContent or an aria-label. The
 * kernel checks each text that one types; each view asks for itself and takes only its own answers.
 */

const MOST_TYPED = 20000; // Characters; as in token_view.py.
const SECOND_MS = 1000;
const KEYS = "Keys: ↑ ↓ from member to member. Change a character below, and the kernel checks it.";
const SIGNS = { passed: "✓", failed: "✗", "not reached": "·" };
const NOT_SIGNED = "Nothing by itself: it fits the characters of parts 1 and 2, or it doesn't.";
// On each element that can have the focus: JupyterLab's own keys match "the focused element", so it
// doesn't look further up for this mark.
const OURS = { "data-lm-suppress-shortcuts": "true" };

/** Make an element; `more` holds attributes. */
function make(tag, name, text = "", more = {}) {
  const element = document.createElement(tag);
  if (name) element.className = `lk-token-${name}`;
  element.textContent = text;
  for (const [key, value] of Object.entries(more)) element.setAttribute(key, value);
  return element;
}

class TokenView {
  constructor(ask, root) {
    this.ask = ask; // Asks the kernel to look at a text; null stands for the token itself.
    this.id = `lk-${Math.random().toString(36).slice(2)}`;
    this.text = null;
    this.picked = 0;
    this.entries = [];
    this.build(root);
    this.timer = setInterval(() => this.tick(), SECOND_MS);
    this.ask(null);
  }

  end() {
    clearInterval(this.timer);
  }

  // The parts.

  build(root) {
    this.root = root;
    root.classList.add("lk-token");
    this.summary = make("span", "summary", "Waiting for the kernel", { role: "status" });
    this.left = make("span", "left", "", { role: "timer" });
    const head = make("div", "head");
    head.append(make("strong", "", "Token"), this.summary, this.left);
    this.encoded = make("div", "encoded", "", { role: "region", "aria-label": "Encoded token", tabindex: "0", ...OURS });
    this.list = make("div", "list", "", { role: "listbox", tabindex: "0", "aria-label": "Members of the token", ...OURS });
    this.panel = make("div", "panel", "", { role: "region", "aria-label": "What it is", tabindex: "0", ...OURS });
    this.steps = make("ol", "steps", "", { "aria-label": "What a verifier checks, in this order" });
    const body = make("div", "body");
    body.append(this.list, this.panel);
    this.editor = this.edit();
    root.append(head, this.encoded, body, this.steps, this.editor, make("div", "keys", KEYS));
    this.list.addEventListener("keydown", (event) => this.onKey(event));
    for (const area of [this.encoded, this.list]) {
      area.addEventListener("mouseover", (event) => this.onPoint(event));
      area.addEventListener("mouseleave", () => this.show(this.picked));
      area.addEventListener("click", (event) => this.onClick(event));
    }
  }

  edit() {
    const editor = make("div", "editor");
    this.field = make("textarea", "field", "", {
      id: `${this.id}-field`, rows: "5", maxlength: String(MOST_TYPED), spellcheck: "false", autocomplete: "off",
      "aria-describedby": `${this.id}-change`, ...OURS,
    });
    this.field.addEventListener("input", () => this.typed());
    this.field.addEventListener("keydown", (event) => this.onFieldKey(event));
    this.back = make("button", "button", "Put it back", { type: "button", ...OURS });
    this.back.addEventListener("click", () => this.putBack());
    this.change = make("span", "change", "", { id: `${this.id}-change` });
    const bar = make("div", "bar");
    bar.append(this.back, this.change);
    editor.append(make("label", "label", "Change a character", { for: `${this.id}-field` }), this.field, bar);
    return editor;
  }

  // What the kernel says.

  /** Take an answer; `text` is what was asked about, null for the token itself. */
  take(data, text) {
    if (text !== null && text !== this.field.value) return; // Something else was typed since.
    if (text === null && this.text === null) this.field.value = data.text;
    if (text === null) this.text = data.text;
    this.field.readOnly = this.text.length < data.length && text === null; // Only a part is here.
    this.data = data;
    this.told = performance.now();
    this.due = null;
    for (const [name, [light, dark]] of Object.entries(data.inks)) {
      this.root.style.setProperty(`--lk-${name}-light`, light);
      this.root.style.setProperty(`--lk-${name}-dark`, dark);
    }
    this.draw();
  }

  /** Ask again: a cell has changed the clock or the keys, or the time has come. */
  again() {
    this.ask(this.text === null || this.field.value === this.text ? null : this.field.value);
  }

  draw() {
    const { data } = this;
    const shown = data.text.length < data.length ? `; the first ${data.text.length} of ${data.length} characters are shown` : "";
    this.summary.textContent = `${data.summary}${shown}`;
    this.summary.dataset.state = data.accepted ? "good" : "bad";
    this.change.textContent = changeInWords(this.text, data.text, data.parts);
    this.back.disabled = this.field.value === this.text;
    this.entries = entriesOf(data.parts);
    this.picked = Math.min(this.picked, this.entries.length - 1);
    this.drawText();
    this.drawList();
    this.steps.replaceChildren(...data.steps.map((one) => this.drawStep(one)));
    this.show(this.picked);
    this.tick();
  }

  drawText() {
    const runs = runsOf(this.data.text, this.data.parts, this.entries, changeOf(this.text, this.data.text));
    this.encoded.replaceChildren(...runs.map((run) => {
      const made = make("span", "run", run.text);
      made.dataset.part = run.part;
      made.dataset.entries = run.entries.join(" ");
      made.classList.toggle("lk-token-changed", run.changed);
      return made;
    }));
  }

  drawList() {
    const groups = this.data.parts.map((part) => {
      const size = part.bytes ? `${part.characters} characters, ${part.bytes} bytes` : `${part.characters} characters`;
      const group = make("div", "group", "", { role: "group", "aria-label": `${part.name}, ${size}` });
      const title = make("div", "title", part.name, { "aria-hidden": "true" });
      title.dataset.part = part.name;
      title.append(make("span", "size", size));
      group.append(title);
      if (part.fault) group.append(make("div", "fault", part.fault, { "aria-hidden": "true" }));
      group.append(...this.entries.flatMap((entry, index) => (entry.part === part ? [this.option(entry, index)] : [])));
      if (part.more) group.append(make("div", "size", `and ${part.more} more`, { "aria-hidden": "true" }));
      return group;
    });
    this.list.replaceChildren(...groups);
  }

  option({ part, member }, index) {
    const said = member ? `${member.name}: ${member.value}` : this.aboutPart(part);
    const option = make("div", "option", "", { role: "option", id: `${this.id}-${index}`, "aria-label": said });
    option.dataset.entries = index;
    option.dataset.part = part.name;
    if (member) option.append(make("span", "name", member.name), make("span", "value", member.value));
    else option.append(make("span", "value", said));
    if (member?.alarming) option.append(make("span", "alarm", "!"));
    return option;
  }

  aboutPart(part) {
    if (part.fault) return part.fault;
    return part.name === "signature" ? this.data.about_signature : "It has no members.";
  }

  drawStep({ name, words, state }) {
    const item = make("li", "step", "", { "aria-label": `${name}, ${state}: ${words}` });
    item.dataset.state = state;
    item.append(make("span", "sign", SIGNS[state]), make("strong", "", name), make("span", "words", words));
    return item;
  }

  // Pointing.

  /** Show one entry: its characters, and what it is. */
  show(index) {
    for (const run of this.encoded.children) {
      run.classList.toggle("lk-token-lit", run.dataset.entries.split(" ").includes(String(index)));
    }
    for (const option of this.list.querySelectorAll("[role=option]")) {
      option.setAttribute("aria-selected", String(option.dataset.entries === String(this.picked)));
      option.classList.toggle("lk-token-lit", option.dataset.entries === String(index));
    }
    if (this.entries[index]) this.tell(this.entries[index]);
    if (this.entries.length) this.list.setAttribute("aria-activedescendant", `${this.id}-${this.picked}`);
  }

  tell({ part, member, place }) {
    const [start, end] = place.map((at) => at - part.place[0]);
    const characters = member ? `: ${this.data.text.slice(...place)}` : "";
    const where = start === end ? "none" : `${start + 1} to ${end} of the ${part.name}${characters}`;
    const rows = [
      ["means", member ? member.meaning : this.aboutPart(part)],
      ["a verifier", member ? member.does : part.name === "signature" ? NOT_SIGNED : "Refuses the token."],
      ["characters", where],
    ];
    if (member) rows.unshift(["value", member.value]);
    const list = make("dl");
    for (const [name, value] of rows) {
      const said = make("dd", name === "characters" || name === "value" ? "code" : "", value);
      if (name === "means" && member?.alarming) said.classList.add("lk-token-alarm");
      list.append(make("dt", "", name), said);
    }
    const title = make("h4", "what", member ? member.name : part.name);
    title.dataset.part = part.name;
    this.panel.replaceChildren(title, list);
  }

  pick(index) {
    this.picked = index;
    this.show(index);
    this.list.querySelector(`[data-entries="${index}"]`)?.scrollIntoView({ block: "nearest" });
  }

  /** The entry under the mouse; a character that two share is the first one's. */
  entryAt(event) {
    const entries = event.target.closest("[data-entries]")?.dataset.entries;
    return entries ? Number(entries.split(" ")[0]) : null;
  }

  onPoint(event) {
    this.show(this.entryAt(event) ?? this.picked);
  }

  onClick(event) {
    const index = this.entryAt(event);
    if (index !== null) this.pick(index);
  }

  onKey(event) {
    const to = event.ctrlKey || event.metaKey || event.altKey ? null : step(event.key, this.picked, this.entries.length);
    if (to === null) return;
    event.preventDefault();
    event.stopPropagation();
    this.pick(to);
  }

  // Changing.

  /** What stands above is of the text before, until the kernel has answered. */
  typed() {
    this.summary.textContent = "Being checked";
    this.summary.dataset.state = "";
    this.ask(this.field.value);
  }

  /** Escape puts it back; Enter adds no line: a token has none. */
  onFieldKey(event) {
    if (event.isComposing || !["Escape", "Enter"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Escape") this.putBack();
  }

  putBack() {
    if (this.text === null) return;
    this.field.value = this.text;
    this.field.focus();
    this.ask(null);
  }

  // Time.

  tick() {
    if (!this.data) return;
    const { expires_at: end, now, leeway_s: leeway, stands_still: still } = this.data;
    const time = now + (still ? 0 : (performance.now() - this.told) / 1000);
    this.left.textContent = timeLeft(end, time, leeway, still);
    // Once, when a verifier's answer changes: it accepts until the leeway is over.
    if (this.data.accepted && end !== null && time > end + leeway && !this.due) {
      this.due = true;
      this.again();
    }
  }
}

export default {
  render({ model, el }) {
    const asked = new Map(); // What each question was about, by its number.
    const id = Math.random().toString(36).slice(2); // Another view's answers are none of ours.
    let count = 0;
    const ask = (text) => {
      asked.set(count += 1, text);
      model.send({ type: "look", from: id, number: count, text });
    };
    const view = new TokenView(ask, el);
    const onMessage = (message) => {
      if (message.type === "changed") view.again();
      if (message.type !== "look" || message.to !== id) return;
      view.take(message.data, asked.get(message.number));
      asked.delete(message.number);
    };
    model.on("msg:custom", onMessage);
    return () => {
      model.off("msg:custom", onMessage);
      view.end();
      try {
        model.send({ type: "leave", from: id });
      } catch {
        // The kernel was stopped or restarted: there is nobody to tell.
      }
    };
  },
};
