import { type ChildProcess, spawn } from 'node:child_process'

/** What the owner of a pipe to the packet filter gives and hears. */
export interface NftUser {
  /**
   * All that the filter is to hold, as commands, one transaction a line; asked for each new process.
   * @param life counts the processes: a name with it in it clashes with none of the one before
   */
  begin(life: number): string
  /** The filter took what `begin` gave. */
  onUp(): void
  /** What a `list` printed. */
  onAnswer(text: string): void
  /** Nothing is filtered until the next try. */
  onFailed(why: string, retryMs: number): void
}

export interface NftOptions {
  /** Path of `nft`. */
  readonly program: string
  /** First pause after a failure, doubled with each, up to `maxPauseMs`. */
  readonly firstPauseMs?: number
  readonly maxPauseMs?: number
  /** A question that is open so long is a failure. */
  readonly silenceMs?: number
  /** Octets after which another process takes over. */
  readonly maxWrittenBytes?: number
}

const FIRST_PAUSE_MS = 1000
const MAX_PAUSE_MS = 60_000
const SILENCE_MS = 10_000
/** `nft -i` keeps every line that it read, for the arrow keys of somebody who never comes. */
const MAX_WRITTEN_BYTES = 16 * 1024 * 1024
/** Held of what it prints; the answers that we ask for are far below. */
const MAX_ANSWER_BYTES = 256 * 1024
const MAX_WHY_CHARS = 200
const END_MS = 2000
/** Printed last by what `begin` gave: it was taken. */
const QUESTION = 'list counters table'

/**
 * A long-lived `nft -i` that commands are written to. A table with the flag `owner` lives as long as this process, and
 * so goes with us however we end.
 *
 * Whatever it complains of, it is ended, and begun anew after a pause with all that the filter is to hold: so nothing
 * has to be known of which command failed. No shell, and nothing waits for it.
 */
