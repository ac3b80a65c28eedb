import { z } from 'zod'
import { canonicalIp } from '../base/ip-address.ts'
import { PRODUCTS } from './product.ts'

/** A message that says what stands there and what may. @param what to write */
function told(what: string): (issue: { readonly input?: unknown }) => string {
  return ({ input }) =>
    input === undefined ? `missing: write ${what}` : `found ${shown(input)}; write ${what}`
}

function shown(value: unknown): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object'
  return `"${String(value).slice(0, 80)}"`
}

const text = (what: string) =>
  z
    .string({ error: told(what) })
    .min(1, { error: told(what) })
    .max(1_000, { error: told(what) })

/** What stands there is not shown. */
const secret = z
  .string({
    error: ({ input }) =>
      `${input === undefined ? 'missing' : `found a ${typeof input}`}: write a text in quotes, env:NAME or file:PATH`,
  })
  .min(1, { error: 'empty: write a text in quotes, env:NAME or file:PATH' })
  .max(1_000, { error: 'longer than 1000 characters' })

const portText = told('a number from 1 to 65535')
const port = z.int({ error: portText }).min(1, { error: portText }).max(65_535, { error: portText })
const object = <T extends z.ZodRawShape>(shape: T) =>
  z.strictObject(shape, {
    error: issue =>
      issue.code === 'invalid_type'
        ? `found ${shown(issue.input)}; write an object with ${Object.keys(shape).join(', ')}`
        : undefined,
  })

const place = z
  .string({ error: told('an address with a port: 127.0.0.1:5353') })
  .regex(/^(?:\[[0-9a-fA-F:.]{2,45}\]|[\w.-]{1,253}):\d{1,5}$/, {
    error: told('an address with a port: 127.0.0.1:5353'),
  })

const url = z
  .string({ error: told('a URL that begins with http:// or https://') })
  .regex(/^https?:\/\/\S{1,900}$/, { error: told('a URL that begins with http:// or https://') })

const number = z
  .string({ error: told('a telephone number in quotes: "+4420…"') })
  .regex(/^\+?[\d*#]{2,20}$/, { error: told('a telephone number in quotes: "+4420…"') })

const ip = text('an IP address').refine(written => canonicalIp(written) !== undefined, {
  error: told('an IP address'),
})

const MAC = 'twelve hexadecimal digits in quotes'

const Account = object({
  user: text('the user part of an address-of-record: alice'),
  password: secret,
  'auth-user': text('the user name of the credentials, where it is another one').optional(),
})

/** An account as it is written. */
export type AccountEntry = z.infer<typeof Account>

/** A target file. One setting a line, in the order of docs/audit.md. */
export const TargetFile = object({
  target: text('an address: 192.0.2.1, sip.example.test or sip:192.0.2.1:5060'),
  domain: text('the domain of its users').optional(),
  ports: object({
    udp: port.optional(),
    tcp: port.optional(),
    tls: port.optional(),
    ws: port.optional(),
    wss: port.optional(),
  })
    .refine(ports => Object.keys(ports).length > 0, {
      error: 'names no port: write udp, tcp, tls, ws or wss',
    })
    .optional(),
  'websocket-path': z
    .string({ error: told('a path that begins with /') })
    .regex(/^\/\S{0,200}$/, { error: told('a path that begins with /') })
    .optional(),
  accounts: z
    .array(Account, { error: told('a list of accounts, each with user and password') })
    .max(20, { error: 'more than 20 accounts' })
    .optional(),
  'known-user': text('a user who exists and is none of the accounts').optional(),
  'rejects-anonymous': Account.optional(),
  'premium-number': number.optional(),
  ca: text('the path of a PEM file').optional(),
  stir: object({
    key: text('the path of a PEM file'),
    certificate: text('the path of a PEM file'),
    url,
    number,
    domain: text('the host of its From').optional(),
    ip: text('an IP address of this machine').optional(),
  }).optional(),
  smime: object({
    key: text('the path of a PEM file'),
    certificate: text('the path of a PEM file'),
    aor: text('an address-of-record: alice@example.test'),
  }).optional(),
  zone: object({ domain: text('a domain'), listen: place }).optional(),
  radius: object({ listen: place, secret }).optional(),
  diameter: object({
    host: ip,
    port,
    realm: text('a realm'),
    peer: text('the Origin-Host of a peer').optional(),
    tls: z.boolean({ error: told('true or false') }).optional(),
  }).optional(),
  admin: url.optional(),
  phone: object({
    host: ip,
    mac: z
      .string({ error: told(MAC) })
      .regex(/^(?:[0-9a-fA-F]{2}[:-]?){6}$/, { error: told(MAC) })
      .optional(),
    'tftp-port': port.optional(),
    'http-port': port.optional(),
    'telnet-port': port.optional(),
  }).optional(),
  'client-certificate': object({
    key: text('the path of a PEM file'),
    certificate: text('the path of a PEM file'),
    user: text('the user that it stands for'),
  }).optional(),
  product: z.enum(PRODUCTS, { error: told(`one of ${PRODUCTS.join(', ')}`) }).optional(),
})

/** Settings that an object of the file may have. */
export function allowedAt(path: readonly (string | number)[]): readonly string[] {
  let at: unknown = TargetFile
  for (const part of path) at = within(at, part)
  const shape = shapeOf(at)
  return shape === undefined ? [] : Object.keys(shape)
}

function within(schema: unknown, part: string | number): unknown {
  const inner = unwrapped(schema)
  if (typeof part === 'number') return inner instanceof z.ZodArray ? inner.element : undefined
  return shapeOf(inner)?.[part]
}

function shapeOf(schema: unknown): Readonly<Record<string, unknown>> | undefined {
  const inner = unwrapped(schema)
  return inner instanceof z.ZodObject ? inner.shape : undefined
}

function unwrapped(schema: unknown): unknown {
  return schema instanceof z.ZodOptional ? schema.unwrap() : schema
}
