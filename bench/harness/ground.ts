import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { HARNESS, ROOT } from './paths.ts'
import { treeOf } from './proc.ts'

/** Processors: the server on the first, the load on the second, so that neither takes time from the other. */
export const SERVER_CPU = '0'
export const LOAD_CPU = '1'

const LOOK_MS = 50
const MAX_LOOKS = 1200

/** What a program printed and how it ended. */
export interface Output {
  readonly code: number | null
  readonly out: string
  readonly errors: string
}

/** A folder and a network namespace of their own for one run of the bench; both are gone when it ends. */
export class Ground {
  /** The checkout whose server is measured. */
  readonly tree: string
  readonly folder = mkdtempSync(join(tmpdir(), 'aspis-bench-'))
  readonly #namespace = `aspis-bench-${process.pid}`
  readonly #children = new Set<ChildProcess>()
  readonly #onExit = (): void => this.close()

  constructor(tree: string = ROOT) {
    this.tree = tree
    process.once('SIGINT', () => process.exit(130))
    process.once('SIGTERM', () => process.exit(143))
    process.once('exit', this.#onExit)
    must('ip', 'netns', 'add', this.#namespace)
    must('ip', '-n', this.#namespace, 'link', 'set', 'lo', 'up')
    // The phones of every window come from the same ports: none may be kept busy by a connection that is over.
    const noTimeWait = 'echo 0 > /proc/sys/net/ipv4/tcp_max_tw_buckets'
    must(...this.#inside('sh', '-c', noTimeWait))
  }

  path(...names: readonly string[]): string {
    return join(this.folder, ...names)
  }

  /**
   * A program of the harness, compiled once per run.
   * @param source file below the harness, such as `gen/sipload.c`
   */
  program(source: string, ...flags: readonly string[]): string {
    const name = source.replace(/^.*\//, '').replace(/\.c$/, '')
    const target = this.path(name)
    if (!existsSync(target)) must('cc', '-O2', '-w', '-o', target, join(HARNESS, source), ...flags)
    return target
  }

  /** Starts a program in the namespace, on one processor, with the highest weight that the machine gives. */
  start(cpu: string, command: readonly string[], environment: NodeJS.ProcessEnv = {}): ChildProcess {
    const script =
      'echo -20 > /proc/self/autogroup 2>/dev/null; c=$1; shift; exec nice -n -20 taskset -c "$c" "$@"'
    const prefix = ['-w', 'bash', '-c', script, 'pinned', cpu, 'ip', 'netns', 'exec', this.#namespace]
    const child = spawn('setsid', [...prefix, ...command], {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: this.folder,
      env: { ...process.env, ...environment },
    })
    this.#children.add(child)
    child.once('close', () => this.#children.delete(child))
    return child
  }

  /** Runs a program to its end, as `start` does. */
  run(cpu: string, command: readonly string[]): Promise<Output> {
    const child = this.start(cpu, command)
    const text = { out: '', errors: '' }
    child.stdout?.on('data', (part: Buffer) => {
      text.out += part.toString()
    })
    child.stderr?.on('data', (part: Buffer) => {
      text.errors += part.toString()
    })
    return new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', code => resolve({ code, ...text }))
    })
  }

  /** Waits until no connection is left that came from these ports, closing ones included. */
  async untilUnconnected(firstPort: number, endPort: number): Promise<void> {
    const ports = `sport >= ${firstPort} and sport < ${endPort}`
    for (let tries = 0; tries < MAX_LOOKS; tries += 1) {
      if (must(...this.#inside('ss', '-Htan', ports)).trim() === '') return
      await sleep(LOOK_MS)
    }
    throw new Error(`connections from ports ${firstPort} to ${endPort - 1} do not end`)
  }

  #inside(...command: readonly [string, ...string[]]): [string, ...string[]] {
    return ['ip', 'netns', 'exec', this.#namespace, ...command]
  }

  close(): void {
    process.removeListener('exit', this.#onExit)
    for (const { pid } of this.#children)
      for (const each of pid === undefined ? [] : treeOf(pid)) {
        try {
          process.kill(each, 'SIGKILL')
        } catch {
          // It ended meanwhile.
        }
      }
    spawnSync('ip', ['netns', 'del', this.#namespace])
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

/**
 * Runs a program that has to work, and gives back what it printed.
 * @throws Error with what it said
 */
export function must(program: string, ...args: readonly string[]): string {
  const done = spawnSync(program, args, { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`${program} ${args.join(' ')}: ${done.stderr || done.error}`)
  return done.stdout
}
