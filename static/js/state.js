// What the page shows, as an address after #, and as a file. Only what differs from the example and from the usual is written.

/** Beyond so many characters browsers, chats and mail begin to cut an address. */
export const LONGEST = 32_000;

/** Settings of the page that are fields of its form, and what they usually are. */
export const USUAL = {
  detail: "statements", view: "picture", direction: "down", show: "both", digits: "3", fractions: "", sample: "",
};

/** Everything else that is a plain text in the address, by the same name. */
const TEXTS = ["example", "select", "pair", "step", "notation", "order", "scheme", "hide", "lock", "lesson", "exercise"];
const LISTS = ["open", "closed"];
/** What some of them may be; anything else is as usual. */
const KINDS = { digits: /^[2-8]$/, notation: /^(matrix|sample)$/, order: /^(chain|shapes)$/, scheme: /^(light|dark)$/, sample: /^([1-9]\d{0,6})?$/ };

/** Bytes as text that may stand in an address. */
function toText(bytes) {
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function toBytes(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
}

async function through(bytes, stream) {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}

/** A plain value, deflated. */
async function pack(value) {
  return toText(await through(new TextEncoder().encode(JSON.stringify(value)), new CompressionStream("deflate-raw")));
}

async function unpack(text) {
  return JSON.parse(new TextDecoder().decode(await through(toBytes(text), new DecompressionStream("deflate-raw"))));
}

/**
 * The address of a state.
 * @param {object} state `program` and `inputs` only where they are not the example's own
 */
export async function toAddress(state) {
  const found = new URLSearchParams();
  for (const name of TEXTS) if (state[name]) found.set(name, state[name]);
  for (const [name, usual] of Object.entries(USUAL)) if ((state[name] ?? usual) !== usual) found.set(name, state[name]);
  for (const name of LISTS) if (state[name]?.length) found.set(name, JSON.stringify(state[name]));
  if (state.present) found.set("present", "1");
  if (state.program !== undefined) found.set("data", await pack({ program: state.program, inputs: state.inputs }));
  // Commas, slashes and brackets need no escape after #, and the address stays legible.
  return found.toString().replaceAll("%2C", ",").replaceAll("%5B", "[").replaceAll("%5D", "]");
}

/**
 * The state that an address holds; `program` and `inputs` may also be given plainly, for people who write links by hand.
 * @throws {Error} its numbers cannot be read
 */
export async function fromAddress(text) {
  const given = new URLSearchParams(text.replace(/^#/, ""));
  const found = {};
  for (const name of [...TEXTS, ...Object.keys(USUAL)]) if (given.has(name)) found[name] = given.get(name);
  for (const name of LISTS) if (given.has(name)) found[name] = JSON.parse(given.get(name));
  found.present = given.get("present") === "1";
  if (given.has("program")) found.program = given.get("program");
  if (given.has("inputs")) found.inputs = JSON.parse(given.get("inputs"));
  if (given.has("data")) Object.assign(found, await unpack(given.get("data")));
  return checked(found);
}

/** The text of a file that holds a state. */
export const toFile = (state) => `${JSON.stringify({ curlyd: 1, ...state }, null, 1)}\n`;

/**
 * The state in the text of a file.
 * @throws {Error} it is none
 */
export function fromFile(text) {
  const found = JSON.parse(text);
  if (typeof found !== "object" || found === null || typeof found.program !== "string") throw new Error("This is no file of Curly d.");
  return checked(found);
}

/** What is not of its kind is refused: nobody's link may leave the page half broken. */
function checked(found) {
  const isTable = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
  if (found.program !== undefined && typeof found.program !== "string") throw new Error("Its program is no text.");
  if (found.inputs !== undefined && !isTable(found.inputs)) throw new Error("Its inputs are no table of names and numbers.");
  for (const name of LISTS) {
    if (found[name] !== undefined && !(Array.isArray(found[name]) && found[name].every((one) => typeof one === "string"))) delete found[name];
  }
  for (const name of [...TEXTS, ...Object.keys(USUAL)]) if (found[name] !== undefined) found[name] = String(found[name]);
  for (const [name, kind] of Object.entries(KINDS)) if (found[name] !== undefined && !kind.test(found[name])) delete found[name];
  return found;
}
