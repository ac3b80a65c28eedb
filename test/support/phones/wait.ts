/** Waits for a condition, looked at every 50 ms; throws with what it waited for and the report. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false,
  report: () => string = () => '',
  seconds = 15,
): Promise<T> {
  const endMs = Date.now() + seconds * 1000
  for (;;) {
    const seen = look()
    if (seen !== undefined && seen !== false) return seen
    if (Date.now() > endMs) throw new Error(`not seen in ${seconds} s: ${what}\n${report()}`)
    await new Promise(done => setTimeout(done, 50))
  }
}
