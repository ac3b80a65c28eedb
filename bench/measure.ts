/** Processor time of this process so far, in milliseconds: what else runs on the machine is not counted. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** How long is measured. */
export interface Patience {
  readonly warmUpCalls: number
  readonly rounds: number
  readonly roundMs: number
}

/** Patience for a figure, or for a glance. */
export function patience(isQuick: boolean): Patience {
  return { warmUpCalls: 100_000, rounds: isQuick ? 5 : 15, roundMs: isQuick ? 40 : 200 }
}

/**
 * Best microseconds of one call: other work on the machine only ever adds.
 * @param once gives back something that depends on its work, so that it is not left out
 */
export function measure({ warmUpCalls, rounds, roundMs }: Patience, once: (i: number) => number): number {
  let best = Number.POSITIVE_INFINITY
  let sink = 0
  for (let i = 0; i < warmUpCalls; i++) sink += once(i)
  for (let round = 0; round < rounds; round++) {
    const begun = cpuMs()
    let calls = 0
    let spent = 0
    while (spent < roundMs) {
      for (let i = 0; i < 1000; i++) sink += once(calls + i)
      calls += 1000
      spent = cpuMs() - begun
    }
    best = Math.min(best, (spent * 1000) / calls)
  }
  if (sink < 0) throw new Error('nothing was measured')
  return best
}
