// What is heard of what somebody has chosen, and how loud. Nothing but this decision: no sound, no clock, no page.
export const FLOOR = "floor";
export const QUIET = 5_000; // ms without a sound, after which a channel is silent

/**
 * `chosen`: floor or a language; `channel`: its item; `level`: how loud the floor is under an interpretation, 0 to 1;
 * `last`: of each language when it last sounded here, or began to be listened to, on the clock of `now`; without it nobody listens.
 * Returns why it is so (floor, live, relay, silent, closed), how loud each is that is not still, and whether nobody speaks on a floor that is heard.
 * A silent channel is kept open beside the floor, so that its next word is heard.
 */
export function heard({ chosen, channel, level = 0, last = null, now = 0 }) {
  const quiet = (tag) => last !== null && now - (last[tag] ?? now) > QUIET;
  const why = chosen === FLOOR ? FLOOR : !channel || channel.state === "closed" ? "closed" : channel.state === "silent" || quiet(chosen) ? "silent" : channel.state;
  const interpreted = why === "live" || why === "relay", levels = { [FLOOR]: interpreted ? level : 1 };
  if (chosen !== FLOOR && why !== "closed") levels[chosen] = 1;
  return { why, levels, nobody: !interpreted && quiet(FLOOR) };
}
