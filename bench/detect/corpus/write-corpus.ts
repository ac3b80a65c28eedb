import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { CLASSES } from '../attacks/classes.ts'
import { honestDay } from '../people/scenes.ts'
import { TruthKeeper } from '../score/truth.ts'
import { playSession } from '../session.ts'
import { Agenda } from '../traffic/agenda.ts'
import { Edge } from '../traffic/edge.ts'
import { Random } from '../traffic/random.ts'
import { INTENSITIES, type Intensity, type Wired } from '../traffic/wire.ts'
import { CaptureFile } from './capture-file.ts'
import { captureLabel, messageLabel } from './labels.ts'

/** What a corpus is made of. */
export interface CorpusPlan {
  readonly folder: string
  readonly seed: number
  readonly intensities: readonly Intensity[]
  /** Classes whose names begin so; '' all. */
  readonly only: string
  /** 1: a million messages of honest people. */
  readonly honestScale: number
}

/** What was written. */
export interface CorpusWritten {
  readonly captures: number
  readonly messages: number
}

/** Octets gathered before they are written. */
const BATCH_BYTES = 1 << 20

/** Writes captures, one for each campaign and one of honest people, and the labels of all. */
export function writeCorpus(plan: CorpusPlan): CorpusWritten {
  mkdirSync(join(plan.folder, 'captures'), { recursive: true })
  const labels = new Output(join(plan.folder, 'labels.jsonl'))
  let [captures, messages] = [0, 0]
  const record = (
    capture: string,
    play: (tell: (wired: Wired) => void, keeper: TruthKeeper) => string,
  ): void => {
    const output = new Output(join(plan.folder, 'captures', `${capture}.pcapng`))
    const file = new CaptureFile(block => output.write(block))
    const keeper = new TruthKeeper()
    let number = 0
    const line = play(wired => {
      keeper.note(wired)
      file.add(wired)
      labels.write(Buffer.from(`${messageLabel(capture, number, wired)}\n`))
      number += 1
    }, keeper)
    labels.write(Buffer.from(`${line}\n`))
    output.close()
    captures += 1
    messages += number
  }
  record('honest', (tell, keeper) => {
    const agenda = new Agenda(0)
    const users = honestDay(new Edge(agenda, new Random(plan.seed, 5), tell), plan.honestScale)
    agenda.run()
    return captureLabel(keeper.truth('honest', undefined, new Set(), users))
  })
  for (const attack of CLASSES) {
    for (const intensity of INTENSITIES) {
      const capture = `${attack.id}-${attack.variant}.${intensity}`
      if (!plan.intensities.includes(intensity) || !capture.startsWith(plan.only)) continue
      record(capture, (tell, keeper) => {
        const session = playSession({ attack, intensity, evasion: 'plain', run: plan.seed }, tell)
        return captureLabel(keeper.truth(capture, session.campaign, session.targets, session.honestUserDays))
      })
    }
  }
  labels.close()
  return { captures, messages }
}

/** A file that is written in large pieces. */
class Output {
  readonly #file: number
  #waiting: Buffer[] = []
  #waitingBytes = 0

  constructor(path: string) {
    this.#file = openSync(path, 'w')
  }

  write(octets: Buffer): void {
    this.#waiting.push(octets)
    this.#waitingBytes += octets.length
    if (this.#waitingBytes >= BATCH_BYTES) this.#flush()
  }

  close(): void {
    this.#flush()
    closeSync(this.#file)
  }

  #flush(): void {
    writeSync(this.#file, Buffer.concat(this.#waiting))
    this.#waiting = []
    this.#waitingBytes = 0
  }
}
