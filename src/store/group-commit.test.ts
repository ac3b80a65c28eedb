import assert from 'node:assert/strict'
import { it } from 'node:test'
import { type Batch, GroupCommit, type LocationBackend, type Waiting } from './group-commit.ts'
import type { Binding } from './location.ts'
import { LocationIndex } from './memory/location-index.ts'

const NO_BINDINGS: readonly Binding[] = []

/** Counts the changes of each group. */
class Counting implements LocationBackend {
  readonly headroom = 0
  readonly gatherMs: number
  readonly counts: number[] = []

  constructor(gatherMs: number) {
    this.gatherMs = gatherMs
  }

  async commit({ frame }: Batch): Promise<undefined> {
    this.counts.push(frame.count)
    return undefined
  }

  async close(): Promise<void> {}
}

function writeTo(writer: GroupCommit, aor: string): Promise<void> {
  return new Promise((stored, failed) => {
    const waiting: Waiting = { stored, failed }
    writer.write(aor, NO_BINDINGS, waiting)
  })
}

it('changes of one turn are one group, and one that is alone waits for nobody', async () => {
  const backend = new Counting(60_000)
  const writer = new GroupCommit(backend, new LocationIndex())
  await Promise.all(['sip:a@x', 'sip:b@x', 'sip:c@x'].map(aor => writeTo(writer, aor)))
  assert.deepEqual(backend.counts, [3])
})

it('what comes soon after a group waits for others; all of it goes together, at the latest when the store closes', async () => {
  const backend = new Counting(60_000)
  const writer = new GroupCommit(backend, new LocationIndex())
  await writeTo(writer, 'sip:a@x')
  const second = writeTo(writer, 'sip:b@x')
  await new Promise(setImmediate)
  const third = writeTo(writer, 'sip:c@x')
  await new Promise(setImmediate)
  assert.deepEqual(backend.counts, [1])
  await writer.close()
  await Promise.all([second, third])
  assert.deepEqual(backend.counts, [1, 2])
})

it('what nobody joins goes by itself', async () => {
  const backend = new Counting(5)
  const writer = new GroupCommit(backend, new LocationIndex())
  await writeTo(writer, 'sip:a@x')
  await writeTo(writer, 'sip:b@x')
  assert.deepEqual(backend.counts, [1, 1])
})
