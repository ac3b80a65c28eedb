import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Deadlines } from '../../base/deadlines.ts'
import { RESULT } from '../../mechanisms/aaa/diameter/index.ts'
import { openStore } from '../../store/open-store.ts'
import { createLog } from '../log.ts'
import { Metrics } from '../metrics.ts'
import { DiameterEvents } from './diameter-events.ts'
import { DiameterRegistrar } from './diameter-registrar.ts'
import { DiameterUsers } from './diameter-users.ts'

const SERVED = new Map([
  ['example.test', { name: 'example.test', mode: 'proxy' as const }],
  ['other.test', { name: 'other.test', mode: 'proxy' as const }],
])

async function registrar(known: readonly (readonly [string, string])[]) {
  const ended: string[] = []
  const { location } = await openStore({ kind: 'memory' }, 0)
  const ground = { servedDomain: (host: string) => SERVED.get(host), isLocal: () => false }
  const users = new DiameterUsers(ground)
  for (const [user, realm] of known) users.grant(user, realm)
  const log = createLog({ level: 'error', format: 'text', write: () => {}, nowMs: () => 0 })
  const made = new DiameterRegistrar({
    diameter: () => undefined,
    origin: () => undefined,
    settings: () => ({ registrations: true, profileType: 'aors' }),
    users,
    location: {
      ...location,
      change: (aor, change) => {
        ended.push(aor)
        change.stored()
      },
    },
    ground,
    events: new DiameterEvents(new Metrics(), log),
    deadlines: new Deadlines(),
    nowMs: () => 0,
    wallMs: () => 0,
    retryAfterSeconds: 5,
    forget: () => {},
  })
  const terminate = (user: string) =>
    made.serve({ kind: 'terminate-registration', user, aors: [], reason: 0 }, 'aaa.test')
  const push = (user: string) => made.serve({ kind: 'push-profile', user, userData: [] }, 'aaa.test')
  return { terminate, push, ended }
}

test('DIA-10: RTR and PPR for a name of a realm that is not served here mean nobody here', async () => {
  const { terminate, push, ended } = await registrar([['alice', 'example.test']])
  assert.equal(await terminate('alice@elsewhere.test'), RESULT.userUnknown)
  assert.equal(await push('alice@elsewhere.test'), RESULT.userUnknown)
  assert.deepEqual(ended, [])
  assert.equal(await push('alice@example.test'), RESULT.success)
  assert.equal(await terminate('alice'), RESULT.success)
  assert.deepEqual(ended, ['sip:alice@example.test'])
})

test('DIA-10: RTR for a name with its realm leaves the same name of another realm registered', async () => {
  const { terminate, ended } = await registrar([
    ['alice', 'example.test'],
    ['alice', 'other.test'],
  ])
  assert.equal(await terminate('alice@other.test'), RESULT.success)
  assert.deepEqual(ended, ['sip:alice@other.test'])
})

test('DIA-10: a name that holds an @ itself is that user, and nobody whose name is the part before it', async () => {
  const { terminate, ended } = await registrar([
    ['alice', 'example.test'],
    ['alice@firm.test', 'example.test'],
  ])
  assert.equal(await terminate('alice@firm.test'), RESULT.success)
  assert.deepEqual(ended, ['sip:alice%40firm.test@example.test'])
})
