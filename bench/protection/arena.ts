import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { LOAD_CPU, must, SERVER_CPU } from '../harness/ground.ts'
import { NODE_FLAGS, ROOT } from '../harness/paths.ts'
import { treeOf } from '../harness/proc.ts'

/** Address of the server, and where phones and attackers begin. */
export const SERVER = { ip: '10.99.0.1', port: 5060 }
export const REALM = 'bench.test'
const OUTSIDE_IP = '10.99.0.2'
/** Of phones and of strangers who receive; forged sources, from 10.64.0.0 on, are nobody's. */
const INHABITED = '10.20.0.0/15'
const FORGED = '10.64.0.0/10'
const END_MS = 5000

/** Whether a signal ends this process as a call of `exit` does, so that arenas are closed. */
let endsBySignal = false

/** A program that runs. */
export interface Running {
  readonly child: ChildProcess
  /** Its lines so far. */
  readonly lines: string[]
  /** What it wrote to standard error, the end of it. */
  errors(): string
  /** Its exit code. */
  readonly ended: Promise<number | null>
}

/**
 * Two network namespaces joined by one cable: the server's, and that of everybody else, where a thousand addresses are
 * inhabited and millions can be forged. The server has the first processor, the others the second.
 */
export class Arena {
  readonly folder = mkdtempSync(join(tmpdir(), 'aspis-protection-'))
  /** The checkout whose server is measured. */
  readonly tree: string
  readonly #inside = `aspis-pi-${process.pid}`
  readonly #outside = `aspis-po-${process.pid}`
  readonly #children = new Set<ChildProcess>()
  readonly #onExit = (): void => this.close()
  #flood: string | undefined

  constructor(tree: string = ROOT) {
    this.tree = tree
    if (!endsBySignal) {
      process.once('SIGINT', () => process.exit(130))
      process.once('SIGTERM', () => process.exit(143))
      endsBySignal = true
    }
    process.once('exit', this.#onExit)
    const [inside, outside] = [this.#inside, this.#outside]
    for (const name of [inside, outside]) {
      must('ip', 'netns', 'add', name)
      must('ip', '-n', name, 'link', 'set', 'lo', 'up')
      for (const which of ['all', 'default'])
        must('ip', 'netns', 'exec', name, 'sh', '-c', `echo 0 > /proc/sys/net/ipv4/conf/${which}/rp_filter`)
    }
    must(
      'ip',
      'link',
      'add',
      'eth0',
      'netns',
      inside,
      'type',
      'veth',
      'peer',
      'name',
      'eth0',
      'netns',
      outside,
    )
    must('ip', '-n', inside, 'addr', 'add', `${SERVER.ip}/24`, 'dev', 'eth0')
    must('ip', '-n', outside, 'addr', 'add', `${OUTSIDE_IP}/24`, 'dev', 'eth0')
    for (const name of [inside, outside]) must('ip', '-n', name, 'link', 'set', 'eth0', 'up')
    must('ip', '-n', inside, 'route', 'add', 'default', 'via', OUTSIDE_IP)
    must('ip', '-n', outside, 'route', 'add', 'local', INHABITED, 'dev', 'lo')
    this.#countForged()
  }

  path(...names: readonly string[]): string {
    return join(this.folder, ...names)
  }

  /** The program that floods, compiled once. */
  floodProgram(): string {
    if (this.#flood === undefined) {
      this.#flood = this.path('flood')
      must('cc', '-O2', '-o', this.#flood, join(ROOT, 'bench/protection/flood.c'))
    }
    return this.#flood
  }

  /** Starts a server. */
  serve(command: readonly string[]): Running {
    return this.#start(this.#inside, SERVER_CPU, command)
  }

  /** Starts a program among everybody else. */
  outside(command: readonly string[]): Running {
    return this.#start(this.#outside, LOAD_CPU, command)
  }

  /** Starts a program of this folder among everybody else, with its plan. */
  program(name: string, plan: unknown): Running {
    const file = join(ROOT, 'bench/protection', name)
    return this.outside([process.execPath, ...NODE_FLAGS, file, JSON.stringify(plan)])
  }

  /** Runs a command beside the server to its end, and gives back what it printed. */
  beside(command: readonly string[]): string {
    const done = spawnSync('ip', ['netns', 'exec', this.#inside, ...command], { encoding: 'utf8' })
    return done.stdout ?? ''
  }

  /** Datagrams and their octets that went to forged addresses since the last look. */
  toForged(): { readonly packets: number; readonly bytes: number } {
    const text = must(
      'ip',
      'netns',
      'exec',
      this.#outside,
      'nft',
      'reset',
      'counters',
      'table',
      'ip',
      'counted',
    )
    const [, packets = 0, bytes = 0] = /packets (\d+) bytes (\d+)/.exec(text) ?? []
    // What IP and UDP add is not the server's.
    return { packets: Number(packets), bytes: Number(bytes) - 28 * Number(packets) }
  }

  /** Ends a program, and waits until it did. */
  async end(running: Running, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const { child } = running
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
    const all = treeOf(child.pid)
    child.kill(signal)
    const timer = setTimeout(() => killAll(all), END_MS)
    await running.ended
    clearTimeout(timer)
  }

  close(): void {
    process.removeListener('exit', this.#onExit)
    for (const { pid } of this.#children) if (pid !== undefined) killAll(treeOf(pid))
    for (const name of [this.#inside, this.#outside]) spawnSync('ip', ['netns', 'del', name])
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 })
  }

  #countForged(): void {
    const lines = [
      'add table ip counted',
      'add counter ip counted forged',
      'add chain ip counted in { type filter hook prerouting priority -300; }',
      `add rule ip counted in ip daddr ${FORGED} counter name forged drop`,
    ]
    must('ip', 'netns', 'exec', this.#outside, 'nft', lines.join('; '))
  }

  #start(namespace: string, cpu: string, command: readonly string[]): Running {
    const script =
      'echo -20 > /proc/self/autogroup 2>/dev/null; c=$1; shift; exec nice -n -20 taskset -c "$c" "$@"'
    const prefix = ['-w', 'bash', '-c', script, 'pinned', cpu, 'ip', 'netns', 'exec', namespace]
    const child = spawn('setsid', [...prefix, ...command], {
      stdio: ['pipe', 'pipe', 'pipe'],
      cwd: this.folder,
    })
    this.#children.add(child)
    const lines: string[] = []
    let errors = ''
    createInterface({ input: child.stdout }).on('line', line => lines.push(line))
    child.stderr.on('data', (part: Buffer) => {
      errors = (errors + part.toString()).slice(-2_000_000)
    })
    child.stdin.on('error', () => {})
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', code => {
        this.#children.delete(child)
        resolve(code)
      })
    })
    return { child, lines, errors: () => errors, ended }
  }
}

function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It ended meanwhile.
    }
  }
}
