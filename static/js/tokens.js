// The words of a program's text: only what colours, brackets and suggestions need. What a program means is read by the server alone.

/** @typedef {"comment" | "text" | "number" | "bracket" | "word" | "call" | "name"} Kind */
/** @typedef {{kind: Kind, from: number, to: number, text: string}} Token offsets as a text field counts them */

// Group by group: a comment; text in quotes, which may be unfinished; a name; a number; a bracket.
const PATTERN = new RegExp(
  [
    /(?<comment>#[^\n]*)/,
    /(?<text>"""[^]*?(?:"""|$)|'''[^]*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?)/,
    /(?<name>[\p{ID_Start}_]\p{ID_Continue}*)/,
    /(?<number>(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?)/,
    /(?<bracket>[()[\]{}])/,
  ].map((part) => new RegExp(part.source, "u").source).join("|"),
  "gu",
);
const WORDS = new Set(
  "and assert break continue def elif else False for from if import in is lambda None not or return True while".split(" "),
);
const CLOSERS = { "(": ")", "[": "]", "{": "}" };

/**
 * @param {string} text a program
 * @returns {Token[]} in the order of the text
 */
export function tokens(text) {
  const found = [];
  for (const match of text.matchAll(PATTERN)) {
    const [kind] = Object.entries(match.groups).find(([, part]) => part !== undefined);
    const from = match.index;
    const to = from + match[0].length;
    found.push({ kind: kind === "name" ? named(match[0], text, to) : kind, from, to, text: match[0] });
  }
  return found;
}

/** A name that a bracket follows is called. */
function named(name, text, end) {
  if (WORDS.has(name)) return "word";
  let next = end;
  while (text[next] === " ") next += 1;
  return text[next] === "(" ? "call" : "name";
}

/**
 * @param {Token[]} list all tokens of a text
 * @returns {Map<number, number | null>} for the place of each bracket, that of its partner: null, where it has none
 */
export function partners(list) {
  const pairs = new Map();
  const open = [];
  for (const { kind, from, text } of list) {
    if (kind !== "bracket") continue;
    pairs.set(from, null);
    if (CLOSERS[text]) {
      open.push({ from, closer: CLOSERS[text] });
    } else if (open.at(-1)?.closer === text) {
      const start = open.pop().from;
      pairs.set(start, from).set(from, start);
    }
  }
  return pairs;
}
