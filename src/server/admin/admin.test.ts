import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Secret } from '../../base/secret.ts'
import { type Admin, type AdminSource, startAdmin } from './admin.ts'
import { adminTokenFile, ensureAdminToken } from './token.ts'

const folder = mkdtempSync(join(tmpdir(), 'aspis-admin-'))
after(() => rmSync(folder, { recursive: true }))

interface Answer {
  readonly status: number
  readonly text: string
}

function ask(
  admin: Admin,
  path: string,
  options: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(
      `${admin.url}${path}`,
      { method: options.method ?? 'GET', headers: options.headers ?? {} },
      response => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (part: string) => {
          text += part
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
      },
    )
    asked.on('error', reject)
    asked.end()
  })
}

async function withAdmin(source: Partial<AdminSource>, run: (admin: Admin) => Promise<void>): Promise<void> {
  const admin = await startAdmin({
    listen: { host: '127.0.0.1', port: 0, isSecure: false },
    token: new Secret('t'.repeat(43)),
    source: {
      notReady: () => [],
      metrics: () => 'aspis_up 1\n',
      configText: () => 'domains: []\n',
      reload: async () => undefined,
      ...source,
    },
  })
  try {
    await run(admin)
  } finally {
    await admin.close()
  }
}

const bearer = { authorization: `Bearer ${'t'.repeat(43)}` }

test('readyz is 200 only when nothing stands against it; livez always', async () => {
  const reasons: string[] = ['storage']
  await withAdmin({ notReady: () => reasons }, async admin => {
    assert.equal((await ask(admin, '/livez')).status, 200)
    assert.deepEqual(await ask(admin, '/readyz'), { status: 503, text: 'not ready: storage\n' })
    reasons.pop()
    assert.equal((await ask(admin, '/readyz')).status, 200)
    assert.deepEqual(await ask(admin, '/metrics'), { status: 200, text: 'aspis_up 1\n' })
  })
})

test('a foreign Host or Origin is refused, so that no web page reaches us by rebinding a name', async () => {
  await withAdmin({}, async admin => {
    assert.equal((await ask(admin, '/metrics', { headers: { host: 'evil.example:9090' } })).status, 403)
    assert.equal((await ask(admin, '/metrics', { headers: { host: '127.0.0.1.evil.example' } })).status, 403)
    assert.equal((await ask(admin, '/metrics', { headers: { host: 'localhost:9090' } })).status, 200)
    assert.equal((await ask(admin, '/metrics', { headers: { host: '[::1]:9090' } })).status, 200)
    assert.equal((await ask(admin, '/metrics', { headers: { origin: 'https://evil.example' } })).status, 403)
    assert.equal((await ask(admin, '/metrics', { headers: { origin: 'null' } })).status, 403)
    assert.equal((await ask(admin, '/metrics', { headers: { origin: admin.url } })).status, 200)
  })
})

test('a command needs the token, and so does the configuration', async () => {
  let reloads = 0
  await withAdmin(
    {
      reload: async () => {
        reloads += 1
        return undefined
      },
    },
    async admin => {
      assert.equal((await ask(admin, '/reload', { method: 'POST' })).status, 401)
      assert.equal(
        (await ask(admin, '/reload', { method: 'POST', headers: { authorization: 'Bearer x' } })).status,
        401,
      )
      assert.equal((await ask(admin, '/config')).status, 401)
      assert.equal(reloads, 0)
      assert.equal((await ask(admin, '/reload', { method: 'POST', headers: bearer })).status, 200)
      assert.equal((await ask(admin, '/config', { headers: bearer })).text, 'domains: []\n')
      assert.equal(reloads, 1)
      assert.equal((await ask(admin, '/reload', { headers: bearer })).status, 404)
    },
  )
})

test('a reload that fails says why', async () => {
  await withAdmin({ reload: async () => 'aspis.yaml:1:1: error: x' }, async admin => {
    assert.deepEqual(await ask(admin, '/reload', { method: 'POST', headers: bearer }), {
      status: 409,
      text: 'aspis.yaml:1:1: error: x\n',
    })
  })
})

test('an address in use is told by name', async () => {
  await withAdmin({}, async admin => {
    const port = Number(new URL(admin.url).port)
    await assert.rejects(
      startAdmin({
        listen: { host: '127.0.0.1', port, isSecure: false },
        token: new Secret('x'),
        source: {
          notReady: () => [],
          metrics: () => '',
          configText: () => '',
          reload: async () => undefined,
        },
      }),
      /cannot listen on 127\.0\.0\.1:\d+ \(EADDRINUSE\)/,
    )
  })
})

test('the token is made once, for the owner only, and never replaced in silence', () => {
  const made = ensureAdminToken(folder)
  assert.equal(statSync(adminTokenFile(folder)).mode & 0o777, 0o600)
  chmodSync(adminTokenFile(folder), 0o644)
  assert.equal(ensureAdminToken(folder).reveal(), made.reveal())
  assert.equal(statSync(adminTokenFile(folder)).mode & 0o777, 0o600)
  writeFileSync(adminTokenFile(folder), '')
  assert.throws(() => ensureAdminToken(folder), /no token in it/)
})