export class Nft {
  readonly #options: Required<NftOptions>
  readonly #user: NftUser
  #lives = 0
  #failures = 0
  #current: NftProcess | undefined
  /** Replaced, and good until the current one is up. */
  #previous: NftProcess | undefined
  #retry: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(options: NftOptions, user: NftUser) {
    this.#options = {
      firstPauseMs: FIRST_PAUSE_MS,
      maxPauseMs: MAX_PAUSE_MS,
      silenceMs: SILENCE_MS,
      maxWrittenBytes: MAX_WRITTEN_BYTES,
      ...options,
    }
    this.#user = user
  }

  /** Whether it takes more now; what is not written stays with the caller. */
  get isReady(): boolean {
    return this.#current?.isReady === true
  }

  start(): void {
    this.#lives += 1
    const life = new NftProcess(this.#options.program, this.#options.silenceMs, {
      onAnswer: (from, text) => this.#answered(from, text),
      onFailed: (from, why) => this.#failed(from, why),
    })
    this.#current = life
    life.write(this.#user.begin(this.#lives))
  }

  /** Writes commands, one transaction a line; only while it is ready. */
  write(lines: string): void {
    const { maxWrittenBytes } = this.#options
    // Asked for all that is to be held, its owner tells what is in these lines too.
    if (this.#current !== undefined && this.#current.written + lines.length > maxWrittenBytes) this.renew()
    else this.#current?.write(lines)
  }

  /** Begins anew with another process, while the one before goes on until that is up. */
  renew(): void {
    this.#previous?.end()
    this.#previous = this.#current
    this.start()
  }

  /** Writes a `list`, whose answer has to come in time. */
  ask(line: string): void {
    this.#current?.ask(line)
  }

  /** Ends it; the table goes with it. */
  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#retry)
    await Promise.all([this.#current?.end(), this.#previous?.end()])
  }

  #answered(from: NftProcess, text: string): void {
    if (from !== this.#current) return
    if (!from.isUp) {
      from.isUp = true
      this.#failures = 0
      this.#previous?.end()
      this.#previous = undefined
      this.#user.onUp()
    }
    this.#user.onAnswer(text)
  }

  #failed(from: NftProcess, why: string): void {
    from.end()
    if (from === this.#previous) this.#previous = undefined
    if (from !== this.#current || this.#isStopped) return
    this.#current = undefined
    const { firstPauseMs, maxPauseMs } = this.#options
    const retryMs = Math.min(maxPauseMs, firstPauseMs * 2 ** Math.min(this.#failures, 30))
    this.#failures += 1
    this.#retry = setTimeout(() => this.start(), retryMs).unref()
    this.#user.onFailed(why, retryMs)
  }
}

interface ProcessUser {
  onAnswer(from: NftProcess, text: string): void
  onFailed(from: NftProcess, why: string): void
}

class NftProcess {
  isUp = false
  /** Octets written to it. */
  written = 0
  readonly #child: ChildProcess
  readonly #user: ProcessUser
  readonly #silenceMs: number
  readonly #ended = Promise.withResolvers<void>()
  #answer = ''
  #silence: NodeJS.Timeout | undefined
  #isFull = false
  #isOver = false

  constructor(program: string, silenceMs: number, user: ProcessUser) {
    this.#user = user
    this.#silenceMs = silenceMs
    // A group of its own: the Ctrl-C of a terminal is ours to follow. Without a home it keeps no history file.
    this.#child = spawn(program, ['-n', '-i'], {
      detached: true,
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C', TERM: 'dumb' },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const { stdin, stdout, stderr } = this.#child
    // Its end is told by the process itself.
    stdin?.on('error', () => {})
    stdin?.on('drain', () => {
      this.#isFull = false
    })
    stdout?.on('data', (part: Buffer) => this.#heard(part))
    stderr?.once('data', (part: Buffer) => this.#fail(firstLine(part.toString('latin1', 0, MAX_WHY_CHARS))))
    this.#child.once('error', error => {
      this.#ended.resolve()
      this.#fail(error.message)
    })
    this.#child.once('exit', (code, signal) => {
      this.#ended.resolve()
      this.#fail(`nft ended (${signal ?? `exit ${code}`})`)
    })
  }

  get isReady(): boolean {
    return !this.#isFull && !this.#isOver
  }

  write(lines: string): void {
    if (this.#isOver || lines === '') return
    this.written += lines.length
    this.#isFull = this.#child.stdin?.write(lines) === false
    if (lines.includes(QUESTION)) this.#await()
  }

  ask(line: string): void {
    // One question at a time: who does not answer the first gets no second.
    if (this.#silence === undefined) this.write(line)
  }

  end(): Promise<void> {
    this.#isOver = true
    clearTimeout(this.#silence)
    this.#child.stdin?.end()
    const late = setTimeout(() => this.#child.kill('SIGKILL'), END_MS)
    return this.#ended.promise.then(() => clearTimeout(late))
  }

  #await(): void {
    clearTimeout(this.#silence)
    this.#silence = setTimeout(() => this.#fail('nft does not answer'), this.#silenceMs).unref()
  }

  #heard(part: Buffer): void {
    if (this.#isOver) return
    this.#answer += part.toString('latin1')
    if (this.#answer.length > MAX_ANSWER_BYTES) return this.#fail('nft prints more than was asked for')
    // A table ends with a brace at the beginning of a line; nothing inside it does.
    const end = this.#answer.indexOf('\n}\n')
    if (end < 0) return
    const text = this.#answer.slice(0, end + 3)
    this.#answer = this.#answer.slice(end + 3)
    clearTimeout(this.#silence)
    this.#silence = undefined
    this.#user.onAnswer(this, text)
  }

  #fail(why: string): void {
    if (this.#isOver) return
    this.#user.onFailed(this, why)
  }
}

/** Without what a terminal would obey. */
function firstLine(text: string): string {
  const line = text.trimStart().split('\n', 1)[0] ?? ''
  return line.replaceAll(/[^\x20-\x7e]/g, '?')
}
