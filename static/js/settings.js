// How the picture is wanted: fields of the page's form, and the factor of the loss, which is a line of the program.
import { USUAL } from "./state.js";

const NUMBER = String.raw`[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?:\s*/\s*\d+\.?\d*)?`;
const NAME = String.raw`[\p{L}_][\p{L}\p{N}_]*`;
const SCALED = new RegExp(String.raw`\nscaled\s*=\s*(${NUMBER})\s*\*\s*(${NAME})\s*$`, "u");
const LAST = new RegExp(String.raw`^(${NAME})\s*=[^=]`, "u");

/** The settings as the fields say them. @param {HTMLFormElement} form */
export function read(form) {
  const found = {};
  for (const name of Object.keys(USUAL)) {
    const field = form.elements[name];
    found[name] = field.type === "checkbox" ? (field.checked ? "1" : "") : field.value;
  }
  return found;
}

/** Writes settings into the fields; what is not given is as usual. */
export function write(form, settings) {
  for (const [name, usual] of Object.entries(USUAL)) {
    const field = form.elements[name];
    const value = settings[name] ?? usual;
    // Of an option that is not there yet, such as a sample of data that are on their way, the answer decides.
    if (field instanceof HTMLSelectElement && ![...field.options].some((option) => option.value === value)) field.append(new Option(value, value));
    if (field.type === "checkbox") field.checked = Boolean(value);
    else field.value = value;
  }
}

/** The same for a request, as `POST /api/v1/graph` takes it. */
export function forRequest(settings) {
  const digits = Number(settings.digits);
  return {
    detail: settings.detail,
    ...(settings.show !== USUAL.show && { show: settings.show }),
    ...(settings.direction !== USUAL.direction && { direction: settings.direction }),
    ...(Number.isInteger(digits) && digits >= 2 && digits <= 8 && digits !== Number(USUAL.digits) && { digits }),
    ...(settings.fractions && { fractions: true }),
    ...(/^[1-9]\d*$/.test(settings.sample) && { sample: Number(settings.sample) - 1 }),
  };
}

/** By what the program's last line scales the loss, as it is written there; "1" where it has no such line. */
export const factorOf = (program) => program.trimEnd().match(SCALED)?.[1] ?? "1";

/**
 * The program with another factor of its loss; null where the factor is no number, or the program has no last line to scale.
 * @param {string} program
 * @param {string} factor
 */
export function scaled(program, factor) {
  const wanted = factor.trim().replaceAll("−", "-");
  const [over, under = 1] = wanted.split("/").map(Number);
  if (!new RegExp(`^${NUMBER}$`).test(wanted) || !Number.isFinite(over / under)) return null;
  const plain = program.trimEnd();
  const before = plain.replace(SCALED, "");
  const loss = plain.match(SCALED)?.[2] ?? before.split("\n").at(-1).match(LAST)?.[1];
  if (!loss) return null;
  return wanted === "1" ? before : `${before}\nscaled = ${wanted} * ${loss}`;
}
