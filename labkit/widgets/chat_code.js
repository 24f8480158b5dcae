/*
 * Code as tokens to colour. No grammar: enough to tell words, texts, numbers and comments apart, in
 * the four languages of the course. JupyterLab's own editor can't be reached from a widget.
 */

export const MAX_TOKENS = 1500; // Of one block; what comes after stays in one colour.

const SOME_TEXT = String.raw`"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?`;
const NUMBER = String.raw`(?<number>\b\d[\w.]*)`;
const WORD = String.raw`(?<word>[A-Za-z_]\w*)`;

/** For each language: what its tokens look like, and which of its words are keywords. */
const LANGUAGES = {
  __proto__: null, // So that no model finds a language called "constructor".
  python: {
    tokens: [
      String.raw`(?<comment>#[^\n]*)`,
      String.raw`(?<string>[rbfuRBFU]{0,2}(?:"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|${SOME_TEXT}))`,
      NUMBER,
      WORD,
    ],
    keywords: "False None True and as assert async await break case class continue def del elif else except finally for from global if import in is lambda match nonlocal not or pass raise return try while with yield",
  },
  sql: {
    tokens: [String.raw`(?<comment>--[^\n]*|/\*[\s\S]*?(?:\*/|$))`, String.raw`(?<string>'(?:[^']|'')*'?)`, NUMBER, WORD],
    keywords: "add all alter and as asc begin between by case check commit create cross delete desc distinct drop else end exists foreign from full group having in index inner insert into is join key left like limit not null offset on or order outer over partition primary references returning right rollback select set table then union unique update values view when where with",
    anyCase: true,
  },
  json: {
    tokens: [String.raw`(?<name>"(?:\\.|[^"\\\n])*"(?=[ \t]{0,20}:))`, String.raw`(?<string>"(?:\\.|[^"\\\n])*"?)`, String.raw`(?<number>-?\b\d[\w.+-]*)`, WORD],
    keywords: "true false null",
  },
  shell: {
    tokens: [String.raw`(?<comment>(?<![^\s])#[^\n]*)`, String.raw`(?<string>"(?:\\[\s\S]|[^"\\])*"?|'[^']*'?)`, String.raw`(?<name>\$\{?\w+\}?)`, NUMBER, WORD],
    keywords: "case do done elif else esac export fi for function if in local return then until while",
  },
};

const NAMES = {
  py: "python", python3: "python", pycon: "python", ipython: "python", sqlite: "sql", postgresql: "sql",
  jsonc: "json", sh: "shell", bash: "shell", zsh: "shell", console: "shell",
};

for (const language of Object.values(LANGUAGES)) {
  language.tokens = new RegExp(language.tokens.join("|"), "g");
  language.keywords = new Set(language.keywords.split(" "));
}

/**
 * Cut code into tokens: {kind: "" | "comment" | "string" | "number" | "keyword" | "name", text}.
 * Joined, their texts are the code. Code of another language is one token.
 */
export function tokens(code, name = "", most = MAX_TOKENS) {
  const language = LANGUAGES[NAMES[name] ?? name];
  const found = [];
  let end = 0;
  for (const hit of language ? code.matchAll(language.tokens) : []) {
    if (found.length >= most - 2) break;
    const kind = kindOf(hit, code, language);
    if (!kind) continue;
    if (hit.index > end) found.push({ kind: "", text: code.slice(end, hit.index) });
    found.push({ kind, text: hit[0] });
    end = hit.index + hit[0].length;
  }
  if (end < code.length) found.push({ kind: "", text: code.slice(end) });
  return found;
}

function kindOf(hit, code, language) {
  const { word } = hit.groups;
  if (word === undefined) return Object.keys(hit.groups).find((kind) => hit.groups[kind] !== undefined);
  if (language.keywords.has(language.anyCase ? word.toLowerCase() : word)) return "keyword";
  return code[hit.index + word.length] === "(" ? "name" : "";
}
