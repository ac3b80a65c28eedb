/** Longest wait before the next repetition (RFC 5080 §2.2.1, MRT). */
const MAX_WAIT_MS = 16_000

/** Steps of chance: every wait of another length is a queue of its own. */
const STEPS = 17

/**
 * How long the next answer is waited for: at first `initialMs`, then twice as long as before, a tenth more or less each
 * time, so that many clients do not repeat in step.
 * @param previousMs the last wait; undefined: there was none
 * @param chance 0 up to 1
 * @see RFC 5080 §2.2.1
 */
export function retransmissionMs(previousMs: number | undefined, initialMs: number, chance: number): number {
  const random = (Math.floor(chance * STEPS) / (STEPS - 1)) * 0.2 - 0.1
  const base = previousMs ?? initialMs
  const wait = base * ((previousMs === undefined ? 1 : 2) + random)
  return Math.round(wait > MAX_WAIT_MS ? MAX_WAIT_MS * (1 + random) : wait)
}
