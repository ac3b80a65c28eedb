import { closeSync, fstatSync, openSync, readSync, writeFileSync } from 'node:fs'

const RATE = 8000
/** Windows in which a tone is looked for: 100 ms hold a whole number of periods of every multiple of 10 Hz. */
const WINDOW_SECONDS = 0.1

/** Writes a steady sine, mono, 16 bit, 8 kHz. @param hz a multiple of 10 */
export function writeTone(file: string, hz: number, seconds: number): void {
  const bytes = Buffer.alloc(44 + 2 * RATE * seconds)
  bytes.write('RIFF', 0, 'latin1')
  bytes.writeUInt32LE(bytes.length - 8, 4)
  bytes.write('WAVEfmt ', 8, 'latin1')
  bytes.writeUInt32LE(16, 16)
  bytes.writeUInt16LE(1, 20)
  bytes.writeUInt16LE(1, 22)
  bytes.writeUInt32LE(RATE, 24)
  bytes.writeUInt32LE(2 * RATE, 28)
  bytes.writeUInt16LE(2, 32)
  bytes.writeUInt16LE(16, 34)
  bytes.write('data', 36, 'latin1')
  bytes.writeUInt32LE(bytes.length - 44, 40)
  for (let i = 0; i < RATE * seconds; i++) {
    bytes.writeInt16LE(Math.round(12_000 * Math.sin((2 * Math.PI * hz * i) / RATE)), 44 + 2 * i)
  }
  writeFileSync(file, bytes)
}

/** What a recording holds. */
export interface Heard {
  /** Length of the recording. */
  readonly seconds: number
  /** How long the wanted tone made up most of what was heard. */
  readonly toneSeconds: number
  /** How long nothing was heard. */
  readonly silentSeconds: number
  /** Frequency by zero crossings over the windows that hold the tone, 0 when there is none. */
  readonly hz: number
}

/** Looks for a tone in a WAV file of 16 bit samples that may still be written to. */
export function listen(file: string, hz: number): Heard {
  const { samples, rate } = readSamples(file)
  return analyse(samples, rate, hz)
}

/** Looks for a tone in samples of 16 bit. */
export function analyse(samples: Int16Array, rate: number, hz: number): Heard {
  const size = Math.round(rate * WINDOW_SECONDS)
  const windows = Math.floor(samples.length / size)
  let tone = 0
  let silent = 0
  let pitches = 0
  for (let n = 0; n < windows; n++) {
    const part = samples.subarray(n * size, (n + 1) * size)
    const energy = part.reduce((sum, each) => sum + each * each, 0)
    if (energy < size * 10_000) silent++
    else if (toneEnergy(part, hz, rate) > 0.7 * energy) {
      tone++
      pitches += pitch(part, rate)
    }
  }
  return {
    seconds: samples.length / rate,
    toneSeconds: tone * WINDOW_SECONDS,
    silentSeconds: silent * WINDOW_SECONDS,
    hz: tone === 0 ? 0 : Math.round(pitches / tone),
  }
}

/** Energy of one frequency (Goertzel), on the scale of the sum of squares. */
function toneEnergy(samples: Int16Array, hz: number, rate: number): number {
  const turn = 2 * Math.cos((2 * Math.PI * hz) / rate)
  let last = 0
  let before = 0
  for (const sample of samples) {
    const now = sample + turn * last - before
    before = last
    last = now
  }
  return (2 * (last * last + before * before - turn * last * before)) / samples.length
}

/** Frequency by rising zero crossings, from the first to the last, each placed between two samples. */
function pitch(samples: Int16Array, rate: number): number {
  let first = 0
  let last = 0
  let count = -1
  for (let i = 1; i < samples.length; i++) {
    const [before = 0, after = 0] = samples.subarray(i - 1, i + 1)
    if (before >= 0 || after < 0) continue
    last = i - after / (after - before)
    if (count < 0) first = last
    count++
  }
  return count > 0 ? (count * rate) / (last - first) : 0
}

/** The header may still say that there are no samples: all bytes after it count. */
function readSamples(file: string): { readonly samples: Int16Array; readonly rate: number } {
  const handle = openSync(file, 'r')
  try {
    const bytes = Buffer.alloc(fstatSync(handle).size)
    const length = readSync(handle, bytes, 0, bytes.length, 0)
    const data = bytes.indexOf('data', 12, 'latin1') + 8
    if (data < 8 || length <= data) return { samples: new Int16Array(0), rate: RATE }
    const channels = bytes.readUInt16LE(22)
    const count = Math.floor((length - data) / (2 * channels))
    const samples = Int16Array.from({ length: count }, (_, i) => bytes.readInt16LE(data + 2 * channels * i))
    return { samples, rate: bytes.readUInt32LE(24) }
  } finally {
    closeSync(handle)
  }
}
