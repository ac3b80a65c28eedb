import { join } from 'node:path'
import { type Ground, LOAD_CPU } from './ground.ts'
import { numbersOf } from './load.ts'
import { NODE_FLAGS, ROOT } from './paths.ts'

/** One look at the server. */
export interface Sample {
  /** Since the first one. */
  readonly seconds: number
  readonly residentMegabytes: number
  readonly heapMegabytes: number
  /** The longest stall of the last one to two minutes. */
  readonly stallMs: number
  readonly transactions: number
}

/** A program that looks at a server. */
export interface Sampler {
  /** Grows while it runs. */
  readonly samples: readonly Sample[]
  stop(): void
}

/**
 * Looks at a server again and again, from its own network namespace.
 * @param seconds between two looks
 */
export function startSampler(ground: Ground, adminPort: number, seconds: number): Sampler {
  const program = join(ROOT, 'bench/harness/sampler.ts')
  const url = `http://127.0.0.1:${adminPort}/metrics`
  const command = [process.execPath, ...NODE_FLAGS, program, url, String(seconds)]
  const child = ground.start(LOAD_CPU, command)
  const samples: Sample[] = []
  const firstMs = Date.now()
  let rest = ''
  child.stderr?.resume()
  child.stdout?.on('data', (part: Buffer) => {
    const lines = (rest + part.toString()).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) samples.push(readSample(JSON.parse(line), firstMs))
  })
  return {
    samples,
    stop: () => child.kill(),
  }
}

/**
 * Reads a line of the sampler.
 * @throws Error when it is none
 */
export function readSample(line: unknown, firstMs: number): Sample {
  if (typeof line !== 'object' || line === null || !('atMs' in line) || !('values' in line))
    throw new Error('the sampler printed something else')
  const values = numbersOf(line.values)
  const number = (name: string): number => {
    const value = values[name]
    if (value === undefined) throw new Error(`the server has no metric ${name}`)
    return value
  }
  const machines = ['invite-client', 'non-invite-client', 'invite-server', 'non-invite-server']
  const counts = machines.map(machine => number(`aspis_transactions{machine="${machine}"}`))
  return {
    seconds: (Number(line.atMs) - firstMs) / 1000,
    residentMegabytes: number('process_resident_memory_bytes') / 1e6,
    heapMegabytes: number('aspis_heap_bytes') / 1e6,
    stallMs: number('aspis_event_loop_lag_seconds{quantile="1"}') * 1000,
    transactions: counts.reduce((sum, each) => sum + each, 0),
  }
}
