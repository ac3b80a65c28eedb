/**
 * SQL in every field of a REGISTER: whatever stands there is text, and the only row that changes is the sender's own.
 */
import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, test } from 'node:test'
import { loadFolder } from '../../src/store/log/load.ts'
import { LocationIndex } from '../../src/store/memory/location-index.ts'
import { databaseId } from '../../src/store/sqlite/database.ts'
import { CORPUS, missingCorpus } from '../support/corpus.ts'
import { type FindingsEdge, startFindingsEdge } from '../support/findings-edge.ts'
import { missing } from '../support/programs.ts'
import {
  askProved,
  challengeOf,
  DOMAIN,
  prove,
  type RawUa,
  rawUa,
  register,
  registered,
  type Saying,
  say,
  token,
} from '../support/raw-ua.ts'
import { ask, statusOf } from '../support/sip-peer.ts'

/** Ours: against the tables and names that are really there. */
const OWN_PAYLOADS = [
  "'; DROP TABLE location; --",
  "'; DELETE FROM credential; --",
  "alice'; UPDATE credential SET sealed = x'00' WHERE user = 'alice'; --",
  "x'); INSERT INTO location VALUES ('sip:alice@example.test', 'k', 9999999999999, '{}'); --",
  "' OR '1'='1",
  "' UNION SELECT sealed FROM credential --",
  "\"; ATTACH '/tmp/x.db' AS x; --",
  "'||(SELECT value FROM meta LIMIT 1)||'",
  "\\'; PRAGMA writable_schema = ON; --",
  '%27; UPDATE location SET expires_at_ms = 0; --',
  "%00'; DELETE FROM location; --",
  "' ; DELETE FROM location WHERE aor LIKE '%",
  '$1; DELETE FROM location; --',
  '?1 :aor @aor',
]

/** Where a payload is put; `encoded` as the grammar of the place asks, `raw` as it is. */
const FIELDS = [
  'auth-username',
  'auth-realm',
  'auth-nonce',
  'auth-uri',
  'uri-user',
  'from-user',
  'from-display',
  'to-user',
  'contact-user',
  'contact-params',
  'call-id',
  'via-branch',
  'user-agent',
  'path',
  'instance',
] as const

type Field = (typeof FIELDS)[number]

describe('SQL in a REGISTER', { skip: missing('curl'), timeout: 120_000 }, () => {
  let server: FindingsEdge
  let eve: RawUa
  let others: RawUa[]
  let unchanged: string

  before(async () => {
    const users = ['alice', 'bob', 'eve'].map(name => ({ name, password: `correct horse of ${name}` }))
    server = await startFindingsEdge(users, [
      'detection: { mode: monitor }',
      'limits: { requests-per-account: 10000 }',
    ])
    const at = (ip: string, name: string) => rawUa(server.port, ip, name, `correct horse of ${name}`)
    others = [await at('127.0.0.2', 'alice'), await at('127.0.0.3', 'bob')]
    eve = await at('127.0.0.66', 'eve')
    for (const ua of others) await register(ua)
    unchanged = dump(server.edge.folder, eve.aor)
  })
  after(async () => {
    for (const ua of [...(others ?? []), eve]) ua?.peer.close()
    await server?.edge.remove()
  })

  async function isUnchanged(payload: string): Promise<void> {
    // The answer to this comes after all that was sent before it.
    assert.deepEqual(await registered(eve), [])
    assert.equal(dump(server.edge.folder, eve.aor), unchanged, payload)
  }

  test('the tables hold what they should, so that a change would be seen', () => {
    assert.match(unchanged, /CREATE TABLE location/)
    assert.match(unchanged, /"aor":"sip:alice@example.test"/)
    assert.match(unchanged, /"user":"bob"/)
  })

  test('of ours, from a stranger and with good credentials: nothing changes but the own row', async () => {
    for (const payload of OWN_PAYLOADS) {
      await sendAll(eve, payload)
      await isUnchanged(payload)
    }
  })

  test('of the corpus, from a stranger and with good credentials', { skip: missingCorpus() }, async t => {
    const payloads = corpusPayloads()
    t.diagnostic(`${payloads.length} payloads in ${FIELDS.length} fields, encoded and raw`)
    assert.ok(payloads.length > 10)
    for (const payload of payloads) {
      await sendAll(eve, payload)
      await isUnchanged(payload)
    }
  })

  test('a contact that holds SQL is stored and given back as it was written', async () => {
    for (const payload of OWN_PAYLOADS) {
      const contact = `sip:${encoded(payload)}@${eve.peer.host}`
      const { response } = await askProved(eve, { ...toRegister(eve), contact })
      assert.equal(statusOf(response), 200, response)
      assert.deepEqual(await registered(eve), [contact])
      await removeAll(eve)
    }
    await isUnchanged('contacts')
  })

  test('everyone is still there, and can register again', async () => {
    for (const ua of others) {
      assert.deepEqual(await registered(ua), [ua.contact])
      await register(ua)
    }
    assert.ok(!existsSync('/tmp/x.db'))
  })
})

function toRegister(ua: RawUa): Saying {
  return { method: 'REGISTER', uri: `sip:${DOMAIN}`, to: ua.aor }
}

async function removeAll(ua: RawUa): Promise<void> {
  const lines = ['Contact: *', 'Expires: 0']
  const { response } = await askProved(ua, { ...toRegister(ua), contact: false, lines })
  assert.equal(statusOf(response), 200, response)
}

