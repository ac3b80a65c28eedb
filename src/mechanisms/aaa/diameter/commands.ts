import type { AvpName } from './avp-dictionary.ts'

/** What may stand in a command or a group, in the words of RFC 6733 §3.2; other AVPs may follow everywhere. */
export interface Rules {
  /** `< … >`: exactly one, and it comes first. */
  readonly first?: AvpName
  /** `{ … }`: exactly one. */
  readonly one: readonly AvpName[]
  /** `1* { … }`: at least one. */
  readonly oneOrMore?: readonly AvpName[]
  /** `[ … ]`: at most one. */
  readonly optional?: readonly AvpName[]
  /** `* [ … ]`: any number. */
  readonly any?: readonly AvpName[]
}

/** One command: request and answer share the code, and what else the header says of them. */
export interface Command {
  readonly code: number
  readonly applicationId: number
  readonly isProxiable: boolean
  readonly request: Rules
  readonly answer: Rules
}

/** The application of RFC 4740 §13.1. */
export const SIP_APPLICATION = 6
/** A relay has every application (RFC 6733 §2.4). */
export const RELAY_APPLICATION = 0xffff_ffff

const HOPS: readonly AvpName[] = ['Proxy-Info', 'Route-Record']
const REDIRECT: readonly AvpName[] = ['Redirect-Host', 'Redirect-Host-Usage', 'Redirect-Max-Cache-Time']
const LIFETIME: readonly AvpName[] = ['Authorization-Lifetime', 'Auth-Grace-Period']
const ORIGIN: readonly AvpName[] = ['Origin-Host', 'Origin-Realm']
const SIP_REQUEST: readonly AvpName[] = ['Auth-Application-Id', 'Auth-Session-State', ...ORIGIN]
const SIP_ANSWER: readonly AvpName[] = ['Auth-Application-Id', 'Auth-Session-State', 'Result-Code', ...ORIGIN]
const PEER_ANSWER: readonly AvpName[] = ['Result-Code', ...ORIGIN]
const CAPABILITIES: readonly AvpName[] = [
  'Supported-Vendor-Id',
  'Auth-Application-Id',
  'Inband-Security-Id',
  'Acct-Application-Id',
  'Vendor-Specific-Application-Id',
]

/**
 * The commands that we speak.
 * @see RFC 6733 §5.3 to §5.5, RFC 4740 §8
 */
export const COMMANDS = {
  /** Capabilities-Exchange. */
  CE: {
    code: 257,
    applicationId: 0,
    isProxiable: false,
    request: {
      one: [...ORIGIN, 'Vendor-Id', 'Product-Name'],
      oneOrMore: ['Host-IP-Address'],
      optional: ['Origin-State-Id', 'Firmware-Revision'],
      any: CAPABILITIES,
    },
    answer: {
      one: [...PEER_ANSWER, 'Vendor-Id', 'Product-Name'],
      oneOrMore: ['Host-IP-Address'],
      optional: ['Origin-State-Id', 'Error-Message', 'Failed-AVP', 'Firmware-Revision'],
      any: CAPABILITIES,
    },
  },
  /** Disconnect-Peer. */
  DP: {
    code: 282,
    applicationId: 0,
    isProxiable: false,
    request: { one: [...ORIGIN, 'Disconnect-Cause'] },
    answer: { one: PEER_ANSWER, optional: ['Error-Message', 'Failed-AVP'] },
  },
  /** Device-Watchdog. */
  DW: {
    code: 280,
    applicationId: 0,
    isProxiable: false,
    request: { one: ORIGIN, optional: ['Origin-State-Id'] },
    answer: { one: PEER_ANSWER, optional: ['Error-Message', 'Failed-AVP', 'Origin-State-Id'] },
  },
  /** Location-Info. */
  LI: {
    code: 285,
    applicationId: SIP_APPLICATION,
    isProxiable: true,
    request: {
      first: 'Session-Id',
      one: [...SIP_REQUEST, 'Destination-Realm', 'SIP-AOR'],
      optional: ['Destination-Host'],
      any: HOPS,
    },
    answer: {
      first: 'Session-Id',
      one: SIP_ANSWER,
      optional: ['SIP-Server-URI', 'SIP-Server-Capabilities', ...LIFETIME, ...REDIRECT],
      any: HOPS,
    },
  },
  /** Multimedia-Auth. */
  MA: {
    code: 286,
    applicationId: SIP_APPLICATION,
    isProxiable: true,
    request: {
      first: 'Session-Id',
      one: [...SIP_REQUEST, 'Destination-Realm', 'SIP-AOR', 'SIP-Method'],
      optional: [
        'Destination-Host',
        'User-Name',
        'SIP-Server-URI',
        'SIP-Number-Auth-Items',
        'SIP-Auth-Data-Item',
      ],
      any: HOPS,
    },
    answer: {
      first: 'Session-Id',
      one: SIP_ANSWER,
      optional: ['User-Name', 'SIP-AOR', 'SIP-Number-Auth-Items', ...LIFETIME, ...REDIRECT],
      any: ['SIP-Auth-Data-Item', ...HOPS],
    },
  },
  /** Push-Profile. */
  PP: {
    code: 288,
    applicationId: SIP_APPLICATION,
    isProxiable: true,
    request: {
      first: 'Session-Id',
      one: [...SIP_REQUEST, 'Destination-Realm', 'User-Name'],
      optional: ['SIP-Accounting-Information', 'Destination-Host', ...LIFETIME],
      any: ['SIP-User-Data', ...HOPS],
    },
    answer: { first: 'Session-Id', one: SIP_ANSWER, optional: REDIRECT, any: HOPS },
  },
  /** Registration-Termination. */
  RT: {
    code: 287,
    applicationId: SIP_APPLICATION,
    isProxiable: true,
    request: {
      first: 'Session-Id',
      one: [...SIP_REQUEST, 'Destination-Host', 'SIP-Deregistration-Reason'],
      optional: ['Destination-Realm', 'User-Name'],
      any: ['SIP-AOR', ...HOPS],
    },
    answer: { first: 'Session-Id', one: SIP_ANSWER, optional: [...LIFETIME, ...REDIRECT], any: HOPS },
  },
  /** Server-Assignment. */
  SA: {
    code: 284,
    applicationId: SIP_APPLICATION,
    isProxiable: true,
    request: {
      first: 'Session-Id',
      one: [
        ...SIP_REQUEST,
        'Destination-Realm',
        'SIP-Server-Assignment-Type',
        'SIP-User-Data-Already-Available',
      ],
      optional: ['Destination-Host', 'User-Name', 'SIP-Server-URI'],
      any: ['SIP-Supported-User-Data-Type', 'SIP-AOR', ...HOPS],
    },
    answer: {
      first: 'Session-Id',
      one: SIP_ANSWER,
      optional: ['SIP-Accounting-Information', 'User-Name', ...LIFETIME, ...REDIRECT],
      any: ['SIP-User-Data', 'SIP-Supported-User-Data-Type', ...HOPS],
    },
  },
  /** User-Authorization. */
  UA: {
    code: 283,
    applicationId: SIP_APPLICATION,
    isProxiable: true,
    request: {
      first: 'Session-Id',
      one: [...SIP_REQUEST, 'Destination-Realm', 'SIP-AOR'],
      optional: ['Destination-Host', 'User-Name', 'SIP-Visited-Network-Id', 'SIP-User-Authorization-Type'],
      any: HOPS,
    },
    answer: {
      first: 'Session-Id',
      one: SIP_ANSWER,
      optional: ['SIP-Server-URI', 'SIP-Server-Capabilities', ...LIFETIME, ...REDIRECT],
      any: HOPS,
    },
  },
} as const satisfies Readonly<Record<string, Command>>

