import type { Pressure, Transport, Window } from '../figures.ts'
import { type Ground, LOAD_CPU, SERVER_CPU } from './ground.ts'
import { cpuTimeOf, kernelShareOf, memoryOf } from './proc.ts'

/** What is asked of the load generator. */
export interface Load {
  readonly mode: 'register' | 'invite' | 'options'
  readonly transport: Transport
  readonly pressure: Pressure
  readonly warmUpSeconds: number
  readonly seconds: number
  /** The phones of an earlier window are still registered, at the same addresses. */
  readonly isPrepared?: boolean
  /** How long a call lasts, in seconds. */
  readonly holdSeconds?: number
  /** Header fields of 45 octets each that are added to every INVITE. */
  readonly extraHeaders?: number
  readonly users?: number
  /** Processor of the generator; the second when absent. */
  readonly cpu?: string
}

/** The server that is loaded. */
export interface Target {
  /** Address and port. */
  readonly at: string
  readonly pids: readonly number[]
}

/**
 * The phones' ports: the same in every window, so that a registration of one is good in the next, or, where it came by
 * a connection that is gone, is replaced by that of the same contact: no call is sent to phones of earlier windows.
 */
const CALLER_PORT = 20_000
const CALLED_PORT = 21_000
const END_PORT = 22_000

/**
 * Loads a server and gives back what the generator counted.
 * @throws Error when the generator gave no figures
 */
export async function loadServer(ground: Ground, target: Target, load: Load): Promise<Window> {
  const program = ground.program('gen/sipload.c', '-lssl', '-lcrypto')
  const { pressure } = load
  const asked =
    'inFlight' in pressure ? ['--inflight', pressure.inFlight] : ['--rate', pressure.ratePerSecond]
  const isUdp = load.transport === 'udp'
  const args = [
    ...['--target', target.at, '--transport', load.transport, '--mode', load.mode],
    ...['--warmup', load.warmUpSeconds, '--duration', load.seconds, ...asked],
    ...['--pids', target.pids.join(','), '--cpu', SERVER_CPU, '--users', load.users ?? 10_000],
    ...['--uac-port', CALLER_PORT, '--uas-port', CALLED_PORT],
    ...(isUdp && load.isPrepared === true ? ['--no-prep'] : []),
    ...(load.holdSeconds === undefined ? [] : ['--hold', load.holdSeconds]),
    ...(load.extraHeaders === undefined ? [] : ['--pad', load.extraHeaders]),
  ]
  if (!isUdp) await ground.untilUnconnected(CALLER_PORT, END_PORT)
  const before = cpuTimeOf(target.pids)
  const run = (): ReturnType<Ground['run']> =>
    ground.run(load.cpu ?? LOAD_CPU, [program, ...args.map(String)])
  let done = await run()
  // Ten thousand strangers at once may be too much for a server that just started; phones come again.
  if (done.errors.includes('prep failed')) {
    console.log(`phones were turned away at first: ${done.errors.trim().split('\n')[0] ?? ''}`)
    done = await run()
  }
  const { out, errors } = done
  // The generator waits for what is in flight before it ends, which at saturation takes milliseconds.
  const toUs = Number(process.hrtime.bigint() / 1000n)
  const fromUs = toUs - load.seconds * 1e6
  const kernelShare = kernelShareOf(before, cpuTimeOf(target.pids))
  const line = out.split('\n').find(each => each.startsWith('{'))
  if (line === undefined) throw new Error(`the load generator gave no figures: ${errors.slice(-400)}`)
  const residentMegabytes = memoryOf(target.pids) / 1e6
  return { ...readWindow(JSON.parse(line)), fromUs, toUs, kernelShare, residentMegabytes }
}

/**
 * Reads the generator's line.
 * @throws Error when a figure is missing
 */
export function readWindow(
  line: unknown,
): Omit<Window, 'fromUs' | 'toUs' | 'kernelShare' | 'residentMegabytes'> {
  if (typeof line !== 'object' || line === null) throw new Error('the load generator printed no object')
  const fields: Readonly<Record<string, unknown>> = { ...line }
  const number = (name: string): number => {
    const value = fields[name]
    if (typeof value !== 'number') throw new Error(`the load generator printed no ${name}`)
    return value
  }
  return {
    cpuUs: number('cpu_us_per_call'),
    perSecond: number('cps'),
    failedPercent: number('fail_pct'),
    repeatedPercent: number('dup_pct'),
    p50Us: number('p50_us'),
    p99Us: number('p99_us'),
    ringingP50Us: number('prov_p50_us'),
    serverLoad: number('cpu_util'),
    generatorLoad: number('gen_util'),
    messagesPerCall: number('msgs_per_call'),
    codes: numbersOf(fields.codes),
  }
}

/** The fields of an object that are numbers. */
export function numbersOf(value: unknown): Record<string, number> {
  const out: Record<string, number> = {}
  if (typeof value !== 'object' || value === null) return out
  for (const [key, count] of Object.entries(value)) if (typeof count === 'number') out[key] = count
  return out
}
