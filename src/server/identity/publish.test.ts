import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request as ask } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { freePorts } from '../../../test/support/sip-peer.ts'
import { holder } from '../../../test/support/stir.ts'
import { parseConfig } from '../config/load.ts'
import { type Publisher, startPublisher } from './publish.ts'

describe('the certificate of who signs is served, and nothing else', () => {
  const folder = mkdtempSync(join(tmpdir(), 'aspis-publish-'))
  const own = holder(holder(undefined, { isAuthority: true }), { domains: ['example.test'] })
  let publisher: Publisher | undefined
  let port = 0

  before(async () => {
    const [free = 0] = await freePorts(1)
    port = free
    // Some people keep both in one file.
    writeFileSync(join(folder, 'own.pem'), `${own.keyPem}${own.chain}${own.keyPem}`)
    const sign = [
      '{key: own.key, certificate: own.pem, x5u: "https://certs.example.test/stir/own.pem",',
      `publish: "https://127.0.0.1:${port}"}`,
    ].join(' ')
    const yaml = `domains: [example.test]\nlisten: [udp://127.0.0.1:5060]\nidentity: {sign: ${sign}}\n`
    const { config, problems } = parseConfig(yaml, join(folder, 'aspis.yaml'), {})
    assert.ok(config !== undefined, JSON.stringify(problems))
    publisher = await startPublisher(config)
  })
  after(async () => {
    await publisher?.close()
    rmSync(folder, { recursive: true })
  })

  function get(path: string, method = 'GET'): Promise<{ status: number; type: string; body: string }> {
    return new Promise((done, fail) => {
      const options = { host: '127.0.0.1', port, path, method, rejectUnauthorized: false, agent: false }
      const request = ask(options, answer => {
        let body = ''
        answer.on('data', (part: Buffer) => {
          body += part.toString('latin1')
        })
        answer.on('end', () =>
          done({ status: answer.statusCode ?? 0, type: answer.headers['content-type'] ?? '', body }),
        )
      })
      request.on('error', fail)
      request.end()
    })
  }

  test('STC-05: at the path of x5u, signer first, and never a key that stands in the same file', async () => {
    const { status, type, body } = await get('/stir/own.pem')
    assert.deepEqual([status, type, body], [200, 'application/pem-certificate-chain', own.chain])
    assert.equal((await get('/stir/own.pem', 'HEAD')).body, '')
  })

  test('any other path is not found, and nothing can be sent', async () => {
    for (const path of ['/', '/stir/own.key', '/stir/../stir/own.pem', '/stir/own.pem?x', '//stir/own.pem'])
      assert.equal((await get(path)).status, 404, path)
    assert.equal((await get('/stir/own.pem', 'POST')).status, 405)
  })
})
