import type { DigestCredentials, SipOrigin } from './sip-requests.ts'

/** Who asks in the tests. */
export const ORIGIN: SipOrigin = {
  identity: { host: 'edge.example.test', realm: 'example.test', stateId: 1_700_000_000 },
  realm: 'aaa.test',
  serverUri: 'sip:edge.example.test',
}

/** A digest answer with every parameter. */
export const CREDENTIALS: DigestCredentials = {
  username: 'alice',
  realm: 'example.test',
  nonce: 'n0nce',
  uri: 'sip:example.test',
  response: 'a'.repeat(64),
  algorithm: 'SHA-256',
  cnonce: 'c"n\\once',
  nc: '00000001',
  qop: 'auth-int',
  opaque: 'opaque',
  method: 'REGISTER',
  bodyHash: 'b'.repeat(64),
}
