import { setTimeout as pause } from 'node:timers/promises'

/** Looked at that often. */
const STEP_MS = 5

/** Whether it becomes true within that time; looks at what was heard without taking it from who waits for it. */
export async function soon(isTrue: () => boolean, withinMs: number): Promise<boolean> {
  const until = performance.now() + withinMs
  while (!isTrue()) {
    if (performance.now() >= until) return false
    await pause(STEP_MS)
  }
  return true
}
