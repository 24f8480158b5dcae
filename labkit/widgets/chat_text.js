/*
 * A text as blocks to draw: the part of Markdown that models write. Every text was written by a
 * stranger; here it's cut into pieces, never into markup, and into a bounded number of them. What is
 * beyond a bound stays, as plain text.
 *
 * Glossary. Block: {kind: "p" | "heading" | "item" | "quote" | "rule" | "code" | "plain" | "table"}
 * with its text. Span: a piece of a line, {kind: "text" | "code" | "strong" | "em" | "link"}.
 */

export const MAX_BLOCKS = 200; // Of one message; what comes after is one plain block.
export const MAX_SPANS = 600; // The same for what stands in lines.
export const MAX_CELLS = 1000; // The same for tables; rows that have no room stand below as text.

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

/** Cut a text into spans: {kind, text, href}. */
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

// Each takes time in proportion to its line: what may repeat ends where it can't go on, so that
// nothing is tried again with less of it, and "s" lets the rest be anything.
const FENCE = /^ {0,3}(`{3,}|~{3,}(?!~))(?=[^`]*$)\s*([\w+#.-]{0,30})/;
const HEADING = /^(#{1,6}) +(.*)$/s;
const ITEM = /^( *)(?:[-*+]|(\d{1,9})[.)]) +(.*)$/s;
const QUOTE = /^ {0,3}> ?(.*)$/s;
const RULE = /^ {0,3}(?:-{3,}|\*{3,}|_{3,})\s*$/;
const STARTS = [FENCE, HEADING, ITEM, QUOTE, RULE];

/** Cut a text into blocks. */
export function blocks(text) {
  const lines = text.split("\n");
  const found = [];
  const room = { spans: MAX_SPANS, cells: MAX_CELLS };
  let at = 0;
  while (at < lines.length) {
    if (found.length >= MAX_BLOCKS - 2 || room.spans <= 0) {
      found.push({ kind: "p", ...plain(lines.slice(at).join("\n")) });
      break;
    }
    const [list, next] = blocksAt(lines, at, room);
    at = next;
    found.push(...list.map((block) => bounded(block, room)));
  }
  return found;
}

/** A block within the room for spans that is left. */
function bounded(block, room) {
  const fits = (block.spans?.length ?? 1) <= Math.max(room.spans, 1);
  const kept = fits ? block : { ...block, ...plain(block.text) };
  room.spans -= kept.spans?.length ?? 1;
  return kept;
}

function plain(text) {
  return { text, spans: [{ kind: "text", text }] };
}

/** The blocks that begin at a line, none for an empty one, and the line after them. */
function blocksAt(lines, at, room) {
  const line = lines[at];
  if (!line.trim()) return [[], at + 1];
  const fence = line.match(FENCE);
  if (fence) return codeAt(lines, at, fence);
  if (RULE.test(line)) return [[{ kind: "rule", text: line }], at + 1];
  const heading = line.match(HEADING);
  if (heading) return [[inline("heading", heading[2])], at + 1];
  const item = line.match(ITEM);
  if (item) return [[itemOf(item)], at + 1];
  if (QUOTE.test(line)) return quoteAt(lines, at);
  if (isTable(lines, at)) return tableAt(lines, at, room);
  let end = at + 1;
  while (end < lines.length && lines[end].trim() && !STARTS.some((r) => r.test(lines[end])) && !isTable(lines, end)) end += 1;
  return [[inline("p", lines.slice(at, end).join("\n"))], end];
}

function itemOf([, indent, number, text]) {
  return { ...inline("item", text), mark: number ? `${number}.` : "•", depth: Math.min(indent.length >> 1, 4) };
}

function quoteAt(lines, at) {
  let end = at;
  while (end < lines.length && QUOTE.test(lines[end])) end += 1;
  return [[inline("quote", lines.slice(at, end).map((line) => line.match(QUOTE)[1]).join("\n"))], end];
}

function codeAt(lines, at, [, mark, lang]) {
  const closes = (line) => line.trim().startsWith(mark) && !line.trim().replaceAll(mark[0], "");
  let end = at + 1;
  while (end < lines.length && !closes(lines[end])) end += 1;
  return [[{ kind: "code", lang, text: lines.slice(at + 1, end).join("\n") }], end + 1];
}

function inline(kind, text) {
  return { kind, text, spans: spans(text) };
}

// Tables, as GitHub has them.

function cellsOf(line) {
  const inner = line.trim().replace(/^\|/, "").replace(/([^\\])\|$/, "$1");
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

function isTable(lines, at) {
  if (!lines[at].includes("|") || !lines[at + 1]?.includes("-")) return false;
  const marks = cellsOf(lines[at + 1]);
  return marks.every((cell) => /^:?-+:?$/.test(cell)) && cellsOf(lines[at]).length === marks.length;
}

function tableAt(lines, at, room) {
  const head = cellsOf(lines[at]);
  const sides = cellsOf(lines[at + 1]).map((cell) => (cell.endsWith(":") ? (cell.startsWith(":") ? "center" : "end") : "start"));
  let end = at + 2;
  while (end < lines.length && lines[end].trim() && lines[end].includes("|")) end += 1;
  const fitting = Math.max(Math.floor(room.cells / head.length) - 1, -1);
  const shown = Math.min(end - at - 2, fitting);
  if (shown < 0) return [[{ kind: "plain", text: lines.slice(at, end).join("\n") }], end];
  room.cells -= (shown + 1) * head.length;
  const rows = lines.slice(at + 2, at + 2 + shown).map(cellsOf).map((cells) => head.map((_, n) => cells[n] ?? ""));
  const table = { kind: "table", text: lines.slice(at, at + 2 + shown).join("\n"), head, rows, sides };
  const rest = lines.slice(at + 2 + shown, end).join("\n");
  return [rest ? [table, { kind: "plain", text: rest }] : [table], end];
}
