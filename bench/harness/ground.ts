import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HARNESS, ROOT } from './paths.ts'
import { treeOf } from './proc.ts'

/** Processors: the server on the first, the load on the second, so that neither takes time from the other. */
export const SERVER_CPU = '0'
export const LOAD_CPU = '1'

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
 * Runs a program that has to work.
 * @throws Error with what it said
 */
export function must(program: string, ...args: readonly string[]): void {
  const done = spawnSync(program, args, { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`${program} ${args.join(' ')}: ${done.stderr || done.error}`)
}
