// Asks for tickets: to listen to channels, `*` for all there are, or to speak at one.

/** An error that says in the person's language what was refused, with its code. */
export const refusal = ({ code, text = "", ...facts }) => Object.assign(new Error(text || code), { code, text, ...facts });

/** Tickets as the server gives them; throws {code, text}. A server out of reach is `line`, without words. */
export async function tickets({ listen, speak }) {
  let answer = {};
  try {
    const body = JSON.stringify({ listen, speak });
    const response = await fetch(`/api/rooms/${document.body.dataset.room}/sound`, { method: "POST", headers: { "content-type": "application/json" }, body });
    answer = await response.json();
  } catch { /* out of reach, or something between that speaks no JSON */ }
  if (answer.ok) return answer.ok.tickets;
  throw refusal(answer.no ?? { code: "line" });
}
