// Tickets to listen and to speak, asked for as any page asks for something.
const { room } = document.body.dataset;

/** What a room gives: `listen` a list of channels or "*", `speak` one channel. Throws {code, text} where it does not. */
export async function tickets(wanted) {
  let answer = null, said = null;
  try {
    answer = await fetch(`/api/rooms/${room}/sound`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(wanted) });
    said = await answer.json();
  } catch { /* no line, or no answer of ours */ }
  if (!answer?.ok) throw said?.no ?? { code: "line", text: "" };
  return said.ok.tickets;
}
