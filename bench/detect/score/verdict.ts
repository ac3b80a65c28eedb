import type { Finding } from '../../../src/detect/finding.ts'

/** What a detector says, one a line of JSON: the form that `score` reads. */
export interface Verdict {
  /** Name of the capture that it is about, as the labels have it. */
  readonly capture: string
  /** Ms since the first of January 1970, on the clock of the capture. */
  readonly atMs: number
  /** Whom it accuses: `source` (an address), `prefix`, `account`, `call` (a Call-ID), `trunk`, or another word: all. */
  readonly kind: string
  readonly name: string
  /** Which detector; free text. */
  readonly detector: string
  /** The subject was to be barred. */
  readonly isBlock?: boolean
}

export function verdictOf(capture: string, { atMs, subject, detector }: Finding): Verdict {
  return { capture, atMs, kind: subject.kind, name: subject.name, detector }
}

/** Reads a line. @throws Error that says what is missing */
export function readVerdict(line: string): Verdict {
  const read: unknown = JSON.parse(line)
  if (typeof read !== 'object' || read === null) throw new Error('a verdict is an object')
  const field = (name: string): unknown => Object.entries(read).find(([key]) => key === name)?.[1]
  const [capture, atMs, kind, name] = [field('capture'), field('atMs'), field('kind'), field('name')]
  if (typeof capture !== 'string') throw new Error('a verdict has a capture')
  if (typeof atMs !== 'number' || !Number.isFinite(atMs)) throw new Error('a verdict has a time, atMs')
  if (typeof kind !== 'string' || typeof name !== 'string') throw new Error('a verdict has a kind and a name')
  return {
    capture,
    atMs,
    kind,
    name,
    detector: String(field('detector') ?? ''),
    isBlock: field('isBlock') === true,
  }
}
