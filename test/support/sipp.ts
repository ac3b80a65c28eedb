import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './edge-process.ts'

/** One run of SIPp with a scenario of `test/scenarios/`. */
export interface SippRun {
  /** Name of the scenario, without `.xml`. */
  readonly scenario: string
  /** Network namespace to run in, and its address. */
  readonly host: string
  readonly ip: string
  readonly port: number
  /** Where a caller sends to, `ip:port`; left out for who waits for calls. */
  readonly towards?: string | undefined
  readonly transport: 'udp' | 'tcp'
  /** Calls after which it ends. */
  readonly calls: number
  readonly callsPerSecond?: number
  /** Calls at the same time. */
  readonly maxOpenCalls?: number
  /** T1: after how long SIPp repeats a request over UDP first. */
  readonly t1Ms?: number
  /** `[name]` in the scenario. */
  readonly keys?: Readonly<Record<string, string | number>>
  /** Fields of each call, one line a call. */
  readonly lines?: readonly string[]
  /** What the digest is for: SIPp takes its remote address otherwise. */
  readonly digestUri?: string
  readonly timeoutSeconds?: number
}

/** How a run ended. */
export interface SippEnd {
  /** 0 when every call went as the scenario says. */
  readonly exitCode: number | null
  /** What it wrote of unexpected messages; '' when there was none. */
  readonly errors: string
  readonly successful: number
  readonly failed: number
  /** Messages that it sent again. */
  readonly retransmissions: number
  readonly unexpected: number
  /** `epoch-ms direction start-line`, in order. */
  readonly messages: readonly SippMessage[]
}

/** A message that SIPp saw. */
export interface SippMessage {
  readonly atMs: number
  readonly callId: string
  readonly direction: 'sent' | 'received'
  readonly startLine: string
}

/** A run that goes on. */
export interface Sipp {
  readonly pid: number | undefined
  readonly ended: Promise<SippEnd>
  /** Ends it at once, when a test has failed. */
  kill(): void
}

let runs = 0

/** Starts SIPp; its files lie in the folder. */
export function startSipp(folder: string, run: SippRun): Sipp {
  runs += 1
  const base = join(folder, `${run.scenario}-${run.transport}-${runs}`)
  const args = argumentsOf(base, run)
  const child = spawn('ip', ['netns', 'exec', run.host, 'sipp', ...args], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, TERM: 'dumb' },
  })
  let complaint = ''
  child.stderr.on('data', chunk => {
    complaint = (complaint + String(chunk)).slice(-20_000)
  })
  const ended = new Promise<SippEnd>(done => {
    child.once('close', code => done(endOf(base, code, complaint)))
  })
  return {
    pid: child.pid,
    ended,
    kill: () => {
      if (child.exitCode === null) child.kill('SIGKILL')
    },
  }
}

/** Runs SIPp to its end. */
export function runSipp(folder: string, run: SippRun): Promise<SippEnd> {
  return startSipp(folder, run).ended
}

function argumentsOf(base: string, run: SippRun): string[] {
  const args = run.towards === undefined ? [] : [run.towards]
  const option = (name: string, value: string | number): void => {
    args.push(`-${name}`, String(value))
  }
  option('sf', writeScenario(base, run))
  option('i', run.ip)
  option('mi', run.ip)
  option('p', run.port)
  option('t', run.transport === 'udp' ? 'u1' : 't1')
  option('m', run.calls)
  option('r', run.callsPerSecond ?? 10)
  if (run.maxOpenCalls !== undefined) option('l', run.maxOpenCalls)
  option('timeout', run.timeoutSeconds ?? 30)
  args.push('-timeout_error', '-nostdin', '-bind_local')
  option('cid_str', `%u-%p-${run.scenario}@%s`)
  if (run.digestUri !== undefined) option('auth_uri', run.digestUri)
  if (run.lines !== undefined) {
    writeFileSync(`${base}.csv`, `SEQUENTIAL\n${run.lines.join('\n')}\n`)
    option('inf', `${base}.csv`)
  }
  // A machine that is busy with other tests is no reason to give up, or to complain.
  option('watchdog_minor_threshold', 600_000)
  option('watchdog_major_threshold', 600_000)
  args.push('-trace_err', '-error_file', `${base}.errors`)
  args.push('-trace_shortmsg', '-shortmessage_file', `${base}.messages`)
  args.push('-trace_stat', '-stf', `${base}.statistics`, '-fd', '600')
  return args
}

/** SIPp takes its own keywords in messages only, not for the length of a pause. */
function writeScenario(base: string, run: SippRun): string {
  let xml = readFileSync(join(ROOT, 'test/scenarios', `${run.scenario}.xml`), 'latin1')
  for (const [name, value] of Object.entries(run.keys ?? {})) xml = xml.replaceAll(`[${name}]`, String(value))
  xml = xml.replaceAll('retrans="500"', `retrans="${run.t1Ms ?? 500}"`)
  writeFileSync(`${base}.xml`, xml, 'latin1')
  return `${base}.xml`
}

function endOf(base: string, exitCode: number | null, complaint: string): SippEnd {
  const statistics = lastRow(read(`${base}.statistics`))
  const count = (name: string): number => Number(statistics.get(name) ?? 0)
  return {
    exitCode,
    errors: read(`${base}.errors`).trim() || (exitCode === 0 ? '' : complaint.trim()),
    successful: count('SuccessfulCall(C)'),
    failed: count('FailedCall(C)'),
    retransmissions: count('Retransmissions(C)'),
    unexpected: count('FailedUnexpectedMessage(C)') + count('OutOfCallMsgs(C)') + count('DeadCallMsgs(C)'),
    messages: read(`${base}.messages`)
      .split('\n')
      .flatMap(line => messageOf(line)),
  }
}

/** `2026-01-31 12:00:00.000000 1769860800.000000 S call-id CSeq:1 INVITE INVITE sip:…`, separated by tabs. */
function messageOf(line: string): readonly SippMessage[] {
  const [, , seconds, direction, callId, , startLine] = line.split('\t')
  if (startLine === undefined) return []
  return [
    {
      atMs: Number(seconds) * 1000,
      callId: callId ?? '',
      direction: direction === 'S' ? 'sent' : 'received',
      startLine,
    },
  ]
}

function lastRow(csv: string): ReadonlyMap<string, string> {
  const rows = csv.trim().split('\n')
  const values = rows.at(-1)?.split(';') ?? []
  return new Map((rows[0] ?? '').split(';').map((name, i) => [name, values[i] ?? '']))
}

function read(file: string): string {
  return existsSync(file) ? readFileSync(file, 'latin1') : ''
}
