import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Binding } from '../../store/location.ts'
import { openStore } from '../../store/open-store.ts'
import type { Store } from '../../store/store.ts'
import { KIND } from './frame.ts'
import { awaitHello, sayHello } from './greeting.ts'
import type { Link } from './link.ts'
import { LocationHub } from './location-hub.ts'
import { SharedLocation } from './shared-location.ts'

const NOW_MS = 1_800_000_000_000
const AOR = 'sip:alice@example.test'

describe('one location service of several processes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'aspis-hub-'))
  const path = join(folder, 'primary')
  let store: Store
  let server: Server
  let hub: LocationHub
  const locations: SharedLocation[] = []
  const links: Link[] = []

  before(async () => {
    store = await openStore({ kind: 'memory' }, NOW_MS)
    assert.ok(store.feed)
    hub = new LocationHub({ location: store.location, feed: store.feed })
    await store.location.replace('sip:before@example.test', [bindingOf('sip:before@example.test', 'first')])
    server = createServer(socket =>
      awaitHello(socket, 'token', (_worker, link) => {
        void hub.join(link)
        return {
          onFrame: (kind, frame) => {
            if (kind === KIND.commit) hub.commit(link, frame)
          },
          onClosed: () => hub.leave(link),
        }
      }),
    )
    server.listen(path)
    await once(server, 'listening')
    for (const worker of [0, 1]) {
      const location = new SharedLocation(() => {})
      const link = await sayHello(path, worker, 'token', () => location.backend)
      await location.backend.load(link)
      locations.push(location)
      links.push(link)
    }
  })
  after(async () => {
    for (const link of links) link.close()
    server.close()
    await store.close()
    rmSync(folder, { recursive: true })
  })
  const both = (): readonly [SharedLocation, SharedLocation] => {
    const [first, second] = locations
    assert.ok(first && second)
    return [first, second]
  }
  const contacts = (location: Pick<SharedLocation, 'bindings'>, aor = AOR): readonly string[] =>
    location
      .bindings(aor, NOW_MS)
      .map(({ contact }) => contact)
      .sort()

  it('a worker that begins has what was there before', () => {
    for (const location of both()) assert.deepEqual(contacts(location, 'sip:before@example.test'), ['first'])
  })

  it('what one stores, all have', async () => {
    const [first, second] = both()
    await first.replace(AOR, [bindingOf(AOR, 'a')])
    await agreed(() => contacts(second).length === 1)
    assert.deepEqual(contacts(store.location), ['a'])
    await second.replace(AOR, [])
    await agreed(() => contacts(first).length === 0)
    assert.deepEqual(contacts(store.location), [])
  })

  it('of changes at once each is made on what the one before it left', async () => {
    const aor = 'sip:busy@example.test'
    let decisions = 0
    const changes = Array.from({ length: 30 }, (_, i) => {
      const location = both()[i % 2 === 0 ? 0 : 1]
      return new Promise<void>((stored, failed) => {
        location.change(aor, {
          decide: () => {
            decisions += 1
            return [...location.bindings(aor, NOW_MS), bindingOf(aor, `c${i}`)]
          },
          stored,
          failed,
        })
      })
    })
    await Promise.all(changes)
    assert.ok(decisions > changes.length, 'some were late')
    for (const location of both()) await agreed(() => contacts(location, aor).length === changes.length)
    assert.equal(contacts(store.location, aor).length, changes.length)
  })

  it('changes with a promise are made again as well', async () => {
    const aor = 'sip:promise@example.test'
    const changes = Array.from({ length: 10 }, (_, i) => {
      const location = both()[i % 2 === 0 ? 0 : 1]
      return location.serially(aor, () =>
        location.replace(aor, [...location.bindings(aor, NOW_MS), bindingOf(aor, `c${i}`)]),
      )
    })
    await Promise.all(changes)
    assert.equal(contacts(store.location, aor).length, changes.length)
  })

  it('an expired binding that one has forgotten and another has not is in nobody’s way', async () => {
    const [first, second] = both()
    const aor = 'sip:old@example.test'
    await first.replace(aor, [{ ...bindingOf(aor, 'old'), expiresAtMs: NOW_MS - 1 }])
    await agreed(() => second.count() === first.count())
    first.expire(NOW_MS)
    await changeTo(first, aor, 'new')
    await changeTo(second, aor, 'newer')
    assert.deepEqual(contacts(store.location, aor), ['new', 'newer'])
  })

  it('a connection that breaks takes what it carried from all', async () => {
    const [first, second] = both()
    const aor = 'sip:stream@example.test'
    const flow = 'tls:192.0.2.7:40112'
    await first.replace(aor, [{ ...bindingOf(aor, 'on-flow'), received: flow }, bindingOf(aor, 'other')])
    assert.equal(await first.dropFlow(flow), 1)
    await agreed(() => contacts(second, aor).length === 1)
    assert.deepEqual(contacts(store.location, aor), ['other'])
    await second.replace(aor, [{ ...bindingOf(aor, 'on-flow'), received: flow }])
    await hub.dropFlows([flow])
    for (const location of both()) await agreed(() => contacts(location, aor).length === 0)
  })

  it('what does not fit is refused, and the rest goes on', async () => {
    const [first] = both()
    await assert.rejects(first.replace(AOR, [bindingOf('sip:other@example.test', 'x')]), {
      code: 'ERR_ASPIS_STORE_BINDINGS',
    })
    await first.replace(AOR, [bindingOf(AOR, 'y')])
    assert.ok(first.isHealthy)
  })

  it('when the process that stores is gone, changes fail and bindings are read as before', async () => {
    const lost = Promise.withResolvers<void>()
    const location = new SharedLocation(() => lost.resolve())
    const link = await sayHello(path, 2, 'token', () => location.backend)
    await location.backend.load(link)
    link.close()
    const late = location.replace(AOR, [])
    await lost.promise
    await assert.rejects(late, /ERR_ASPIS_STORE|stores/)
    assert.deepEqual(contacts(location), ['y'])
  })
})

function bindingOf(aor: string, contact: string): Binding {
  return {
    aor,
    contact,
    instance: undefined,
    regId: undefined,
    callId: 'call',
    cseq: 1,
    q: 1000,
    expiresAtMs: NOW_MS + 60_000,
    path: [],
    flowToken: undefined,
    received: 'udp:192.0.2.1:5060',
    params: '',
    userAgent: 'phone',
    key: contact,
  }
}

async function changeTo(location: SharedLocation, aor: string, contact: string): Promise<void> {
  await new Promise<void>((stored, failed) => {
    location.change(aor, {
      decide: () => [...location.bindings(aor, NOW_MS), bindingOf(aor, contact)],
      stored,
      failed,
    })
  })
}

async function agreed(holds: () => boolean): Promise<void> {
  for (let turns = 0; turns < 10_000 && !holds(); turns += 1)
    await new Promise(resolve => setImmediate(resolve))
  assert.ok(holds())
}
