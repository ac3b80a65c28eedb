import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { Flow } from '../../../base/flow.ts'
import type { OutputRecord } from '../../../detect/output/record.ts'
import { captureRing } from './capture-ring.ts'
import { fileSink } from './file-sink.ts'
import { DeliveryQueue, MAX_WAITING_OCTETS } from './queue.ts'
import { MAX_KEPT_CHARS, RecentMessages } from './recent-messages.ts'
import { ShownMessages } from './shown-messages.ts'
import { type SinkUser, Trouble } from './sink.ts'

const folder = mkdtempSync(join(tmpdir(), 'aspis-outputs-'))
after(() => rmSync(folder, { recursive: true, force: true }))

function listening() {
  const told: string[] = []
  const user: SinkUser = {
    failed: sink => told.push(`failed ${sink}`),
    works: sink => told.push(`works ${sink}`),
    lost: (_sink, records) => told.push(`lost ${records}`),
  }
  return { told, user }
}

const LOCAL = { ip: '192.0.2.50', port: 5060 }
const FLOW: Pick<Flow, 'remote' | 'local' | 'transport'> = {
  remote: { ip: '192.0.2.7', port: 5061 },
  local: LOCAL,
  transport: 'udp',
}

function finding(number: number): OutputRecord {
  const id = `f-${number}`
  return {
    ...{ kind: 'finding', id, wallMs: 1_800_000_000_000 },
    finding: {
      ...{
        id,
        detector: 'd',
        subject: { kind: 'source', name: FLOW.remote.ip },
        atMs: 2,
        wallMs: 1_800_000_000_000,
      },
      ...{ threats: [], value: 1, limit: 1, confidence: 'high', score: 10, isSpoofable: false },
      ...{ why: 'because', evidence: [], isMonitorOnly: false },
    },
  }
}

test('what waits for a place that takes nothing is bounded by its octets, not by its number alone', async () => {
  const { told, user } = listening()
  const queue = new DeliveryQueue<Buffer>(() => Promise.reject(new Error('full')), new Trouble(user, 'x'))
  const large = Buffer.alloc(1024 * 1024)
  for (let n = 0; n < 100; n += 1) queue.add(large)
  assert.ok(queue.waitingOctets <= MAX_WAITING_OCTETS, `${queue.waitingOctets} octets wait`)
  assert.ok(told.filter(each => each === 'lost 1').length >= 80)
  await queue.close()
})

test('the last messages are bounded by their size, and the newest are there', () => {
  const recent = new RecentMessages()
  for (let n = 0; n < 2000; n += 1) recent.note(`${n} `.padEnd(60_000, 'x'), FLOW, n)
  const kept = recent.of(FLOW.remote.ip, 0, 4096)
  assert.ok(kept.reduce((sum, { text }) => sum + text.length, 0) <= MAX_KEPT_CHARS)
  assert.equal(kept.at(-1)?.atMs, 1999)
  assert.ok(kept.length > 200)
  for (let n = 2000; n < 12_000; n += 1) recent.note(`${n}`, FLOW, n)
  assert.equal(recent.of(FLOW.remote.ip, 0, 5000).length, 4096)
})

test('a folder of captures that somebody removed is made again', async () => {
  const { told, user } = listening()
  const place = { folder: join(folder, 'ring'), maxFileBytes: 1_000_000, maxFiles: 3 }
  const recent = new RecentMessages()
  recent.note('OPTIONS sip:example.test SIP/2.0\r\n\r\n', FLOW, 1)
  const ring = captureRing(place, new ShownMessages(recent), user)
  const written = async (number: number): Promise<void> => {
    ring.write(finding(number))
    for (let tries = 0; tries < 100; tries += 1) {
      const texts = readIn(place.folder)
      if (texts.includes(`f-${number}`)) return
      await new Promise(done => setTimeout(done, 50))
    }
    assert.fail(`finding ${number} is not written: ${told.join(', ')}`)
  }
  await written(1)
  rmSync(place.folder, { recursive: true })
  await written(2)
  await ring.close()
})

test('a line that was cut by a full disk or a crash spoils no other', async () => {
  const { user } = listening()
  const path = join(folder, 'findings.ndjson')
  appendFileSync(path, '{"id":"cut')
  const sink = fileSink(path, false, ({ id }) => JSON.stringify({ id }), user)
  sink.write(finding(1))
  sink.write(finding(2))
  await sink.close()
  assert.deepEqual(readFileSync(path, 'latin1').split('\n'), [
    '{"id":"cut',
    '{"id":"f-1"}',
    '{"id":"f-2"}',
    '',
  ])
})

function readIn(place: string): string {
  try {
    return readdirSync(place)
      .map(name => readFileSync(join(place, name), 'latin1'))
      .join('')
  } catch {
    return ''
  }
}
