import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { missing } from '../test/support/programs.ts'
import { ROOT } from './run-program.ts'

/** One window of one workload. */
export interface Figure {
  readonly server: 'aspis' | 'kamailio'
  readonly workload: string
  /** CPU time of all threads of the server in µs, for one call or transaction. */
  readonly cpuUs: number
  readonly perSecond: number
  readonly failedPercent: number
  readonly p50Us: number
  readonly p99Us: number
  readonly residentMegabytes: number
  /** Answers that the generator did not want, by status. */
  readonly codes: Readonly<Record<string, number>>
}

/** What is measured. */
export interface Plan {
  readonly workloads: readonly string[]
  readonly reps: number
  readonly isQuick: boolean
}

/** The load generator and Kamailio's configuration lie beside the checkout, for every server the same. */
const HARNESS = join(ROOT, '../shared/bench')
const DOMAIN = 'bench.test'
const USERS = 10_000
const MAIN = join(ROOT, 'src/cli/main.ts')
/** Workloads in which the server asks for credentials. */
const WITH_DIGEST = new Set(['b', 'd'])
/** Calls: the memory of their transactions must be in use again before the window begins. */
const CALLS = new Set(['c', 'd'])

/** Why this machine cannot compare; undefined when it can. */
export function whyNotBesideKamailio(): string | undefined {
  if (!existsSync(join(HARNESS, 'run.py'))) return `the harness is not there (${HARNESS})`
  const absent = missing('kamailio', 'python3', 'cc', 'ip', 'taskset')
  if (absent !== false) return absent
  if (process.getuid?.() !== 0) return 'needs root, to make a network namespace'
  return undefined
}

/** Measures both servers in turns, so that the machine's moods hit both alike. */
export async function* besideKamailio(plan: Plan): AsyncGenerator<Figure> {
  const folder = mkdtempSync(join(tmpdir(), 'aspis-bench-'))
  const namespace = `aspis-bench-${process.pid}`
  const harness = new Harness(folder, namespace)
  process.once('SIGINT', () => process.exit(130))
  process.once('SIGTERM', () => process.exit(143))
  const clean = (): void => {
    harness.stop()
    spawnSync('ip', ['netns', 'del', namespace])
    rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', clean)
  try {
    must('ip', 'netns', 'add', namespace)
    must('ip', '-n', namespace, 'link', 'set', 'lo', 'up')
    prepareAspis(folder)
    for (let round = 0; round < plan.reps; round++) {
      for (const workload of plan.workloads) {
        for (const server of ['kamailio', 'aspis'] as const) {
          const figure = await harness.measure(server, workload, plan.isQuick)
          console.log(
            `${server.padEnd(8)} ${workload}  ${figure.cpuUs.toFixed(1)} µs  ${figure.perSecond.toFixed(0)} a second` +
              `  failed ${figure.failedPercent.toFixed(2)} %`,
          )
          yield figure
        }
      }
    }
  } finally {
    process.removeListener('exit', clean)
    clean()
  }
}

class Harness {
  readonly #folder: string
  readonly #namespace: string
  #running: ChildProcess | undefined

  constructor(folder: string, namespace: string) {
    this.#folder = folder
    this.#namespace = namespace
  }

  async measure(server: Figure['server'], workload: string, isQuick: boolean): Promise<Figure> {
    const warmup = CALLS.has(workload) ? (isQuick ? 8 : 10) : 3
    const times = ['--reps', '1', '--duration', isQuick ? '3' : '5', '--warmup', String(warmup)]
    const which = server === 'kamailio' ? ['--peer', 'kam-tlsf'] : this.#aspis(workload)
    const output = await this.#run(['run.py', 'one', ...which, '--workload', workload, ...times])
    const line = output.split('\n').find(each => each.startsWith('{'))
    if (line === undefined) throw new Error(`${server}, workload ${workload}: no figure\n${output}`)
    return readFigure(server, workload, JSON.parse(line))
  }

  /** Ends the driver, and with it the server that it started. */
  stop(): void {
    if (this.#running?.exitCode === null) this.#running.kill('SIGTERM')
    const left = spawnSync('ip', ['netns', 'pids', this.#namespace], { encoding: 'utf8' }).stdout
    for (const pid of left.split('\n')) if (pid.trim() !== '') spawnSync('kill', ['-9', pid])
  }

  #aspis(workload: string): string[] {
    // What an earlier window registered would be called in vain by the next one.
    rmSync(join(this.#folder, 'data'), { recursive: true, force: true })
    cpSync(join(this.#folder, 'accounts'), join(this.#folder, 'data'), { recursive: true })
    const file = join(this.#folder, WITH_DIGEST.has(workload) ? 'digest.yaml' : 'open.yaml')
    const command = [process.execPath, '--disable-warning=ExperimentalWarning', MAIN, 'serve', '-c', file]
    return ['--cmd', command.join(' '), '--ready', '5', '--target', '127.0.0.1:5060', '--name', 'aspis']
  }

  #run(args: readonly string[]): Promise<string> {
    const child = spawn('python3', args, {
      cwd: HARNESS,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        BENCH_TMP: this.#folder,
        BENCH_NETNS: this.#namespace,
        PYTHONDONTWRITEBYTECODE: '1',
      },
    })
    this.#running = child
    let output = ''
    const collect = (part: Buffer): void => {
      output += part.toString()
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    return new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', () => resolve(output))
    })
  }
}

/** The two configurations and the accounts that the generator knows. */
function prepareAspis(folder: string): void {
  const common = `domains: [${DOMAIN}]
listen: [udp://127.0.0.1:5060]
data: ${folder}/data
admin: off
log: {level: error}
timers: {drain: 1s}
`
  const open = `insecure:
  - allow: unauthenticated-requests
    methods: [REGISTER, INVITE, OPTIONS]
    because: this load asks for no credentials, from either server
`
  writeFileSync(join(folder, 'digest.yaml'), common)
  writeFileSync(join(folder, 'open.yaml'), common + open)
  const rows = Array.from({ length: USERS }, (_, n) => {
    const user = `u${String(n).padStart(5, '0')}`
    return `${user},pw-${user}-bench\n`
  })
  const list = join(folder, 'accounts.csv')
  writeFileSync(list, `user,password\n${rows.join('')}`)
  must(process.execPath, MAIN, 'user', 'import', list, '-c', join(folder, 'digest.yaml'))
  renameSync(join(folder, 'data'), join(folder, 'accounts'))
}

function must(program: string, ...args: readonly string[]): void {
  const done = spawnSync(program, args, { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`${program} ${args.join(' ')}: ${done.stderr || done.error}`)
}

function readFigure(server: Figure['server'], workload: string, line: unknown): Figure {
  if (typeof line !== 'object' || line === null) throw new Error('the harness printed no object')
  const fields: Readonly<Record<string, unknown>> = { ...line }
  const number = (name: string): number => {
    const value = fields[name]
    if (typeof value !== 'number') throw new Error(`the harness printed no ${name}`)
    return value
  }
  return {
    server,
    workload,
    cpuUs: number('cpu_us_per_call'),
    perSecond: number('cps'),
    failedPercent: number('fail_pct'),
    p50Us: number('p50_us'),
    p99Us: number('p99_us'),
    residentMegabytes: Math.round(number('rss_kb') / 1024),
    codes: numbersOf(fields.codes),
  }
}

function numbersOf(value: unknown): Record<string, number> {
  const out: Record<string, number> = {}
  if (typeof value !== 'object' || value === null) return out
  for (const [key, count] of Object.entries(value)) if (typeof count === 'number') out[key] = count
  return out
}