/** Name of a command: its abbreviation without the last letter. */
export type CommandName = keyof typeof COMMANDS

/** The answer to a request that the protocol itself failed (RFC 6733 §7.2); `Session-Id` may be missing. */
export const ERROR_ANSWER: Rules = {
  one: [...ORIGIN, 'Result-Code'],
  optional: [
    'Session-Id',
    'Origin-State-Id',
    'Error-Message',
    'Error-Reporting-Host',
    'Failed-AVP',
    'Experimental-Result',
  ],
  any: ['Proxy-Info'],
}

/** What stands inside the groups that we read (RFC 4740 §9, RFC 6733 §6.7.2, §6.11, §7.6). */
export const GROUPS: Readonly<Partial<Record<AvpName, Rules>>> = {
  'Experimental-Result': { one: ['Vendor-Id', 'Experimental-Result-Code'] },
  'Proxy-Info': { one: ['Proxy-Host', 'Proxy-State'] },
  'SIP-Accounting-Information': {
    one: [],
    any: ['SIP-Accounting-Server-URI', 'SIP-Credit-Control-Server-URI'],
  },
  'SIP-Auth-Data-Item': {
    one: ['SIP-Authentication-Scheme'],
    optional: ['SIP-Item-Number', 'SIP-Authenticate', 'SIP-Authorization', 'SIP-Authentication-Info'],
  },
  'SIP-Authenticate': {
    one: ['Digest-Realm', 'Digest-Nonce'],
    optional: [
      'Digest-Domain',
      'Digest-Opaque',
      'Digest-Stale',
      'Digest-Algorithm',
      'Digest-QoP',
      'Digest-HA1',
    ],
    any: ['Digest-Auth-Param'],
  },
  'SIP-Authentication-Info': {
    one: [],
    optional: [
      'Digest-Nextnonce',
      'Digest-QoP',
      'Digest-Response-Auth',
      'Digest-CNonce',
      'Digest-Nonce-Count',
    ],
  },
  'SIP-Authorization': {
    one: ['Digest-Username', 'Digest-Realm', 'Digest-Nonce', 'Digest-URI', 'Digest-Response'],
    optional: [
      'Digest-Algorithm',
      'Digest-CNonce',
      'Digest-Opaque',
      'Digest-QoP',
      'Digest-Nonce-Count',
      'Digest-Method',
      'Digest-Entity-Body-Hash',
    ],
    any: ['Digest-Auth-Param'],
  },
  'SIP-Deregistration-Reason': { one: ['SIP-Reason-Code'], optional: ['SIP-Reason-Info'] },
  'SIP-Server-Capabilities': {
    one: [],
    any: ['SIP-Mandatory-Capability', 'SIP-Optional-Capability', 'SIP-Server-URI'],
  },
  'SIP-User-Data': { one: ['SIP-User-Data-Type', 'SIP-User-Data-Contents'] },
  'Vendor-Specific-Application-Id': {
    one: ['Vendor-Id'],
    optional: ['Auth-Application-Id', 'Acct-Application-Id'],
  },
}

const NAMES: readonly CommandName[] = ['CE', 'DP', 'DW', 'LI', 'MA', 'PP', 'RT', 'SA', 'UA']

const BY_CODE: ReadonlyMap<number, CommandName> = new Map(NAMES.map(name => [COMMANDS[name].code, name]))

/** The command of a code. */
export function commandNamed(code: number): CommandName | undefined {
  return BY_CODE.get(code)
}

/** What is said of a command. */
export function commandOf(name: CommandName): Command {
  return COMMANDS[name]
}
