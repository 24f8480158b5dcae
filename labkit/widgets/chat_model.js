/*
 * What a page knows of a chat, without the page: the log from the kernel's messages, and a text as
 * blocks to draw. Every text was written by a stranger; here it's cut into pieces, never into markup.
 */

export const MAX_BLOCKS = 200; // Of one message; what comes after is one plain block.
export const MAX_SPANS = 600; // The same for what stands in lines.

/** What a page knows before the kernel has said anything. */
export function emptyLog() {
  return { seq: null, messages: [], status: { busy: false, stopping: false, closed: false, input_tokens: 0, output_tokens: 0 } };
}

/**
 * Take a message of the kernel. `log` is what is known then; `ids` are the messages that differ, or
 * null for all of them; `ask` says that a message was missed, so the state has to be asked for.
 */
export function receive(log, message) {
  if (message.type === "state") {
    const { seq, messages, status } = message;
    return { log: { seq, messages, status }, ids: null, ask: false };
  }
  if (message.type !== "changes" || log.seq === null || message.seq <= log.seq) {
    return { log, ids: new Set(), ask: false };
  }
  if (message.seq > log.seq + 1) return { log: { ...log, seq: null }, ids: new Set(), ask: true };
  const ids = new Set();
  let next = { ...log, seq: message.seq };
  for (const change of message.changes) {
    next = apply(next, change);
    if (change[0] !== "status") ids.add(change[0] === "put" ? change[1].id : change[1]);
  }
  return { log: next, ids, ask: false };
}

function apply(log, [kind, what, piece]) {
  const { messages } = log;
  if (kind === "status") return { ...log, status: what };
  if (kind === "drop") return { ...log, messages: messages.filter((each) => each.id !== what) };
  if (kind === "text") {
    const grown = (each) => (each.id === what ? { ...each, text: each.text + piece } : each);
    return { ...log, messages: messages.map(grown) };
  }
  const known = messages.some((each) => each.id === what.id);
  const put = known ? messages.map((each) => (each.id === what.id ? what : each)) : [...messages, what];
  return { ...log, messages: put };
}

/** Return the address as the browser reads it if it is an http or https one, or null. */
export function safeLink(address) {
  try {
    const url = new URL(address);
    return ["http:", "https:"].includes(url.protocol) && !url.username && !url.password ? url.href : null;
  } catch {
    return null;
  }
}

const SPAN = /`([^`\n]+)`|\*\*([^*\n]+)\*\*|\*([^*\s][^*\n]*)\*|\[([^[\]\n]{1,500})\]\(([^()\s]{1,2000})\)|(https?:\/\/[^\s<>"'`()]{1,2000}[^\s<>"'`().,;:!?])/g;

/** Cut a text into spans: {kind: "text" | "code" | "strong" | "em" | "link", text, href}. */
export function spans(text) {
  const found = [];
  let end = 0;
  for (const hit of text.matchAll(SPAN)) {
    const span = spanOf(hit);
    if (!span) continue;
    if (hit.index > end) found.push({ kind: "text", text: text.slice(end, hit.index) });
    found.push(span);
    end = hit.index + hit[0].length;
  }
  if (end < text.length) found.push({ kind: "text", text: text.slice(end) });
  return found;
}

function spanOf([, code, strong, em, label, address, bare]) {
  if (code !== undefined) return { kind: "code", text: code };
  if (strong !== undefined) return { kind: "strong", text: strong };
  if (em !== undefined) return { kind: "em", text: em };
  const href = safeLink(bare ?? address);
  if (!href) return null;
  return { kind: "link", text: bare ?? label, href };
}

const FENCE = /^ {0,3}(`{3,}|~{3,})\s*([\w+#.-]{0,30})[^`]*$/;
const HEADING = /^(#{1,6}) +(.*)$/;
const ITEM = /^\s*(?:[-*+]|(\d{1,9})[.)]) +(.*)$/;

/** Cut a text into blocks: {kind: "p" | "heading" | "item" | "code", text, spans, mark, lang}. */
export function blocks(text) {
  const lines = text.split("\n");
  const found = [];
  let count = 0;
  let at = 0;
  while (at < lines.length) {
    if (found.length >= MAX_BLOCKS - 1 || count >= MAX_SPANS) {
      found.push({ kind: "p", spans: [{ kind: "text", text: lines.slice(at).join("\n") }] });
      break;
    }
    const [block, next] = blockAt(lines, at);
    at = next;
    if (!block) continue;
    if (block.spans && count + block.spans.length > MAX_SPANS) block.spans = [{ kind: "text", text: block.text }];
    count += block.spans?.length ?? 1;
    found.push(block);
  }
  return found;
}

function blockAt(lines, at) {
  const line = lines[at];
  if (!line.trim()) return [null, at + 1];
  const fence = line.match(FENCE);
  if (fence) return codeAt(lines, at, fence);
  const heading = line.match(HEADING);
  if (heading) return [inline("heading", heading[2]), at + 1];
  const item = line.match(ITEM);
  if (item) return [{ ...inline("item", item[2]), mark: item[1] ? `${item[1]}.` : "•" }, at + 1];
  let end = at + 1;
  while (end < lines.length && lines[end].trim() && ![FENCE, HEADING, ITEM].some((r) => r.test(lines[end]))) end += 1;
  return [inline("p", lines.slice(at, end).join("\n")), end];
}

function codeAt(lines, at, [, mark, lang]) {
  const closes = (line) => line.trim().startsWith(mark) && !line.trim().replaceAll(mark[0], "");
  let end = at + 1;
  while (end < lines.length && !closes(lines[end])) end += 1;
  return [{ kind: "code", lang, text: lines.slice(at + 1, end).join("\n") }, end + 1];
}

function inline(kind, text) {
  return { kind, text, spans: spans(text) };
}
