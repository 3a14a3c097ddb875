// Every question to the server that is no WebSocket's goes the same way.

/** Statuses of a server that has too much to do. */
export const TOO_MANY = [429, 503];
const TRIES = 3;
/** Milliseconds to wait where the server does not say how long. */
const AGAIN = 1500;

/**
 * Asks the server; one that has too much to do is asked again after a while.
 * @param {string} address
 * @param {string} body JSON
 * @param {number} tries so often at most
 * @returns {Promise<Response>}
 */
export async function post(address, body, tries = TRIES) {
  const response = await fetch(address, { method: "POST", headers: { "Content-Type": "application/json" }, body });
  if (tries <= 1 || !TOO_MANY.includes(response.status)) return response;
  const seconds = Number(response.headers.get("Retry-After"));
  await new Promise((done) => setTimeout(done, seconds > 0 && seconds < 10 ? 1000 * seconds : AGAIN));
  return post(address, body, tries - 1);
}