/** The payload in each field, without and with eve's credentials, then everything of hers removed. */
async function sendAll(eve: RawUa, payload: string): Promise<void> {
  const challenge = await challengeOf(eve, toRegister(eve))
  let nc = 0
  for (const field of FIELDS) {
    for (const text of new Set([payload, encoded(payload)])) {
      const saying = toRegister(eve)
      const uri = field === 'auth-uri' ? quoted(text) : saying.uri
      const user = field === 'auth-username' ? quoted(text) : eve.name
      const { password } = eve
      const proof = prove(challenge, { user, password, method: 'REGISTER', uri, nc: ++nc })
      eve.peer.send(withPayload(say(eve, saying), eve, field, text))
      eve.peer.send(withPayload(say(eve, { ...saying, lines: [proof] }), eve, field, text))
    }
    // One field at a time is in flight: the socket of the server holds that many.
    await ask(eve.peer, say(eve, { method: 'OPTIONS', uri: `sip:${DOMAIN}` }))
  }
  const bound = await registered(eve)
  assert.ok(bound.length > 0, `nothing of this was taken: ${payload}`)
  await removeAll(eve)
}

function withPayload(request: string, eve: RawUa, field: Field, text: string): string {
  const swap = (from: RegExp, to: string): string => request.replace(from, () => to)
  const aor = `sip:${text}@${DOMAIN}`
  switch (field) {
    case 'auth-username':
    case 'auth-uri':
      return request
    case 'auth-realm':
      return swap(/realm="[^"]*"/, `realm="${quoted(text)}"`)
    case 'auth-nonce':
      return swap(/nonce="[^"]*"/, `nonce="${quoted(text)}"`)
    case 'uri-user':
      return swap(/^REGISTER \S+/, `REGISTER ${aor}`)
    case 'from-user':
      return swap(/^From: <[^>]*>/m, `From: <${aor}>`)
    case 'from-display':
      return swap(/^From: </m, `From: "${quoted(text)}" <`)
    case 'to-user':
      return swap(/^To: <[^>]*>/m, `To: <${aor}>`)
    case 'contact-user':
      return swap(/^Contact: <[^>]*>/m, `Contact: <sip:${text}@${eve.peer.host}>`)
    case 'contact-params':
      return swap(/^Contact: <[^>]*>/m, `Contact: <${eve.contact};x=${text}>;y="${quoted(text)}"`)
    case 'call-id':
      return swap(/^Call-ID: .*$/m, `Call-ID: ${text}${token()}`)
    case 'via-branch':
      return swap(/branch=[^;]*/, `branch=z9hG4bK${text}${token()}`)
    case 'user-agent':
      return swap(/^User-Agent: .*$/m, `User-Agent: ${text}`)
    case 'path':
      return swap(
        /^User-Agent: /m,
        `Supported: path\r\nPath: <sip:${text}@${eve.peer.host};lr>\r\nUser-Agent: `,
      )
    case 'instance':
      return swap(
        /^(Contact: <[^>]*>)/m,
        `Contact: <${eve.contact}>;+sip.instance="<${quoted(text)}>";reg-id=1`,
      )
  }
}

/** As a quoted string holds it. */
function quoted(text: string): string {
  return text.replace(/["\\]/g, '\\$&')
}

/** As a user part or a token-like place holds it: everything else than letters and digits escaped. */
function encoded(text: string): string {
  const bytes = [...Buffer.from(text, 'latin1')]
  return bytes
    .map(byte => String.fromCharCode(byte))
    .map(char => (/[A-Za-z0-9]/.test(char) ? char : `%${hex(char.charCodeAt(0))}`))
    .join('')
}

function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0')
}

function corpusPayloads(): readonly string[] {
  const all: { readonly sqli: { readonly payloads: readonly { readonly text: string }[] } } = JSON.parse(
    readFileSync(join(CORPUS, 'payloads.json'), 'utf8'),
  )
  // As its octets in UTF-8, one character each, which is how texts travel here.
  return all.sqli.payloads.map(({ text }) => Buffer.from(text, 'utf8').toString('latin1'))
}

/** Schema and rows of every database in the folder, and the bindings of everybody but that address-of-record. */
function dump(folder: string, aor: string): string {
  const data = join(folder, 'data')
  const lines: string[] = []
  for (const file of readdirSync(data).filter(name => name.endsWith('.db'))) {
    const database = new DatabaseSync(join(data, file), { readOnly: true })
    const tables = database.prepare('SELECT name, sql FROM sqlite_master ORDER BY name').all()
    for (const { name, sql } of tables) {
      lines.push(`${file} ${name} ${sql}`)
      if (!String(sql).startsWith('CREATE TABLE')) continue
      const rows = database.prepare(`SELECT * FROM "${name}"`).all()
      const kept = rows.filter(row => row.aor !== aor).map(row => JSON.stringify(row, hexOfBlob))
      lines.push(...kept.sort())
    }
    database.close()
  }
  return [...lines, ...bindingsIn(data).filter(line => !line.includes(`"aor":"${aor}"`))].join('\n')
}

/** What the log of the bindings says, read from a copy, since the server writes on. */
function bindingsIn(data: string): readonly string[] {
  const database = new DatabaseSync(join(data, 'aspis.db'), { readOnly: true })
  const id = databaseId(database)
  database.close()
  const copy = mkdtempSync(join(tmpdir(), 'aspis-bindings-'))
  try {
    cpSync(join(data, 'bindings'), copy, { recursive: true })
    const index = new LocationIndex()
    loadFolder(copy, id, (octets, at) => index.apply(octets, at))
    return [...index.aors()].sort().map(aor => JSON.stringify(index.all(aor)))
  } finally {
    rmSync(copy, { recursive: true })
  }
}

function hexOfBlob(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value
}
