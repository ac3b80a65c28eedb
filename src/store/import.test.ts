import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, it } from 'node:test'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { temporaryFolder } from '../../test/support/stores.ts'
import { isMd5Only } from './credentials.ts'
import { readCsv } from './csv.ts'
import { type Imported, type ImportFormat, importAccounts } from './import.ts'

const folder = temporaryFolder()
const MD5 = hash('md5', 'alice:example.com:secret')
const SHA256 = hash('sha256', 'alice:example.com:secret')
const SHA512_256 = hash('sha512-256', 'alice:example.com:secret')

function imported(
  text: string | Buffer,
  format: ImportFormat,
  md5 = false,
  domain = 'example.com',
): Imported {
  const path = join(folder, 'in')
  writeFileSync(path, text)
  return importAccounts(path, format, { domain, md5 })
}

function reasons(result: Imported): readonly string[] {
  return result.refused.map(row => `${row.line}: ${row.reason}`)
}

describe('import', () => {
  after(() => rmSync(folder, { recursive: true }))

  it('a plain-text password is hashed at once and kept nowhere (DIG-30)', () => {
    const result = imported('user,password\nalice,secret\n', 'csv')
    const [alice] = result.credentials
    assert.equal(alice?.ha1.sha256?.reveal(), SHA256)
    assert.equal(alice?.ha1.sha512_256?.reveal(), SHA512_256)
    assert.equal(alice?.ha1.md5, undefined)
    assert.equal(alice?.md5Allowed, false)
    assert.deepEqual(alice?.aors, ['sip:alice@example.com'])
    assert.doesNotMatch(
      inspect(result, { depth: 9 }) + JSON.stringify(result),
      new RegExp(`secret,|${SHA256}`),
    )
  })

  it('MD5 of a plain-text password is made only on demand', () => {
    const [alice] = imported('user,password\nalice,secret\n', 'csv', true).credentials
    assert.equal(alice?.ha1.md5?.reveal(), MD5)
    assert.equal(alice?.md5Allowed, true)
  })

  it('an MD5 value alone makes an account that is marked for MD5 and flagged (DIG-30)', () => {
    for (const [text, format] of [
      [`user,domain,ha1\nalice,example.com,${MD5.toUpperCase()}\n`, 'csv'],
      [`id,username,domain,password,ha1,ha1b\n1,alice,example.com,,${MD5},x\n`, 'subscriber'],
      [`alice:example.com:${MD5}\n`, 'htdigest'],
    ] as const) {
      const [alice] = imported(text, format).credentials
      assert.ok(alice !== undefined && isMd5Only(alice))
      assert.equal(alice.md5Allowed, true)
      assert.equal(alice.ha1.md5?.reveal(), MD5)
    }
  })

  it('an HA1 value of 64 digits is SHA-256, and such an account needs no MD5', () => {
    const [alice] = imported(`alice:example.com:${SHA256}\n`, 'htdigest').credentials
    assert.equal(alice?.ha1.sha256?.reveal(), SHA256)
    assert.equal(alice?.md5Allowed, false)
  })

  it('the password of a subscriber counts more than its MD5 value', () => {
    const text = `"id","username","domain","password","ha1"\n1,"alice","example.com","secret","${MD5}"\n`
    const [alice] = imported(text, 'subscriber').credentials
    assert.equal(alice?.ha1.sha256?.reveal(), SHA256)
  })

  it('a subscriber table of an SQLite database is read', () => {
    const path = join(folder, 'kamailio.sqlite')
    const database = new DatabaseSync(path)
    database.exec(`CREATE TABLE subscriber (id INTEGER PRIMARY KEY, username TEXT, domain TEXT, password TEXT,
      ha1 TEXT, ha1b TEXT);
      INSERT INTO subscriber VALUES (1, 'alice', 'example.com', 'secret', '', ''),
        (2, 'bob', 'example.com', '', '${MD5}', 'x'), (3, 'carol', '', NULL, NULL, '${MD5}')`)
    database.close()
    const result = importAccounts(path, 'subscriber', { md5: false, domain: 'example.org' })
    assert.deepEqual(
      result.credentials.map(each => [each.user, isMd5Only(each)]),
      [
        ['alice', false],
        ['bob', true],
      ],
    )
    assert.match(reasons(result).join(), /^3: only ha1b/)
  })

  it('each refused row carries its file, its line and its reason; the others are imported', () => {
    const text = `user,password,domain\r
"al""ice","a,b\r\nc",example.com\r
bo:b,x,example.com\r
\r
carol,,example.com\r
dave,x\r
"eve"x,x,example.com\r
frank,x,not a domain\r
${'"al""ice"'},again,example.com\r
`
    const result = imported(text, 'csv')
    assert.deepEqual(
      result.credentials.map(each => each.user),
      ['al"ice'],
    )
    assert.deepEqual(reasons(result), [
      '4: user "bo:b" of example.com: a user name must not hold a colon',
      '6: neither a password nor an HA1 value of 32 or 64 hex digits',
      '7: 2 fields where the header names 3',
      '8: a quoted field does not end where it should',
      '9: user "frank" of not a domain: the domain is not a lower-case host name',
      '10: al"ice@example.com stands above already',
    ])
    assert.equal(result.refused[0]?.file, join(folder, 'in'))
  })

  it('a file that cannot be read as a whole is refused with its name and why', () => {
    const code = 'ERR_ASPIS_IMPORT'
    assert.throws(() => imported('alice,secret\n', 'csv'), { code, message: /in:1: the first row must name/ })
    assert.throws(() => imported(Buffer.from('user,password\n\xff,x', 'latin1'), 'csv'), {
      code,
      message: /UTF-8/,
    })
    assert.throws(() => importAccounts(join(folder, 'none'), 'csv', { md5: false }), {
      code,
      message: /ENOENT/,
    })
    const empty = join(folder, 'empty.sqlite')
    new DatabaseSync(empty).exec('CREATE TABLE version (x)')
    assert.throws(() => importAccounts(empty, 'subscriber', { md5: false }), { code, message: /no table/ })
  })

  it('a row without a domain needs one to be named', () => {
    const path = join(folder, 'no-domain')
    writeFileSync(path, 'user,password\nalice,secret\n')
    assert.match(reasons(importAccounts(path, 'csv', { md5: false })).join(), /alice" has no domain/)
  })

  it('any table written as CSV is read back, with the line on which each row begins', () => {
    const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'ä'), maxLength: 6 })
    fc.assert(
      fc.property(fc.array(fc.tuple(field, field), { minLength: 1 }), rows => {
        const lines = rows.map(row => row.map(text => `"${text.replaceAll('"', '""')}"`).join(','))
        let line = 1
        const expected = rows.map((fields, at) => {
          const row = { line, fields, isBroken: false }
          line += (lines[at] ?? '').split('\n').length
          return row
        })
        assert.deepEqual(readCsv(`${lines.join('\r\n')}\r\n`), expected)
      }),
    )
  })

  it('any text is read without an exception', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ';', '\t') }), text => {
        for (const row of readCsv(text)) assert.ok(row.fields.length > 0)
      }),
    )
  })
})
