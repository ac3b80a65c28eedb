import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LIMITS } from '../../base/limits.ts'
import { failed, ok } from '../../base/result.ts'
import { element, oid, sequence } from '../../base/x509/der-write.ts'
import { checkAuthority, writeTnAuthList } from '../../mechanisms/identity/index.ts'
import { issue, NOW_MS, PROVIDER, ROOT, ROOTS } from '../../mechanisms/identity/test-authority.ts'
import type { FetchOutcome } from '../../net/https-fetch.ts'
import { CallerCertificates } from './certificates.ts'

const CHAIN = 'https://cert.example.org/chain.pem'
const LIST = 'https://cert.example.org/numbers'

/** Certificates from pages by URL; what has none fails. */
function certificatesOf(pages: Readonly<Record<string, Buffer>>) {
  const asked: string[] = []
  const fetch = async (url: string): Promise<FetchOutcome> => {
    asked.push(url)
    const body = pages[url]
    return body === undefined ? failed('status') : ok({ url, body, untilMs: NOW_MS })
  }
  return { asked, certificates: new CallerCertificates({ fetch }, ROOTS) }
}

test('a certificate is fetched and judged once, and then known', async () => {
  const { asked, certificates } = certificatesOf({ [CHAIN]: Buffer.from(PROVIDER.chain) })
  assert.equal(certificates.lookUp(CHAIN, NOW_MS).kind, 'needs-fetch')
  await certificates.fetch([CHAIN], NOW_MS)
  assert.equal(certificates.lookUp(CHAIN, NOW_MS).kind, 'credential')
  assert.deepEqual(asked, [CHAIN])
  assert.equal(certificates.lookUp(CHAIN, NOW_MS + 3_600_001).kind, 'needs-fetch')
})

test('what could not be fetched or is not trusted is known as such for half a minute', async () => {
  const { certificates } = certificatesOf({})
  await certificates.fetch([CHAIN], NOW_MS)
  assert.deepEqual(certificates.lookUp(CHAIN, NOW_MS), {
    kind: 'failure',
    failure: 'credential-fetch-failed',
  })
  assert.equal(certificates.lookUp(CHAIN, NOW_MS + 30_001).kind, 'needs-fetch')
})

const location = element(0x86, Buffer.from(LIST))
const access = { id: '1.3.6.1.5.5.7.1.1', value: sequence(sequence(oid('1.3.6.1.5.5.7.48.14'), location)) }
const chain = Buffer.from(issue(ROOT, { extensions: [access] }).chain)

test('numbers that a certificate gives by URL are fetched too (STC-03)', async () => {
  const list = writeTnAuthList([{ kind: 'one', number: '12155551212' }])
  const { asked, certificates } = certificatesOf({ [CHAIN]: chain, [LIST]: list })
  await certificates.fetch([CHAIN], NOW_MS)
  assert.deepEqual(asked, [CHAIN, LIST])
  const answer = certificates.lookUp(CHAIN, NOW_MS)
  assert.ok(answer.kind === 'credential')
  const of = (value: string) => checkAuthority(answer.credential, { kind: 'tn', value }, () => true)
  assert.deepEqual([of('12155551212'), of('12155551213')], [undefined, 'number-not-authorised'])
})

test('a list that cannot be had or read makes the certificate unusable', async () => {
  const lost = certificatesOf({ [CHAIN]: chain })
  await lost.certificates.fetch([CHAIN], NOW_MS)
  assert.deepEqual(lost.certificates.lookUp(CHAIN, NOW_MS), {
    kind: 'failure',
    failure: 'credential-fetch-failed',
  })
  const junk = certificatesOf({ [CHAIN]: chain, [LIST]: Buffer.from('junk') })
  await junk.certificates.fetch([CHAIN], NOW_MS)
  assert.deepEqual(junk.certificates.lookUp(CHAIN, NOW_MS), {
    kind: 'failure',
    failure: 'certificate-tn-list-malformed',
  })
})

test('calls that wait for one certificate share the judgement of it', async () => {
  const { asked, certificates } = certificatesOf({ [CHAIN]: Buffer.from(PROVIDER.chain) })
  await Promise.all(Array.from({ length: 100 }, () => certificates.fetch([CHAIN], NOW_MS)))
  assert.deepEqual(asked, [CHAIN])
})

test('a moment in which too much was fetched is not held against a certificate', async () => {
  const outcomes: FetchOutcome[] = [
    failed('overloaded'),
    ok({ url: CHAIN, body: Buffer.from(PROVIDER.chain), untilMs: NOW_MS }),
  ]
  const certificates = new CallerCertificates({ fetch: () => outcomes.shift() ?? failed('status') }, ROOTS)
  await certificates.fetch([CHAIN], NOW_MS)
  assert.equal(certificates.lookUp(CHAIN, NOW_MS).kind, 'needs-fetch')
  await certificates.fetch([CHAIN], NOW_MS)
  assert.equal(certificates.lookUp(CHAIN, NOW_MS).kind, 'credential')
})

test('no number of certificates that fail drives out one that is good', async () => {
  const { certificates } = certificatesOf({ [CHAIN]: Buffer.from(PROVIDER.chain) })
  await certificates.fetch([CHAIN], NOW_MS)
  for (let at = 0; at < 2 * LIMITS.maxFetchedDocuments; at++)
    await certificates.fetch([`https://x.example/${at}`], NOW_MS)
  assert.equal(certificates.lookUp(CHAIN, NOW_MS).kind, 'credential')
})
