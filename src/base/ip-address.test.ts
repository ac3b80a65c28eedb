import assert from 'node:assert/strict'
import { isIP } from 'node:net'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { canonicalIp, ipKind, ipVersion } from './ip-address.ts'

describe('IP address literals', () => {
  it('are read like the system reads them, for every address', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), text => {
        assert.equal(ipVersion(text), isIP(text))
        assert.equal(canonicalIp(canonicalIp(text) ?? ''), canonicalIp(text))
      }),
    )
  })

  it('no other text is an address', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123.:afg%'), maxLength: 24 }), text => {
        if (!text.includes('%')) assert.equal(ipVersion(text), isIP(text))
        else assert.equal(ipVersion(text), 0)
      }),
      { numRuns: 500 },
    )
    for (const text of ['127.1', '010.0.0.1', '0x7f.0.0.1', '1.2.3.4.', '::1%lo', '1::2::3', ':::']) {
      assert.equal(ipVersion(text), 0, text)
    }
  })

  it('private, loopback and unusable ranges are told from global ones', () => {
    const kinds: readonly (readonly [string, string])[] = [
      ['8.8.8.8', 'global'],
      ['172.15.0.1', 'global'],
      ['172.16.0.1', 'private'],
      ['100.64.0.1', 'private'],
      ['169.254.169.254', 'private'],
      ['192.0.0.192', 'private'],
      ['192.0.1.1', 'global'],
      ['127.0.0.53', 'loopback'],
      ['0.0.0.0', 'unusable'],
      ['255.255.255.255', 'unusable'],
      ['2a00::1', 'global'],
      ['::1', 'loopback'],
      ['::', 'unusable'],
      ['fd00::1', 'private'],
      ['fe80::1', 'private'],
      ['ff02::1', 'unusable'],
    ]
    for (const [text, kind] of kinds) assert.equal(ipKind(text), kind, text)
  })

  it('an IPv4 address inside an IPv6 one keeps its kind', () => {
    for (const text of [
      '::ffff:10.0.0.1',
      '64:ff9b::10.0.0.1',
      '2002:0a00:0001::1',
      '::ffff:0:10.0.0.1',
      '64:ff9b:1::10.0.0.1',
      '2001:0:4136:e378:8000:63bf:f5ff:fffe',
    ]) {
      assert.equal(ipKind(text), 'private', text)
    }
    assert.equal(ipKind('::ffff:127.0.0.1'), 'loopback')
    assert.equal(canonicalIp('::FFFF:127.0.0.1'), '127.0.0.1')
  })

  it('one address has one text (RFC 5952)', () => {
    assert.equal(canonicalIp('2001:DB8:0:0:1:0:0:0'), '2001:db8:0:0:1::')
    assert.equal(canonicalIp('0:0:0:0:0:0:0:0'), '::')
    assert.equal(canonicalIp('example.test'), undefined)
  })
})
