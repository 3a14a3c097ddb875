// Every question to the server that is no WebSocket's goes the same way.

/**
 * Asks the server.
 * @param {string} address
 * @param {string} body JSON
 * @returns {Promise<Response>}
 */
export const post = (address, body) => fetch(address, { method: "POST", headers: { "Content-Type": "application/json" }, body });
