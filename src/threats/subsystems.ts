import type { Threat } from './threat.ts'

/** What the paper says of DNS, ENUM and AAA: end of section 3.1 and of section 3.3. */
export const subsystems: readonly Threat[] = [
  {
    id: 'dns-cache-poisoning',
    title: 'Forged answers of DNS',
    clause: '§3.1: DNS cache poisoning by a fake record set',
    impact: 'Requests fail or go to another destination',
    remedy:
      'A resolver of our own whose answers must match port, ID, name in random case and type; bounds on all.',
    status: 'answered',
    defences: ['room:net/dns.ts', 'room:mechanisms/naming'],
    tests: [
      'a flood of guesses moves the question to TCP',
      'every query has its own port, ID and mixture of cases, and asks for recursion without AD',
      'records of other owners, classes and sections are left out',
      'a private or loopback address under a public name is refused, unless the operator allows it',
    ],
  },
  {
    id: 'sips-records-removed',
    title: 'The records for secure SIP vanish from a domain',
    clause: '§3.1: a fake record set effectively removes all SIPS records of a proxy server',
    impact: 'SIPS requests fail, or worse, are redirected',
    remedy:
      'A sips request has no way but TLS, checked by the domain as it stood before DNS; TLS once seen is missed.',
    status: 'answered',
    defences: ['room:mechanisms/naming', 'room:mechanisms/tls', 'room:mechanisms/sips'],
    tests: [
      'sends nothing in clear to a domain that offered TLS before',
      'TLS-08: a server for another name is told by the domain that was asked for',
      'for sips only records for TLS count, whatever NAPTR offers',
    ],
  },
  {
    id: 'dns-forged-on-path',
    title: 'Somebody on the path to the name server writes its answers',
    clause: '§3.1: attacks in DNS are very simple to deploy',
    impact: 'Requests of the sip scheme go to another destination',
    remedy: 'Signed DNS, or an authenticated channel to the name server.',
    status: 'open',
    awaits: 'DNSSEC',
    defences: ['room:net/dns.ts', 'room:mechanisms/tls'],
  },
  {
    id: 'enum-attack',
    title: 'Hostile ENUM records',
    clause: '§3.1: attacks in ENUM are very simple to deploy',
    impact: 'Calls to a number go to somebody else; expressions that never end',
    remedy: 'Bounded, linear rewriting, and no way into private networks.',
    status: 'open',
    awaits: 'ENUM',
  },
  {
    id: 'enum-data-unprotected',
    title: 'Data of ENUM registrars are unprotected',
    clause: '§3.3: how data exchanged among ENUM registrars can be protected has no framework',
    impact: 'Numbers are mapped to wrong addresses',
    remedy: 'Take mappings from signed zones only, and tell what was not signed.',
    status: 'open',
    awaits: 'ENUM',
  },
  {
    id: 'aaa-servers',
    title: 'Answers of AAA servers are forged',
    clause: '§2.2 and §3.1: AAA by RADIUS and Diameter is one of the subsystems that make security difficult',
    impact: 'A stranger is accepted, a user refused',
    remedy:
      'TLS toward such servers beyond this machine; no answer counts that is not proven to be for that very question; a server that is silent lets nobody in; and a yes goes no further than the address of that user.',
    status: 'answered',
    defences: [
      'room:mechanisms/aaa/diameter',
      'room:mechanisms/aaa/radius',
      'room:server/aaa',
      'stage:bind-identity',
    ],
    tests: [
      'RAD-14: the four packets of the example of RFC 5090 come out octet by octet',
      'RAD-11: when every server is silent nobody is let in: the question ends without an answer',
      'RAD-04: an answer without Message-Authenticator is no answer, unless it is written down why',
      'RAD-12: beyond this machine RADIUS is TLS, and UDP needs an entry that says why',
      'RAD-08: a user of a server owns user@realm, whatever stands in the name',
      'RAD-11: a server that is killed amid a load costs no login and no call, and lets nobody in',
      'an answer with another identifier, session, command or from another peer is passed over and counted (DIA-04)',
      'each result of a MAA has one meaning, and only 2001 and 2006 admit (DIA-08)',
      'when an agent dies in the middle of a question, the other one is asked, and nobody gets in wrongly (DIA-04, DIA-12)',
      'with no peer left: 503 with Retry-After, never admission (DIA-12)',
      'beyond this machine Diameter is TLS, and TCP needs an entry that says why (DIA-01)',
    ],
  },
]
